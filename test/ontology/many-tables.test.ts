import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { columnsEach, createManyTables } from '../../bench/ontology/many-tables.ts';
import { callProcedure } from '../../src/db/call.ts';
import { readProgress } from '../../src/db/ontology-dag-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';
import { createExtraction } from '../../src/ontology/extraction.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker } from '../support/worker.ts';

let t: TestDatabase;
let model: ScriptedModel;
const customers: CustomerDatabase[] = [];

beforeAll(async () => {
  t = await createTestDatabase();
  // Few rows are read whole where no index is worth its pages; what is counted is how it is with many.
  await queryRows(
    t.db,
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database()); END $$",
  );
  model = await startScriptedModel(({ contract, content }) => ({
    answer: answerFor(contract ?? '', { title: '', content }),
  }));
});
afterAll(async () => {
  await model.close();
  for (const customer of customers) await customer.close();
  await t.close();
});

/** Nodes of one item a column ask for what is known of one table, and there are many of them. */
const without = ['ColumnClassification', 'EnumAnalysis', 'CrossColumnAnalysis'];

/** Extracts a database of so many tables; how many items that took, and how many rows about columns were read for them. */
async function extract(tables: number): Promise<{ items: number; rows: number }> {
  const customer = await createCustomerDatabase('SELECT 1');
  customers.push(customer);
  const client = new pg.Client({ connectionString: customer.url });
  await client.connect();
  await createManyTables(client, tables);
  await client.end();
  const name = `of_${tables}`;
  const { url_env } = datasourceAt(customer.url);
  await callProcedure(t.db, 'onto.usp_put_datasource', { name, engine: 'postgres', url_env });
  const before = await rowsRead();
  const worker = await startWorker(t, model.base_url);
  const { dag_id } = await createExtraction(t.db, name, { without });
  const nodes = async () => {
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    return readProgress(t.db, dag_id);
  };
  while ((await nodes()).some(({ dag_status }) => dag_status === 'RUNNING')) await worker.drain();
  await worker.close();
  const all = await nodes();
  expect(all.map(({ status, failed }) => [status, failed])).toEqual(all.map(() => ['COMPLETED', 0]));
  const items = all.reduce((sum, { total }) => sum + total, 0);
  return { items, rows: (await rowsRead()) - before };
}

/** Sessions tell what they read when they end. */
async function rowsRead(): Promise<number> {
  for (;;) {
    const [row] = await queryRows<{ open: number; rows: number }>(
      t.db,
      `SELECT (SELECT count(*)::integer FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'sproute worker') AS open,
         (seq_tup_read + coalesce(idx_tup_fetch, 0))::integer AS rows
       FROM pg_stat_user_tables WHERE relid = 'onto.schema_column'::regclass`,
    );
    if (row?.open === 0) return row.rows;
  }
}

test('what an extraction reads grows with the number of tables, not with its square', async () => {
  const few = await extract(5);
  const many = await extract(20);
  expect(many.items).toBeGreaterThan(3 * few.items);
  const each = ({ items, rows }: typeof few) => rows / items;
  expect(each(few)).toBeGreaterThan(columnsEach);
  // Four times as many tables: reading all of them for each item would be four times as much an item.
  expect(each(many) / each(few)).toBeLessThan(2);
});
