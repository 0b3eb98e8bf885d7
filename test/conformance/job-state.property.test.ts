import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { isSprouteError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { JobModel, type ModelJob, type ModelRun, settings } from '../support/job-model.ts';

const types = ['entity_extraction', 'page_classification'] as const;
const workers = [randomUUID(), randomUUID(), randomUUID()];

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const call = <Row>(name: string, parameters: Record<string, ParameterValue>) =>
  callProcedure<Row>(t.db, `llm.usp_${name}`, parameters);

/** One step of one actor; numbers pick among what exists by then. */
type Step =
  | { do: 'enqueue'; key: number; type: number; priority: number; delay: number }
  | { do: 'claim'; worker: number; size: number; types: number }
  | { do: 'renew'; worker: number; run: number }
  | { do: 'complete' | 'complete_many'; run: number }
  | { do: 'fail'; run: number; retryable: boolean }
  | { do: 'release'; run: number; delay: number; suspect: boolean }
  | { do: 'rescue' }
  | { do: 'cancel' | 'retry'; job: number }
  | { do: 'bump'; job: number; priority: number }
  | { do: 'pause' | 'resume'; type: number }
  | { do: 'cap'; type: number; cap: number }
  | { do: 'jump'; seconds: number };

const any = fc.nat({ max: 100 });
const priority = fc.integer({ min: -2, max: 2 });
const delay = fc.constantFrom(0, 0, 0, 15);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('enqueue'), key: fc.nat({ max: 5 }), type: any, priority, delay }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim'), worker: any, size: fc.nat({ max: 4 }), types: any }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew'), worker: any, run: any }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('complete', 'complete_many'), run: any }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('fail'), run: any, retryable: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release'), run: any, delay, suspect: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rescue') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cancel', 'retry'), job: any }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bump'), job: any, priority }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause', 'resume'), type: any }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cap'), type: any, cap: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('jump'), seconds: fc.constantFrom(1, 20, 61, 61, 4000, -30) }) },
);

test('any sequence of calls by several actors does to the database what it does to the model', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 120, size: 'max' }), async (steps) => {
      const model = await reset();
      for (const each of steps) {
        await take(model, each);
        await compare(model, each);
      }
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 100), endOnFailure: false },
  );
});

async function reset(): Promise<JobModel> {
  await emptyTables(t.db, 'llm.job', 'llm.run');
  await queryRows(
    t.db,
    `UPDATE llm.job_type SET paused = ?, max_running = NULL, lease_seconds = ?, backoff_base_seconds = ?,
       backoff_max_seconds = ?, max_attempts = ?`,
    [
      false,
      settings.lease_ms / 1000,
      settings.backoff_base_ms / 1000,
      settings.backoff_max_ms / 1000,
      settings.max_attempts,
    ],
  );
  return new JobModel(Math.floor(Date.now() / 1000) * 1000, types);
}

async function take(model: JobModel, each: Step): Promise<void> {
  const now = new Date(model.now);
  const job = 'job' in each ? pick(model.jobs, each.job) : undefined;
  const run = 'run' in each ? pick(model.runs, each.run) : undefined;
  const type = types['type' in each ? each.type % types.length : 0] ?? types[0];
  if (each.do === 'enqueue') await enqueue(model, each, type);
  if (each.do === 'claim') await claim(model, each);
  if (each.do === 'renew' && run) {
    const worker_id = pick(workers, each.worker);
    const jobs = [{ job_id: run.job_id, run_id: run.run_id }];
    const [row] = await call<{ state: string }>('renew_leases', { worker_id, jobs, now });
    expect(row?.state).toBe(model.renew(run, worker_id ?? ''));
  }
  if (each.do === 'complete' && run) {
    await end(model, run, 'SUCCEEDED', 'complete_job', { outcome: { done: true } }, (held) => {
      held.attempt_count += 1;
      held.status = 'SUCCEEDED';
    });
  }
  if (each.do === 'complete_many' && run) await completeMany(model, run);
  if (each.do === 'fail' && run) {
    const how = { code: 'X', message: 'm', retryable: each.retryable, jitter: 1 };
    await end(model, run, 'FAILED', 'fail_job', how, (held) => model.fail(held, each.retryable));
  }
  if (each.do === 'release' && run) {
    const available_at = each.delay > 0 ? new Date(model.now + each.delay * 1000) : null;
    const how = { reason: 'r', available_at, suspect: each.suspect };
    await end(model, run, 'RELEASED', 'release_job', how, (held) =>
      model.release(held, each.delay * 1000, each.suspect),
    );
  }
  if (each.do === 'rescue') expect(await call('rescue_expired_jobs', { now })).toHaveLength(model.rescue());
  if ((each.do === 'cancel' || each.do === 'retry') && job) {
    const [row] = await call<{ affected: number }>(`${each.do}_jobs`, { filter: { job_ids: [job.job_id] }, now });
    expect(row?.affected).toBe(each.do === 'cancel' ? model.cancel(job) : model.retry(job));
  }
  if (each.do === 'bump' && job) {
    await call('bump_priority', { filter: { job_ids: [job.job_id] }, absolute: each.priority });
    if (job.status === 'NEW' || job.status === 'SCHEDULED') job.priority = each.priority;
  }
  if (each.do === 'pause' || each.do === 'resume') {
    await call(`${each.do}_job_type`, { job_type: type });
    Object.assign(model.types[type] ?? {}, { paused: each.do === 'pause' });
  }
  if (each.do === 'cap') {
    const cap = each.cap === 0 ? undefined : each.cap;
    await queryRows(t.db, 'UPDATE llm.job_type SET max_running = ? WHERE job_type = ?', [cap ?? null, type]);
    Object.assign(model.types[type] ?? {}, { max_running: cap });
  }
  if (each.do === 'jump') model.now += each.seconds * 1000;
}

async function enqueue(model: JobModel, each: Step & { do: 'enqueue' }, job_type: string): Promise<void> {
  const dedupe_key = `k${each.key}`;
  const available_at = each.delay > 0 ? new Date(model.now + each.delay * 1000) : undefined;
  const [row] = await call<{ job_id: number; status: string; created: boolean }>('enqueue_jobs', {
    jobs: [{ job_type, dedupe_key, priority: each.priority, available_at }],
    now: new Date(model.now),
  });
  const known = model.enqueue(dedupe_key, job_type, each.priority, each.delay * 1000);
  expect(row?.created).toBe(known === undefined);
  await queryRows(t.db, 'UPDATE llm.job SET max_abandons = ? WHERE job_id = ?', [
    settings.max_abandons,
    row?.job_id ?? 0,
  ]);
  if (known) expect(row).toMatchObject({ job_id: known.job_id, status: known.status });
  else Object.assign(model.jobs.at(-1) ?? {}, { job_id: row?.job_id });
}

async function claim(model: JobModel, each: Step & { do: 'claim' }): Promise<void> {
  const worker_id = pick(workers, each.worker) ?? '';
  const job_types = [['entity_extraction'], ['page_classification'], [...types]][each.types % 3] ?? [...types];
  const rows = await call<{ job_id: number; run_id: string; attempt: number }>('claim_jobs', {
    worker_id,
    job_types,
    batch_size: each.size,
    now: new Date(model.now),
  });
  const wanted = model.claim(each.size, job_types);
  expect(rows.map((row) => [row.job_id, row.attempt])).toEqual(
    wanted.map((job) => [job.job_id, job.attempt_count + 1]),
  );
  wanted.forEach((job, at) => {
    model.start(job, rows[at]?.run_id ?? '', worker_id);
  });
}

async function end(
  model: JobModel,
  run: ModelRun,
  as: 'SUCCEEDED' | 'FAILED' | 'RELEASED',
  procedure: string,
  how: Record<string, ParameterValue>,
  effect: (job: ModelJob) => void,
): Promise<void> {
  const job = model.holderOf(run);
  const expected = model.end(run, as);
  if (expected === 'held' && job) effect(job);
  const done = call<{ status: string }>(procedure, {
    job_id: run.job_id,
    run_id: run.run_id,
    now: new Date(model.now),
    ...how,
  });
  const got = await done.then(
    (rows) => rows[0]?.status,
    (error: unknown) => (isSprouteError(error) ? error.code : String(error)),
  );
  if (expected === 'lost') expect(got).toBe('LEASE_LOST');
  else if (expected === 'cancelled') expect(got).toBe('CANCELLED');
  else if (expected === 'held') expect(got).toBe(job?.status);
  else expect(got).not.toBe('LEASE_LOST');
}

async function completeMany(model: JobModel, run: ModelRun): Promise<void> {
  const job = model.holderOf(run);
  const expected = model.end(run, 'SUCCEEDED');
  if (expected === 'held' && job) Object.assign(job, { attempt_count: job.attempt_count + 1, status: 'SUCCEEDED' });
  const jobs = [{ job_id: run.job_id, run_id: run.run_id }];
  const [row] = await call<{ accepted: boolean }>('complete_jobs', { jobs, now: new Date(model.now) });
  expect(row?.accepted).toBe(expected !== 'lost');
}

/** Every job and every run of the database is as the model has it. */
async function compare(model: JobModel, after: Step): Promise<void> {
  const rows = await queryRows<{ available_at: Date; lease_until: Date | null }>(
    t.db,
    `SELECT job_id, status, priority, attempt_count, abandon_count, cancel_requested, available_at,
       CASE status WHEN 'RUNNING' THEN run_id END AS run_id,
       CASE status WHEN 'RUNNING' THEN lease_expires_at END AS lease_until
     FROM llm.job ORDER BY job_id`,
  );
  const jobs = rows.map((row) => ({
    ...row,
    available_at: row.available_at.getTime(),
    lease_until: row.lease_until?.getTime() ?? null,
  }));
  const wanted = model.jobs
    .map((job) => ({
      job_id: job.job_id,
      status: job.status,
      priority: job.priority,
      attempt_count: job.attempt_count,
      abandon_count: job.abandon_count,
      cancel_requested: job.cancel_requested,
      available_at: job.available_at,
      run_id: job.status === 'RUNNING' ? (job.run?.run_id ?? null) : null,
      lease_until: job.status === 'RUNNING' ? job.lease_until : null,
    }))
    .sort((a, b) => a.job_id - b.job_id);
  expect(jobs, JSON.stringify(after)).toEqual(wanted);
  const runs = await queryRows<{ run_id: string; status: string }>(t.db, 'SELECT run_id, status FROM llm.run');
  const ended = model.runs.filter((run) => run.status !== 'open').map(({ run_id, status }) => ({ run_id, status }));
  const byId = (a: { run_id: string }, b: { run_id: string }) => (a.run_id < b.run_id ? -1 : 1);
  expect(runs.sort(byId), JSON.stringify(after)).toEqual(ended.sort(byId));
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[at % Math.max(1, from.length)];
}
