import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { enqueueJobs } from '../../src/db/enqueue.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import type { ClaimedJob, JobTypeRow, WorkerSettings } from '../../src/runners/protocol.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { ThreadPool } from '../../src/runners/thread-pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeEach(async () => {
  t = await createTestDatabase();
});
afterEach(() => t.close());

const settingsOf = (): WorkerSettings => ({
  worker_id: randomUUID(),
  database_url: t.url,
  lake_uri: 'gopher://lake',
  endpoint: { logical_name: 'none', base_url: 'http://127.0.0.1:1/v1', api_key: undefined, model: 'none' },
  llm_concurrency: 1,
  fresh: false,
  log_level: 'silent',
  chunking: {},
});

test('threads that cannot begin, and never will, end the run with their reason; their jobs are given back', async () => {
  await enqueueJobs(t.db, [{ job_type: 'page_classification' }, { job_type: 'page_classification' }]);
  const settings = settingsOf();
  const { worker_id } = settings;
  const running = runJobs({
    db: t.db,
    worker_id,
    executor: new ThreadPool(settings, 1, 2),
    logger: createLogger({ level: 'silent' }),
    version: 'test',
    job_types: undefined,
    min_priority: undefined,
    concurrency: 2,
    drain: true,
    signal: new AbortController().signal,
  });
  await expect(running).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint: expect.stringContaining('file:') });
  expect(await queryRows(t.db, 'SELECT DISTINCT status, attempt_count FROM llm.job')).toEqual([
    { status: 'SCHEDULED', attempt_count: 0 },
  ]);
});

test('a job is on its time from when its thread begins it, not while the thread is being made', async () => {
  await enqueueJobs(t.db, [{ job_type: 'page_classification', subject: 'good' }]);
  const settings = settingsOf();
  const { worker_id } = settings;
  const [job] = await callProcedure<ClaimedJob>(t.db, 'llm.usp_claim_jobs', { worker_id, batch_size: 1 });
  const types = await callProcedure<JobTypeRow>(t.db, 'llm.usp_list_job_types', {});
  const job_type = types.find((row) => row.job_type === job?.job_type);
  if (!job || !job_type) throw new Error('nothing to claim');
  const pool = new ThreadPool(settings, 1, 1, new URL('../support/late-worker.ts', import.meta.url).href);
  const begun: (number | undefined)[] = [];
  const handed = Date.now();
  const events = { started: (began?: number) => begun.push(began), waits: () => {}, worked: () => {} };
  expect(await pool.run({ job, job_type }, events)).toMatchObject({ outcome: { result: 'succeeded' } });
  expect(begun).toHaveLength(1);
  expect(begun[0]).toBeGreaterThanOrEqual(handed + 990);
  await pool.close();
});
