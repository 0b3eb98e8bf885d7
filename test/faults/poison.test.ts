import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger, type Logger } from '../../src/log.ts';
import type { RunnerProgress } from '../../src/runners/progress.ts';
import type { WorkerSettings } from '../../src/runners/protocol.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { ThreadPool } from '../../src/runners/thread-pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeEach(async () => {
  t = await createTestDatabase();
});
afterEach(() => t.close());

async function enqueue(subjects: string[], timeout_seconds: number): Promise<void> {
  await queryRows(t.db, 'UPDATE llm.job_type SET timeout_seconds = ?, backoff_base_seconds = 0', [timeout_seconds]);
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: subjects.map((subject) => ({ job_type: 'entity_extraction', subject, max_attempts: 2 })),
  });
}

async function run(
  subjects: string[],
  timeout_seconds = 2,
): Promise<Record<string, { status: string; attempt_count: number; last_error_code: string | null }>> {
  await enqueue(subjects, timeout_seconds);
  await drain(createLogger({ level: 'silent' }));
  const rows = await queryRows<{
    subject: string;
    status: string;
    attempt_count: number;
    last_error_code: string | null;
  }>(t.db, 'SELECT subject, status, attempt_count, last_error_code FROM llm.job');
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
  return Object.fromEntries(rows.map(({ subject, ...rest }) => [subject, rest]));
}

async function drain(logger: Logger): Promise<RunnerProgress> {
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
  return runJobs({
    db: t.db,
    worker_id,
    executor: new ThreadPool(settings, 2, 6, workerFile),
    logger,
    version: 'test',
    job_types: undefined,
    min_priority: undefined,
    concurrency: 6,
    drain: true,
    signal: AbortSignal.timeout(50_000),
    silence_ms: 500,
  });
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
  const jobs = await run(['huge', 'throw', ...good], 60);
  expect(jobs.huge).toEqual(fine);
  expect(jobs.throw).toMatchObject({ status: 'DEADLETTER' });
  for (const name of good) expect(jobs[name]).toEqual(fine);
}, 60_000);

test('cancelling a suspect that waits for its turn ends it at once, and no thread is ended for it', async () => {
  await enqueue(['patient', 'second', 'third'], 600);
  await queryRows(t.db, 'UPDATE llm.job SET abandon_count = 1');
  const events: string[] = [];
  const write = (line: string) => void events.push(/"event":"(\w+)"/.exec(line)?.[1] ?? '');
  const draining = drain(pino({ base: null }, { write }));
  const running = "SELECT 1 FROM llm.job WHERE status = 'RUNNING'";
  await vi.waitUntil(async () => (await queryRows(t.db, running)).length === 3, { timeout: 10_000 });
  await callProcedure(t.db, 'llm.usp_cancel_jobs', { filter: { subject_like: 'second' } });
  // The first one ends when it sees that the second is cancelled.
  expect(await draining).toMatchObject({ succeeded: 2, failed: 0, dead: 0 });
  expect(await queryRows(t.db, 'SELECT subject, status, attempt_count FROM llm.job ORDER BY job_id')).toEqual([
    { subject: 'patient', status: 'SUCCEEDED', attempt_count: 1 },
    { subject: 'second', status: 'CANCELLED', attempt_count: 0 },
    { subject: 'third', status: 'SUCCEEDED', attempt_count: 1 },
  ]);
  expect(events).toContain('job_cancelled');
  expect(events).not.toContain('thread_terminated');
  expect(events).not.toContain('thread_died');
}, 60_000);
