import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readProgress } from '../../src/db/ontology-dag-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { createLogger } from '../../src/log.ts';
import { InlineExecutor } from '../../src/runners/inline-executor.ts';
import { runJobs } from '../../src/runners/runner.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());

const plan = 'ontology_plan';
const item = 'schema_profile';

test('a draining runner takes a dag from its first node to its last, without a pause at any', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `node ${at}`);
  const [dag] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
    kind: 'k',
    subject: 's',
    options: {},
    nodes: names.map((name) => ({ name, plan_job_type: plan })),
  });
  const planned = async (job: { subject: string; dag_node_id: number | null }) => {
    // Every third node has something to do, the others have nothing.
    if (Number(job.subject.slice(5)) % 3 === 0) {
      const jobs = [1, 2, 3].map((n) => ({
        job_type: item,
        dedupe_key: `${job.subject} ${n}`,
        dag_node_id: job.dag_node_id,
      }));
      await callProcedure(t.db, 'llm.usp_enqueue_jobs', { jobs });
    }
    return undefined;
  };
  const started = Date.now();
  const progress = await runJobs({
    db: t.db,
    worker_id: randomUUID(),
    executor: new InlineExecutor(t.db, { [plan]: planned, [item]: () => undefined }),
    logger: createLogger({ level: 'silent' }),
    version: 'test',
    job_types: [plan, item],
    min_priority: undefined,
    concurrency: 8,
    drain: true,
    signal: new AbortController().signal,
  });
  expect(progress.succeeded).toBe(12 + 4 * 3);
  const nodes = await readProgress(t.db, dag?.dag_id ?? 0);
  expect(nodes.map(({ name, status, total, done, dag_status }) => [name, status, total, done, dag_status])).toEqual(
    names.map((name, at) => [name, 'COMPLETED', at % 3 === 0 ? 3 : 0, at % 3 === 0 ? 3 : 0, 'COMPLETED']),
  );
  // The upkeep alone, every five seconds, would take a minute.
  expect(Date.now() - started).toBeLessThan(20_000);
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
});

test('a draining runner does not end while somebody else opens the next node of a dag', async () => {
  const [dag] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
    kind: 'k',
    subject: 'shared',
    options: {},
    nodes: ['one', 'two'].map((name) => ({ name, plan_job_type: plan })),
  });
  const dag_id = dag?.dag_id ?? 0;
  await queryRows(t.db, "UPDATE llm.job SET status = 'SUCCEEDED', finished_at = now() WHERE subject = 'one'");
  const other = new pg.Client({ connectionString: t.url });
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query('SELECT * FROM llm.usp_advance_dag($1)', [dag_id]);
    const ran = runJobs({
      db: t.db,
      worker_id: randomUUID(),
      executor: new InlineExecutor(t.db, { [plan]: () => undefined }),
      logger: createLogger({ level: 'silent' }),
      version: 'test',
      job_types: [plan],
      min_priority: undefined,
      concurrency: 1,
      drain: true,
      signal: new AbortController().signal,
    });
    const waits = () =>
      queryRows(t.db, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()");
    let isOver = false;
    void ran.then(() => {
      isOver = true;
    });
    while (!isOver && (await waits()).length === 0);
    await other.query('COMMIT');
    expect((await ran).succeeded).toBe(1);
  } finally {
    await other.end();
  }
  expect((await readProgress(t.db, dag_id)).map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED']);
});
