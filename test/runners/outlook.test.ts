import { expect, test } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import { Outlook } from '../../src/runners/outlook.ts';
import type { JobOutcome } from '../../src/runners/protocol.ts';

const nothing = { job_id: 1, run_id: '', duration_ms: 0, calls: 0, cache_hits: 0, chunks: 0, input_tokens: 0 };
const outcome = (result: JobOutcome['result'], more: Partial<JobOutcome> = {}): JobOutcome => ({
  ...nothing,
  output_tokens: 0,
  result,
  ...more,
});
const released = (code: ErrorCode) => outcome('released', { error: { code, message: 'so it goes' } });
const minute = 60_000;

function start(isDraining = true) {
  const clock = { now: 1_000_000 };
  return { clock, outlook: new Outlook(createLogger({ level: 'silent' }), isDraining, () => clock.now) };
}

test.each<ErrorCode>(['DATABASE_TRANSIENT', 'DATABASE_UNREACHABLE', 'DISK_FULL'])(
  'jobs that are given back for %s are tried for five minutes, and then the run ends with it',
  (code) => {
    const { clock, outlook } = start();
    for (let at = 0; at <= 5; at += 1) {
      outlook.hear(released(code));
      expect(outlook.failure).toBeUndefined();
      clock.now += minute;
    }
    outlook.hear(released(code));
    expect(outlook.failure).toMatchObject({ code });
  },
);

test('one job that succeeds is hope for all', () => {
  const { clock, outlook } = start();
  for (let at = 0; at < 30; at += 1) {
    outlook.hear(released('DATABASE_TRANSIENT'));
    outlook.hear(outcome('succeeded'));
    clock.now += minute;
  }
  expect(outlook.failure).toBeUndefined();
});

test('failures of jobs are no reason to end', () => {
  const { clock, outlook } = start();
  for (let at = 0; at < 30; at += 1) {
    outlook.hear(outcome('failed', { error: { code: 'ANSWER_INVALID', message: 'nonsense' } }));
    clock.now += minute;
  }
  expect(outlook.failure).toBeUndefined();
});

test('an endpoint that rests is asked nothing meanwhile; only a drain ends, and only if it never answered', () => {
  const rest = { until: 1_030_000, reason: 'The model endpoint http://nowhere/v1 cannot be reached: no.' };
  for (const { isDraining, endpoint_reached, ends } of [
    { isDraining: true, endpoint_reached: false, ends: true },
    { isDraining: true, endpoint_reached: true, ends: false },
    { isDraining: false, endpoint_reached: false, ends: false },
  ]) {
    const { outlook } = start(isDraining);
    outlook.hear(outcome('released', { endpoint_reached, endpoint_rest: rest }));
    expect(outlook.restsUntil).toBe(rest.until);
    expect(outlook.failure?.message).toBe(ends ? rest.reason : undefined);
  }
});
