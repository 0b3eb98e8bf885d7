import '../support/telemetry.ts';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import { InlineExecutor, type InlineHandler } from '../../src/runners/inline-executor.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { ThreadPool } from '../../src/runners/thread-pool.ts';
import { projectFolder } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { pointsOf, takeSpans } from '../support/telemetry.ts';

const type = 'page_classification';
let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
  await queryRows(t.db, 'UPDATE llm.job_type SET backoff_base_seconds = 0, max_attempts = 2');
});
afterAll(() => t.close());

const common = () => ({
  db: t.db,
  worker_id: randomUUID(),
  logger: createLogger({ level: 'silent' }),
  version: 'test',
  job_types: [type],
  min_priority: undefined,
  concurrency: 4,
  drain: true,
  signal: AbortSignal.timeout(60_000),
});

test('attempts are counted by how they ended, retries by why, and the queue by type and state', async () => {
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: [
      { job_type: type, subject: 'good' },
      { job_type: type, subject: 'bad' },
      { job_type: 'entity_dedupe', subject: 'not ours' },
      { job_type: 'entity_dedupe', subject: 'later', available_at: later },
    ],
  });
  const handler = ({ subject }: { subject: string }) => {
    if (subject === 'bad') throw new Error('it is bad');
    return { done: true };
  };
  const executor = new InlineExecutor(t.db, { [type]: handler });
  const all = { ...common(), job_types: undefined, min_priority: undefined };
  await queryRows(t.db, "UPDATE llm.job_type SET paused = true WHERE job_type = 'entity_dedupe'");
  await runJobs({ ...all, executor });

  const of = (status: string, error?: string) => ({
    'sproute.job_type': type,
    'sproute.status': status,
    ...(error !== undefined && { 'error.type': error }),
  });
  expect(await pointsOf('sproute.job.ended')).toEqual(
    expect.arrayContaining([
      { value: 1, attributes: of('succeeded') },
      { value: 1, attributes: of('failed', 'HANDLER_FAILED') },
      { value: 1, attributes: of('dead', 'HANDLER_FAILED') },
    ]),
  );
  expect(await pointsOf('sproute.job.retries')).toEqual([
    { value: 1, attributes: { 'sproute.job_type': type, 'error.type': 'HANDLER_FAILED' } },
  ]);
  const queue = await pointsOf('sproute.queue.jobs');
  const inState = (job_type: string, state: string) =>
    queue.find(({ attributes }) =>
      JSON.stringify(attributes).includes(`"${job_type}","sproute.queue.state":"${state}"`),
    );
  expect(inState('entity_dedupe', 'ready')?.value).toBe(1);
  expect(inState('entity_dedupe', 'scheduled')?.value).toBe(1);
  expect(inState(type, 'ready')?.value).toBe(0);
  const spans = takeSpans().filter(({ name }) => name === `job ${type}`);
  expect(spans.map(({ attributes, status }) => [attributes['sproute.status'], status.code]).sort()).toEqual([
    ['dead', 2],
    ['failed', 2],
    ['succeeded', 0],
  ]);
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(3);
});

test('an attempt whose thread died is counted, and has a span that says so', async () => {
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type: type, subject: 'exit', max_attempts: 1 }] });
  const settings = {
    worker_id: randomUUID(),
    database_url: t.url,
    lake_uri: `file:${projectFolder()}`,
    endpoint: { logical_name: 'none', base_url: 'http://127.0.0.1:1/v1', api_key: undefined, model: 'none' },
    llm_concurrency: 1,
    fresh: false,
    log_level: 'silent',
    chunking: {},
  };
  const poison = new URL('../support/poison-worker.ts', import.meta.url).href;
  takeSpans();
  await runJobs({ ...common(), worker_id: settings.worker_id, executor: new ThreadPool(settings, 1, 2, poison) });
  const spans = takeSpans().filter(({ name }) => name === `job ${type}`);
  expect(spans.map(({ attributes }) => [attributes['sproute.status'], attributes['error.type']])).toEqual([
    ['released', 'WORKER_DIED'],
    ['dead', 'WORKER_DIED'],
  ]);
  expect(spans.every(({ duration: [s, ns] }) => s + ns / 1e9 > 0.1)).toBe(true);
  expect(await pointsOf('sproute.job.ended')).toContainEqual({
    value: 1,
    attributes: { 'sproute.job_type': type, 'sproute.status': 'dead', 'error.type': 'WORKER_DIED' },
  });
});

test('leases that are lost and jobs that are taken from silent runners are counted', async () => {
  const jobs = [{ job_type: type, subject: 'silent' }];
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs });
  const now = new Date(Date.now() - 3_600_000);
  await queryRows(t.db, "UPDATE llm.job SET available_at = available_at - interval '2 hours' WHERE subject = 'silent'");
  const claimed = await callProcedure(t.db, 'llm.usp_claim_jobs', {
    worker_id: randomUUID(),
    job_types: [type],
    batch_size: 10,
    now,
  });
  expect(claimed).toHaveLength(1);
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs: [{ job_type: type, subject: 'lost' }] });
  const handler: InlineHandler = async ({ subject, job_id, run_id }, signal) => {
    if (subject !== 'lost') return {};
    await callProcedure(t.db, 'llm.usp_complete_job', { job_id, run_id, outcome: {} });
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve({})));
  };
  await runJobs({ ...common(), executor: new InlineExecutor(t.db, { [type]: handler }) });
  expect(await pointsOf('sproute.lease.lost')).toEqual([{ value: 1, attributes: { 'sproute.job_type': type } }]);
  expect(await pointsOf('sproute.job.rescued')).toEqual([{ value: 1, attributes: {} }]);
});
