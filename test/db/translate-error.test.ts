import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let t: TestDatabase;
let db: Database;
beforeAll(async () => {
  t = await createTestDatabase();
  db = await connect({ url: t.url, application_name: 'sproute test', pool_max: 1 });
});
afterAll(async () => {
  await db.close();
  await t.close();
});

const raised = (state: string) =>
  queryRows(db, `DO $$ BEGIN RAISE EXCEPTION 'so it goes' USING ERRCODE = '${state}'; END $$`);

test('a statement that runs out of its time, or meets a database that takes no writes, failed for a passing reason', async () => {
  await queryRows(db, "SET statement_timeout = '50ms'");
  await expect(queryRows(db, 'SELECT pg_sleep(5)')).rejects.toMatchObject({
    code: 'DATABASE_TRANSIENT',
    hint: expect.stringContaining('statement_timeout'),
  });
  await queryRows(db, 'RESET statement_timeout');
  await queryRows(db, 'SET default_transaction_read_only = on');
  await expect(queryRows(db, 'CREATE TABLE public.x (a integer)')).rejects.toMatchObject({
    code: 'DATABASE_TRANSIENT',
    hint: expect.stringContaining('primary'),
  });
  await queryRows(db, 'RESET default_transaction_read_only');
});

test.each(['53000', '53200', '53400', '57000', '57014', '58000', '58030'])(
  'SQLSTATE %s says something about the server and nothing about the statement',
  async (state) => {
    await expect(raised(state)).rejects.toMatchObject({ code: 'DATABASE_TRANSIENT' });
  },
);

test.each(['22012', '23505', '42501', 'P0001'])('SQLSTATE %s is for good', async (state) => {
  await expect(raised(state)).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
});

test('who lacks a right hears which role would have it', async () => {
  await queryRows(db, 'SET ROLE sproute_reader');
  await expect(queryRows(db, "SELECT * FROM llm.usp_pause_job_type('page_classification')")).rejects.toMatchObject({
    code: 'DATABASE_ERROR',
    hint: expect.stringContaining('sproute_operator'),
  });
  await queryRows(db, 'RESET ROLE');
});
