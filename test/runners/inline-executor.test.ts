import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { SprouteError } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import { InlineExecutor, type InlineHandler } from '../../src/runners/inline-executor.ts';
import { endedJobs, type RunnerProgress } from '../../src/runners/progress.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const type = 'page_classification';
let t: TestDatabase;
beforeEach(async () => {
  t = await createTestDatabase();
  await queryRows(t.db, 'UPDATE llm.job_type SET backoff_base_seconds = 0, max_attempts = 2');
});
afterEach(() => t.close());

async function work(
  jobs: number,
  handler: InlineHandler,
  concurrency = 50,
  signal = new AbortController().signal,
  onProgress: (now: RunnerProgress) => void = () => {},
) {
  await callProcedure(t.db, 'llm.usp_enqueue_jobs', {
    jobs: Array.from({ length: jobs }, (_, n) => ({ job_type: type, subject: `job ${n}`, input: { n } })),
  });
  return runJobs({
    db: t.db,
    worker_id: randomUUID(),
    executor: new InlineExecutor(t.db, { [type]: handler }),
    logger: createLogger({ level: 'silent' }),
    version: 'test',
    job_types: [type],
    min_priority: undefined,
    concurrency,
    drain: true,
    signal,
    shutdown_grace_ms: 200,
    onProgress,
  });
}

const counts = () =>
  queryRows(
    t.db,
    `SELECT (SELECT count(*) FROM llm.job WHERE status = 'SUCCEEDED') AS succeeded,
       (SELECT count(*) FROM llm.run WHERE status = 'SUCCEEDED') AS runs`,
  );

test('every job is done once, its outcome is kept, and no more than the concurrency run at a time', async () => {
  let running = 0;
  let most = 0;
  const progress = await work(700, async (job) => {
    running += 1;
    most = Math.max(most, running);
    await wait(1);
    running -= 1;
    return { did: job.subject };
  });
  expect(progress.succeeded).toBe(700);
  expect(most).toBeLessThanOrEqual(50);
  expect(await counts()).toEqual([{ succeeded: 700, runs: 700 }]);
  const [row] = await queryRows(t.db, "SELECT outcome FROM llm.job WHERE subject = 'job 7'");
  expect(row).toEqual({ outcome: { did: 'job 7' } });
});

test('what a handler throws fails the attempt, and for good when its code says so', async () => {
  const progress = await work(3, (job) => {
    if (job.subject === 'job 1') throw new Error('not today');
    if (job.subject === 'job 2') throw new SprouteError('INPUT_INVALID', 'never');
    return undefined;
  });
  expect(progress).toMatchObject({ succeeded: 1, failed: 1, dead: 2 });
  const rows = await queryRows(
    t.db,
    "SELECT subject, attempt_count, last_error_code FROM llm.job WHERE status = 'DEADLETTER' ORDER BY 1",
  );
  expect(rows).toEqual([
    { subject: 'job 1', attempt_count: 2, last_error_code: 'HANDLER_FAILED' },
    { subject: 'job 2', attempt_count: 1, last_error_code: 'INPUT_INVALID' },
  ]);
});

test('a stopped runner gives back what does not end in time, uncounted', async () => {
  const stop = new AbortController();
  const progress = await work(
    2,
    async (_, signal) => {
      stop.abort();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
      return undefined;
    },
    50,
    stop.signal,
  );
  expect(progress).toMatchObject({ succeeded: 0, released: 2 });
  expect(await queryRows(t.db, 'SELECT DISTINCT status, attempt_count FROM llm.job')).toEqual([
    { status: 'NEW', attempt_count: 0 },
  ]);
});

test('progress counts jobs, and a failed attempt is none that ended', async () => {
  const seen: RunnerProgress[] = [];
  const failed = new Set<string>();
  const progress = await work(
    20,
    (job) => {
      if (failed.has(job.subject)) return {};
      failed.add(job.subject);
      throw new Error('the first time fails');
    },
    5,
    undefined,
    (now) => seen.push(now),
  );
  expect(progress).toMatchObject({ succeeded: 20, failed: 20, dead: 0, total: 20 });
  for (const now of seen) {
    expect(now.total).toBeLessThanOrEqual(20);
    expect(endedJobs(now)).toBeLessThanOrEqual(20);
  }
});

test('calls that had to be repeated are counted', async () => {
  await queryRows(
    t.db,
    `CREATE SEQUENCE public.tries;
     CREATE FUNCTION public.deadlock() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
     BEGIN
         IF NEW.status = 'SUCCEEDED' AND nextval('public.tries') < 4 THEN
             RAISE EXCEPTION 'as if two had waited for each other' USING ERRCODE = '40P01';
         END IF;
         RETURN NEW;
     END $$;
     CREATE TRIGGER deadlock BEFORE UPDATE ON llm.job FOR EACH ROW EXECUTE FUNCTION public.deadlock()`,
  );
  expect(await work(1, () => ({}))).toMatchObject({ succeeded: 1, repeated_calls: 3 });
});
