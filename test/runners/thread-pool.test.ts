import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enqueueJobs } from '../../src/db/enqueue.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { ThreadPool } from '../../src/runners/thread-pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeEach(async () => {
  t = await createTestDatabase();
});
afterEach(() => t.close());

test('threads that cannot begin, and never will, end the run with their reason; their jobs are given back', async () => {
  await enqueueJobs(t.db, [{ job_type: 'page_classification' }, { job_type: 'page_classification' }]);
  const worker_id = randomUUID();
  const settings = {
    worker_id,
    database_url: t.url,
    lake_uri: 'gopher://lake',
    endpoint: { logical_name: 'none', base_url: 'http://127.0.0.1:1/v1', api_key: undefined, model: 'none' },
    llm_concurrency: 1,
    fresh: false,
    log_level: 'silent',
    chunking: {},
  };
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
