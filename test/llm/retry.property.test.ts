import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SprouteError } from '../../src/errors.ts';
import { ModelError } from '../../src/llm/model-error.ts';
import { retryPolicy, withRetry } from '../../src/llm/retry.ts';

/** A failure as the endpoint may give it. */
const failure = fc.record({
  code: fc.constantFrom('MODEL_UNAVAILABLE', 'MODEL_RATE_LIMITED', 'MODEL_REJECTED', 'CANCELLED'),
  retry_after_ms: fc.option(fc.nat(30_000), { nil: undefined }),
});
type Failure = typeof failure extends fc.Arbitrary<infer Value> ? Value : never;

const isPassing = ({ code, retry_after_ms }: Failure) =>
  (code === 'MODEL_UNAVAILABLE' || code === 'MODEL_RATE_LIMITED') &&
  (retry_after_ms === undefined || retry_after_ms <= retryPolicy.longest_ms);

/** A request that fails as told and then succeeds; returns how it ended and how long it paused before each retry, ms. */
async function play(failures: readonly Failure[]) {
  const pauses: number[] = [];
  let tries = 0;
  const attempt = async () => {
    const now = failures[tries];
    tries += 1;
    if (now !== undefined) throw new ModelError(now.code, `failure ${tries}`, { retry_after_ms: now.retry_after_ms });
    return 'answered';
  };
  const pause = async (ms: number) => void pauses.push(ms);
  const ended = await withRetry(new AbortController().signal, attempt, pause).catch((error: unknown) => error);
  return { ended, pauses, tries };
}

test('a passing failure is retried at most twice, any other and a long Retry-After are not waited for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(failure, { maxLength: 5 }), async (failures) => {
      const { ended, tries, pauses } = await play(failures);
      const stop = failures.findIndex((each) => !isPassing(each));
      const passing = stop === -1 ? failures.length : stop;
      expect(tries).toBe(Math.min(passing + 1, retryPolicy.tries));
      expect(pauses).toHaveLength(tries - 1);
      if (tries > failures.length) expect(ended).toBe('answered');
      else expect(ended).toMatchObject({ message: `failure ${tries}`, code: failures[tries - 1]?.code });
    }),
  );
});

test('each pause is what Retry-After asks for, else between half and all of min(10 s, 500 ms * 2^(try - 1))', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(failure, { maxLength: 5 }), async (failures) => {
      const { pauses } = await play(failures);
      for (const [at, ms] of pauses.entries()) {
        const asked = failures[at]?.retry_after_ms;
        const cap = Math.min(retryPolicy.longest_ms, retryPolicy.first_ms * retryPolicy.factor ** at);
        if (asked === undefined) {
          expect(ms).toBeGreaterThanOrEqual(cap / 2);
          expect(ms).toBeLessThanOrEqual(cap);
        } else expect(ms).toBe(asked);
      }
    }),
  );
});

test('a request that was told to stop is not tried again, and a pause ends with it', async () => {
  const stop = new AbortController();
  let tries = 0;
  const failing = async () => {
    tries += 1;
    throw new ModelError('MODEL_UNAVAILABLE', 'away');
  };
  const waiting = withRetry(stop.signal, failing);
  stop.abort();
  await expect(waiting).rejects.toThrow();
  await expect(withRetry(stop.signal, failing)).rejects.toBeInstanceOf(SprouteError);
  expect(tries).toBe(2);
});
