import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, rowsOf } from '../support/engine.ts';
import { claimItem, createOntology, endItem, planPayload, putTables } from '../support/ontology.ts';
import { claimOne } from '../support/routing.ts';

let t: TestDatabase;
let id: number;
let job_types: string[];
beforeAll(async () => {
  t = await createTestDatabase();
  id = await createOntology(t);
  await putTables(t, id, [{ table_key: 'shop.orders', columns: { id: 'bigint', note: 'text' } }]);
  const rows = await queryRows<{ job_type: string }>(
    t.db,
    "SELECT job_type FROM llm.job_type WHERE route_procedure LIKE 'onto.%' AND job_type <> 'ontology_plan' ORDER BY 1",
  );
  job_types = rows.map(({ job_type }) => job_type);
});
afterAll(() => t.close());

/** Everything that routing may write, by table. */
async function written(): Promise<object> {
  const tables = await queryRows<{ name: string }>(
    t.db,
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'onto' AND table_type = 'BASE TABLE' ORDER BY 1",
  );
  const rows = await Promise.all(tables.map(({ name }) => rowsOf(t.db, `onto.${name}`)));
  return Object.fromEntries(tables.map(({ name }, at) => [name, rows[at]]));
}

async function loseLease(): Promise<void> {
  await setJobs('lease_expires_at = ?', 'RUNNING');
  await callProcedure(t.db, 'llm.usp_rescue_expired_jobs', {});
  await setJobs("available_at = ?, status = 'NEW'", 'SCHEDULED');
}

/** Sets columns of the jobs of a status, a question mark for an hour ago. */
async function setJobs(columns: string, status: string): Promise<void> {
  const statement = (hourAgo: string) => `UPDATE llm.job SET ${columns.replace('?', hourAgo)} WHERE status = ?`;
  await queryRows(
    t.db,
    { postgres: statement("now() - interval '1 hour'"), mssql: statement('DATEADD(hour, -1, SYSUTCDATETIME())') },
    [status],
  );
}

describe('a run that lost its lease', () => {
  test('routes nothing of any kind of item, be the job waiting or held by another', async () => {
    expect(job_types.length).toBeGreaterThan(15);
    for (const job_type of job_types) {
      const item = await claimItem(t, id, 'a node', job_type, 'shop.orders');
      const before = await written();
      await loseLease();
      await expect(endItem(t, id, item, {}), job_type).rejects.toMatchObject({ code: 'LEASE_LOST' });
      await claimOne(t.db, [job_type]);
      await expect(endItem(t, id, item, {}), job_type).rejects.toMatchObject({ code: 'LEASE_LOST' });
      expect(await written(), job_type).toEqual(before);
      await callProcedure(t.db, 'llm.usp_cancel_dag', { dag_id: item.dag_id });
    }
  });

  test('settles no plan', async () => {
    const nodes = [{ name: 'SchemaProfile' }];
    await callProcedure(t.db, 'onto.usp_create_dag', { datasource: 'shop', target: '', options: {}, nodes });
    const job = await claimOne(t.db, ['ontology_plan']);
    const before = await written();
    await loseLease();
    const payload = planPayload(id, 'SchemaProfile', { facts: { is_whole: true, tables: [], kept: [], skipped: [] } });
    await expect(
      callProcedure(t.db, 'onto.usp_process_ontology_plan_output', { job_id: job.job_id, run_id: job.run_id, payload }),
    ).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await written()).toEqual(before);
  });
});

test('a job that was cancelled while it ran routes nothing and ends', async () => {
  await emptyTables(t.db, 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  for (const job_type of job_types) {
    const item = await claimItem(t, id, 'a node', job_type, 'shop.orders');
    const before = await written();
    await callProcedure(t.db, 'llm.usp_cancel_dag', { dag_id: item.dag_id });
    expect(await endItem(t, id, item, {}), job_type).toEqual({ status: 'CANCELLED' });
    expect(await written(), job_type).toEqual(before);
  }
});
