import { setTimeout as wait } from 'node:timers/promises';
import { isSprouteError } from '../errors.ts';
import { ModelError } from './model-error.ts';

/** The one retry policy of model requests. */
export const retryPolicy = { tries: 3, first_ms: 500, longest_ms: 10_000, factor: 2 };

/**
 * Repeats a request that failed for a passing reason: three tries, 500 ms to 10 s apart, or as long as Retry-After says.
 * Whoever asks for more than 10 s is not waited for here: the error goes up and the job is released until then.
 */
export async function withRetry<T>(
  signal: AbortSignal,
  attempt: () => Promise<T>,
  pause: (ms: number, signal: AbortSignal) => Promise<void> = (ms, stop) => wait(ms, undefined, { signal: stop }),
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isPassing = isSprouteError(error, 'MODEL_UNAVAILABLE') || isSprouteError(error, 'MODEL_RATE_LIMITED');
      if (!isPassing || tries >= retryPolicy.tries || signal.aborted) throw error;
      const asked = error instanceof ModelError ? error.retry_after_ms : undefined;
      if (asked !== undefined && asked > retryPolicy.longest_ms) throw error;
      const backoff = Math.min(retryPolicy.longest_ms, retryPolicy.first_ms * retryPolicy.factor ** (tries - 1));
      await pause(asked ?? backoff * (0.5 + Math.random() / 2), signal);
    }
  }
}
