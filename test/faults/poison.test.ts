import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import type { WorkerSettings } from '../../src/runners/protocol.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { ThreadPool } from '../../src/runners/thread-pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeEach(async () => {
  t = await createTestDatabase();
});
afterEach(() => t.close());

async function run(
  subjects: string[],
): Promise<Record<string, { status: string; attempt_count: number; last_error_code: string | null }>> {
  await queryRows(t.db, 'UPDATE llm.job_type SET timeout_seconds = 2, backoff_base_seconds = 0, max_attempts = 2');
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: subjects.map((subject) => ({ job_type: 'entity_extraction', subject, max_attempts: 2 })),
  });
  const worker_id = randomUUID();
  const settings: WorkerSettings = {
    worker_id,
    database_url: t.url,
    lake_uri: 'file:unused',
    endpoint: { logical_name: 'none', base_url: 'http://127.0.0.1:1', api_key: undefined, model: 'none' },
    llm_concurrency: 1,
    fresh: false,
    log_level: 'silent',
    chunking: {},
  };
  const workerFile = new URL('../support/poison-worker.ts', import.meta.url).href;
  await runJobs({
    db: t.db,
    worker_id,
    executor: new ThreadPool(settings, 2, 6, workerFile),
    logger: createLogger({ level: 'silent' }),
    version: 'test',
    job_types: undefined,
    min_priority: undefined,
    concurrency: 6,
    drain: true,
    signal: AbortSignal.timeout(50_000),
    silence_ms: 500,
  });
  const rows = await queryRows<{
    subject: string;
    status: string;
    attempt_count: number;
    last_error_code: string | null;
  }>(t.db, 'SELECT subject, status, attempt_count, last_error_code FROM llm.job');
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  return Object.fromEntries(rows.map(({ subject, ...rest }) => [subject, rest]));
}

const good = ['a', 'b', 'c', 'd', 'e'];
const fine = { status: 'SUCCEEDED', attempt_count: 1, last_error_code: null };

test('a job that ends its thread is found and fails, and costs no other job an attempt', async () => {
  const jobs = await run(['exit', ...good]);
  expect(jobs.exit).toEqual({ status: 'DEADLETTER', attempt_count: 2, last_error_code: 'WORKER_DIED' });
  for (const name of good) expect(jobs[name]).toEqual(fine);
}, 60_000);

test('a job that blocks its thread past its time-out is ended with it, and the others are not to blame', async () => {
  const jobs = await run(['block', ...good]);
  expect(jobs.block).toEqual({ status: 'DEADLETTER', attempt_count: 2, last_error_code: 'TIMEOUT' });
  for (const name of good) expect(jobs[name]).toEqual(fine);
}, 60_000);

test('a job that returns 50 MB and one that throws a non-error harm nobody', async () => {
  const jobs = await run(['huge', 'throw', ...good]);
  expect(jobs.huge).toEqual(fine);
  expect(jobs.throw).toMatchObject({ status: 'DEADLETTER' });
  for (const name of good) expect(jobs[name]).toEqual(fine);
}, 60_000);
