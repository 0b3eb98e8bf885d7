import { afterEach, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { connect, type Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
let db: Database;
beforeEach(async () => {
  t = await createTestDatabase();
  db = await connect({ url: t.url, application_name: 'sproute test', pool_max: 1 });
});
afterEach(async () => {
  await db.close();
  await t.close();
});

const depth = () => callProcedure(db, 'llm.usp_read_queue_depth', { job_types: null });

test('a call is prepared once a connection', async () => {
  await depth();
  await depth();
  const rows = await queryRows<{ statement: string }>(db, 'SELECT statement FROM pg_prepared_statements');
  expect(rows).toEqual([{ statement: 'SELECT * FROM llm.usp_read_queue_depth(p_job_types => $1)' }]);
});

test('a pooler that forgets what was prepared does not fail calls', async () => {
  await depth();
  await queryRows(db, 'DEALLOCATE ALL');
  expect(await depth()).toHaveLength(1);
  expect(await depth()).toHaveLength(1);
});

test('a procedure that returns other columns than it did is called again', async () => {
  await queryRows(t.db, 'CREATE FUNCTION llm.usp_changing() RETURNS TABLE (a integer) LANGUAGE sql AS $$ SELECT 1 $$');
  expect(await callProcedure(db, 'llm.usp_changing')).toEqual([{ a: 1 }]);
  await queryRows(t.db, 'DROP FUNCTION llm.usp_changing()');
  await queryRows(t.db, "CREATE FUNCTION llm.usp_changing() RETURNS TABLE (b text) LANGUAGE sql AS $$ SELECT 'x' $$");
  expect(await callProcedure(db, 'llm.usp_changing')).toEqual([{ b: 'x' }]);
});
