import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { claimOne } from '../support/routing.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase(20);
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'llm.job', 'llm.run', 'llm.call', 'llm.dag', 'llm.dag_node', 'llm.job_archive');
  await queryRows(t.db, 'UPDATE llm.job_type SET paused = ?, max_running = NULL, sla_seconds = NULL', [false]);
});

const type = 'entity_extraction';
const enqueue = (jobs: object[], now?: Date) =>
  callProcedure<{ ordinal: number; job_id: number; status: string; created: boolean; hint: string | null }>(
    t.db,
    'llm.usp_enqueue_jobs',
    { jobs, now },
  );
describe('dags', () => {
  const nodes = [
    { name: 'one', plan_job_type: type },
    { name: 'two', plan_job_type: type },
  ];
  const advance = async (dag_id: number) =>
    (await callProcedure<{ status: string; node: string | null }>(t.db, 'llm.usp_advance_dag', { dag_id }))[0];

  test('a node plans, runs its items, and the next one opens only then', async () => {
    const [dag] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
      kind: 'k',
      subject: 's',
      options: {},
      nodes,
    });
    const dag_id = dag?.dag_id ?? 0;
    await expect(
      callProcedure(t.db, 'llm.usp_create_dag', { kind: 'k', subject: 's', options: {}, nodes }),
    ).rejects.toMatchObject({ code: 'DAG_RUNNING' });
    const plan = await claimOne(t.db);
    const [node] = await queryRows<{ dag_node_id: number }>(
      t.db,
      "SELECT dag_node_id FROM llm.dag_node WHERE name = 'one'",
    );
    await enqueue([{ job_type: type, dag_node_id: node?.dag_node_id, dedupe_key: 'item' }]);
    await callProcedure(t.db, 'llm.usp_complete_job', ids(plan));
    expect(await advance(dag_id)).toEqual({ status: 'RUNNING', node: 'one' });
    await callProcedure(t.db, 'llm.usp_complete_job', ids(await claimOne(t.db)));
    expect(await advance(dag_id)).toEqual({ status: 'RUNNING', node: 'two' });
    expect(await advance(dag_id)).toEqual({ status: 'RUNNING', node: 'two' });
    await callProcedure(t.db, 'llm.usp_complete_job', ids(await claimOne(t.db)));
    expect(await advance(dag_id)).toEqual({ status: 'COMPLETED', node: null });
  });

  test('a dead plan job fails its node and skips the later ones', async () => {
    const [dag] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
      kind: 'k',
      subject: 's',
      options: {},
      nodes,
    });
    await callProcedure(t.db, 'llm.usp_fail_job', {
      ...ids(await claimOne(t.db)),
      code: 'X',
      message: 'm',
      retryable: false,
    });
    expect((await advance(dag?.dag_id ?? 0))?.status).toBe('FAILED');
    expect(
      (await queryRows(t.db, 'SELECT status FROM llm.dag_node ORDER BY ordinal')).map((each) => each.status),
    ).toEqual(['FAILED', 'SKIPPED']);
  });

  test('retrying a failed item reopens its node, and the later ones are planned anew', async () => {
    const [dag] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
      kind: 'k',
      subject: 's',
      options: {},
      nodes: [{ ...nodes[0], max_failed_share: 1 }, nodes[1]],
    });
    const dag_id = dag?.dag_id ?? 0;
    const [node] = await queryRows<{ dag_node_id: number }>(
      t.db,
      "SELECT dag_node_id FROM llm.dag_node WHERE name = 'one'",
    );
    const finish = async () => callProcedure(t.db, 'llm.usp_complete_job', ids(await claimOne(t.db)));
    const items = ['good', 'bad'].map((dedupe_key) => ({ job_type: type, dag_node_id: node?.dag_node_id, dedupe_key }));
    await finish();
    await enqueue(items);
    await finish();
    await callProcedure(t.db, 'llm.usp_fail_job', {
      ...ids(await claimOne(t.db)),
      code: 'X',
      message: 'm',
      retryable: false,
    });
    expect(await advance(dag_id)).toEqual({ status: 'RUNNING', node: 'two' });
    await finish();
    expect((await advance(dag_id))?.status).toBe('COMPLETED');
    const [progress] = await queryRows(t.db, "SELECT done, failed, total FROM llm.vw_dag_progress WHERE name = 'one'");
    expect(progress).toEqual({ done: 2, failed: 1, total: 2 });
    await callProcedure(t.db, 'llm.usp_retry_jobs', { filter: { dag_id } });
    await finish();
    expect(await advance(dag_id)).toEqual({ status: 'RUNNING', node: 'two' });
    await finish();
    expect((await advance(dag_id))?.status).toBe('COMPLETED');
    expect(await queryRows(t.db, "SELECT 1 FROM llm.job WHERE dedupe_key LIKE '%:plan:%'")).toHaveLength(3);
  });

  test('cancelling skips what is open and cancels its jobs', async () => {
    const [dag] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
      kind: 'k',
      subject: 's',
      options: {},
      nodes,
    });
    const [row] = await callProcedure(t.db, 'llm.usp_cancel_dag', { dag_id: dag?.dag_id });
    expect(row).toMatchObject({ status: 'CANCELLED', jobs: 1 });
    expect((await queryRows(t.db, 'SELECT DISTINCT status FROM llm.dag_node')).map((each) => each.status)).toEqual([
      'SKIPPED',
    ]);
  });
});

function ids({ job_id, run_id }: { job_id: number; run_id: string }) {
  return { job_id, run_id };
}
