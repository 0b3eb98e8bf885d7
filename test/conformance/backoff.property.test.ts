import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { claimOne } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const job_type = 'page_classification';
const now = '2026-11-21T12:00:00.000Z';
const mostRetryAfter = 86_400;

interface Situation {
  base_seconds: number;
  max_seconds: number;
  /** From 1. */
  attempt: number;
  retry_after_seconds: number | null;
  jitter: number | null;
}

/** Lets a job fail and returns how long it then waits, s. */
async function waitAfter({ base_seconds, max_seconds, attempt, retry_after_seconds, jitter }: Situation) {
  await queryRows(t.db, 'DELETE FROM llm.job');
  await queryRows(t.db, 'UPDATE llm.job_type SET backoff_base_seconds = ?, backoff_max_seconds = ?', [
    base_seconds,
    max_seconds,
  ]);
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type, subject: 'fails', max_attempts: 1_000 }] });
  const { job_id, run_id } = await claimOne(t.db, [job_type]);
  await queryRows(t.db, 'UPDATE llm.job SET attempt_count = ?', [attempt - 1]);
  await callProcedure(t.db, 'llm.usp_fail_job', {
    job_id,
    run_id,
    code: 'HANDLER_FAILED',
    message: 'on purpose',
    retryable: true,
    retry_after_seconds,
    now,
    jitter,
  });
  const [row] = await queryRows<{ status: string; attempt_count: number; available_at: Date }>(
    t.db,
    'SELECT status, attempt_count, available_at FROM llm.job',
  );
  expect(row).toMatchObject({ status: 'SCHEDULED', attempt_count: attempt });
  return ((row?.available_at.getTime() ?? Number.NaN) - new Date(now).getTime()) / 1000;
}

const backoff = {
  base_seconds: fc.nat(100_000),
  max_seconds: fc.nat(1_000_000),
  attempt: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 999 })),
};
const cap = ({ base_seconds, max_seconds, attempt }: Situation) =>
  Math.min(max_seconds, base_seconds * 2 ** Math.min(attempt - 1, 30));

test('the wait is the jittered share of min(max, base * 2^(attempt - 1)), or Retry-After up to a day if that is longer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        ...backoff,
        retry_after_seconds: fc.option(fc.nat(200_000)),
        jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      async (situation) => {
        const asked = Math.min(situation.retry_after_seconds ?? 0, mostRetryAfter);
        const expected = Math.max(asked, situation.jitter * cap(situation));
        expect(Math.abs((await waitAfter(situation)) - expected)).toBeLessThan(0.001);
      },
    ),
    { numRuns: 150 },
  );
});

test('left to itself it falls anywhere from now to the cap', async () => {
  const shares: number[] = [];
  await fc.assert(
    fc.asyncProperty(fc.record(backoff), async (given) => {
      const situation = { ...given, retry_after_seconds: null, jitter: null };
      const wait_seconds = await waitAfter(situation);
      expect(wait_seconds).toBeGreaterThanOrEqual(0);
      expect(wait_seconds).toBeLessThanOrEqual(cap(situation));
      if (cap(situation) > 0) shares.push(wait_seconds / cap(situation));
    }),
    { numRuns: 150 },
  );
  // A hundred and more draws of an even spread miss a quarter of it once in 10^12.
  for (const quarter of [0, 1, 2, 3]) {
    expect(shares.some((share) => share >= quarter / 4 && share <= (quarter + 1) / 4)).toBe(true);
  }
});
