import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { isSprouteError } from '../../src/errors.ts';
import { lacks } from '../support/capabilities.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

// The state machine under several actors at once: their calls overlap in any way the server lets them. What each was told
// and what the database holds afterwards must add up (test/conformance/job-state.property.test.ts compares every step).

const types = ['entity_extraction', 'page_classification'] as const;
const keys = 8;

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase(12);
});
afterAll(() => t.close());

const call = <Row>(name: string, parameters: Record<string, ParameterValue>) =>
  callProcedure<Row>(t.db, `llm.usp_${name}`, parameters);

type Step =
  | { do: 'enqueue'; from: number }
  | { do: 'claim'; size: number }
  | { do: 'complete' | 'fail' | 'release' | 'suspect' | 'renew'; run: number }
  | { do: 'rescue' | 'escalate' }
  | { do: 'cancel' | 'bump'; job: number }
  | { do: 'pause' | 'resume' | 'cap'; type: number };

const any = fc.nat({ max: 100 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('enqueue'), from: fc.nat({ max: keys - 1 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('claim'), size: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom('complete', 'fail', 'release', 'suspect', 'renew'), run: any }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('rescue', 'escalate') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('cancel', 'bump'), job: any }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause', 'resume', 'cap'), type: any }) },
);
const actors = fc.array(fc.array(step, { minLength: 8, maxLength: 16 }), { minLength: 5, maxLength: 7 });

interface Issued {
  job_id: number;
  run_id: string;
}

/** What the actors were told: every run that a claim issued, and of each how often it ended how. */
interface Told {
  issued: Issued[];
  ends: { run_id: string; as: string; answer: string }[];
}

// Where no reader waits for a row, many meet in the changing of it: known servers fail within themselves then.
test.skipIf(lacks('row_locks'))(
  'what several actors are told at once adds up to what the database holds, and nothing deadlocks',
  async () => {
    await fc.assert(
      fc.asyncProperty(actors, async (all) => {
        await queryRows(t.db, 'DELETE FROM llm.run');
        await queryRows(t.db, 'DELETE FROM llm.job');
        for (const job_type of types) await call('resume_job_type', { job_type });
        await queryRows(t.db, 'UPDATE llm.job_type SET max_running = NULL, max_attempts = 2, backoff_base_seconds = 0');
        await enqueue(0);
        const told: Told = { issued: [], ends: [] };
        await Promise.all(all.map((steps) => act(told, steps)));
        await check(told);
        await finish(told);
        await check(told);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 25), endOnFailure: true },
    );
  },
);

/** The same jobs in another order, whoever enqueues them. */
const enqueue = (from: number) =>
  call<{ job_id: number }>('enqueue_jobs', {
    jobs: Array.from({ length: keys }, (_, at) => (from + at) % keys).map((key) => ({
      job_type: types[key % types.length],
      dedupe_key: `k${key}`,
      priority: key % 3,
    })),
  });

async function act(told: Told, steps: readonly Step[]): Promise<void> {
  const worker_id = randomUUID();
  const mine: Issued[] = [];
  for (const each of steps) {
    if (each.do === 'enqueue') await enqueue(each.from);
    if (each.do === 'claim') {
      const rows = await call<Issued>('claim_jobs', { worker_id, batch_size: each.size });
      expect(rows.length).toBeLessThanOrEqual(each.size);
      mine.push(...rows);
      told.issued.push(...rows);
    }
    // Also runs that are over, and those of others.
    if ('run' in each) await endRun(told, worker_id, pick([...mine, ...mine, ...told.issued], each.run), each.do);
    if (each.do === 'rescue') await call('rescue_expired_jobs', { now: new Date(Date.now() + 3_600_000) });
    if (each.do === 'escalate') await call('escalate_overdue_jobs', {});
    if (each.do === 'cap') {
      const type = pick(types, each.type) ?? '';
      await queryRows(t.db, 'UPDATE llm.job_type SET max_running = 3 WHERE job_type = ?', [type]);
    }
    if (each.do === 'pause' || each.do === 'resume')
      await call(`${each.do}_job_type`, { job_type: pick(types, each.type) });
    if (each.do === 'cancel' || each.do === 'bump') {
      const job_ids = [pick(told.issued, each.job)?.job_id ?? 0];
      if (each.do === 'cancel') await call('cancel_jobs', { filter: { job_ids } });
      else await call('bump_priority', { filter: { job_ids }, absolute: each.job });
    }
  }
}

async function endRun(told: Told, worker_id: string, run: Issued | undefined, as: string): Promise<void> {
  if (run === undefined) return;
  const { job_id, run_id } = run;
  if (as === 'renew') {
    await call('renew_leases', { worker_id, jobs: [{ job_id, run_id }] });
    return;
  }
  const [procedure, how]: [string, Record<string, ParameterValue>] =
    as === 'complete'
      ? ['complete_job', { outcome: {} }]
      : as === 'fail'
        ? ['fail_job', { code: 'X', message: 'm', retryable: true }]
        : ['release_job', { reason: 'r', suspect: as === 'suspect' }];
  const answer = await call<{ status: string }>(procedure, { job_id, run_id, ...how }).then(
    ([row]) => row?.status ?? 'nothing',
    (error: unknown) => {
      // Nothing else may come to light: no deadlock, no constraint.
      if (!isSprouteError(error, 'LEASE_LOST')) throw error;
      return 'LEASE_LOST';
    },
  );
  told.ends.push({ run_id, as, answer });
}

/** Every run that was issued has ended once or holds its job now; counts and answers agree with the rows. */
async function check(told: Told): Promise<void> {
  const jobs = await queryRows<{
    job_id: number;
    status: string;
    run_id: string | null;
    attempt_count: number;
    abandon_count: number;
  }>(t.db, 'SELECT job_id, status, run_id, attempt_count, abandon_count FROM llm.job');
  const runs = await queryRows<{ job_id: number; run_id: string; status: string }>(
    t.db,
    'SELECT job_id, run_id, status FROM llm.run',
  );
  const held = jobs.flatMap((job) => (job.status === 'RUNNING' && job.run_id !== null ? [job.run_id] : []));
  expect([...runs.map((run) => run.run_id), ...held].sort()).toEqual(told.issued.map((run) => run.run_id).sort());
  expect(jobs).toHaveLength(keys);
  const statusOf = new Map(runs.map((run) => [run.run_id, run.status]));
  for (const { run_id, as, answer } of told.ends) {
    const status = statusOf.get(run_id);
    if (answer === 'LEASE_LOST') expect(status, as).not.toBe(as === 'complete' ? 'SUCCEEDED' : undefined);
    else expect(['CANCELLED', { complete: 'SUCCEEDED', fail: 'FAILED' }[as] ?? 'RELEASED'], as).toContain(status);
  }
  const suspected = new Map<number, Set<string>>();
  for (const { run_id, as, answer } of told.ends) {
    const run = runs.find((each) => each.run_id === run_id);
    if (as !== 'suspect' || answer === 'LEASE_LOST' || run?.status !== 'RELEASED') continue;
    suspected.set(run.job_id, (suspected.get(run.job_id) ?? new Set()).add(run_id));
  }
  for (const job of jobs) {
    const own = runs.filter((run) => run.job_id === job.job_id);
    const count = (status: string) => own.filter((run) => run.status === status).length;
    expect(job.attempt_count).toBe(count('SUCCEEDED') + count('FAILED'));
    expect(count('SUCCEEDED')).toBe(job.status === 'SUCCEEDED' ? 1 : 0);
    expect(job.abandon_count).toBeGreaterThanOrEqual(count('ABANDONED'));
    expect(job.abandon_count).toBeLessThanOrEqual(count('ABANDONED') + (suspected.get(job.job_id)?.size ?? 0));
  }
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
}

/** Lets whoever still waits or runs come to an end. */
async function finish(told: Told): Promise<void> {
  for (const job_type of types) await call('resume_job_type', { job_type });
  const later = new Date(Date.now() + 7_200_000);
  await call('rescue_expired_jobs', { now: later });
  for (;;) {
    const rows = await call<Issued>('claim_jobs', { worker_id: randomUUID(), batch_size: 4, now: later });
    if (rows.length === 0) break;
    told.issued.push(...rows);
    for (const run of rows) await endRun(told, '', run, 'complete');
  }
  const left = await queryRows(
    t.db,
    "SELECT job_id FROM llm.job WHERE status NOT IN ('SUCCEEDED', 'DEADLETTER', 'CANCELLED')",
  );
  expect(left).toEqual([]);
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[at % Math.max(1, from.length)];
}
