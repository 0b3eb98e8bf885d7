import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, untilWaiting, whileOpen } from '../support/engine.ts';
import { claimItem, createOntology, endItem, putTables } from '../support/ontology.ts';

let t: TestDatabase;
let id: number;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'onto.datasource', 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  id = await createOntology(t);
  await putTables(t, id, [
    { table_key: 'shop.orders', columns: { id: 'bigint', customer_name: 'text' } },
    { table_key: 'shop.customers', columns: { id: 'bigint', name: 'text' } },
    { table_key: 'shop.notes', columns: { id: 'bigint', note: 'text' } },
  ]);
});

const canary = 'Ada Lovelace';
const hide = (target_key: string) =>
  callProcedure(t.db, 'onto.usp_put_override', {
    datasource: 'shop',
    target_kind: 'column',
    target_key,
    field: 'is_sensitive',
    value: 'true',
  });
/** Names of the tables of onto in which the value is found. */
async function found(): Promise<string[]> {
  const tables = await queryRows<{ name: string }>(
    t.db,
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'onto' AND table_type = 'BASE TABLE' ORDER BY 1",
  );
  const hits: string[] = [];
  for (const { name } of tables) {
    const rows = await queryRows(t.db, `SELECT * FROM onto.${name}`);
    if (JSON.stringify(rows).includes(canary)) hits.push(name);
  }
  return hits;
}

const feature = {
  classification_path: 'text',
  purpose: 'text',
  description: `Names such as ${canary}.`,
  details: {},
};
const term = {
  term: 'Orders of Ada',
  definition: 'Her orders.',
  base_table: 'shop.orders',
  sql_pattern: `SELECT count(*) FROM shop.orders WHERE customer_name = '${canary}'`,
  columns_used: ['shop.orders.id'],
  filters: [{ column: 'customer_name', operator: '=', values: [canary] }],
};
const relationships = [
  {
    relationship_key: 'shop.orders(customer_name)->shop.customers(name)',
    from_columns: ['customer_name'],
    to_table: 'shop.customers',
    to_columns: ['name'],
    status: 'candidate',
    provenance: 'inferred',
    statistics: { source_rows: 7, source_samples: [canary], target_samples: [canary], orphan_samples: [canary] },
  },
];
const items = [
  ['ColumnClassification', 'text_classification', 'shop.customers.name', { feature, model: 'm' }],
  ['GlossarySuggestion', 'glossary_suggestion', 'ontology', { terms: [term], answer: { terms: [term] }, model: 'm' }],
  [
    'RelationshipDiscovery',
    'relationship_discovery',
    'shop.orders',
    { answer: { table_key: 'shop.orders', relationships } },
  ],
] as const;

test('no value of a column that became sensitive is kept, be it in what was suggested or found of others', async () => {
  for (const [node, job_type, subject_key, payload] of items) {
    await endItem(t, id, await claimItem(t, id, node, job_type, subject_key), payload);
  }
  expect(await found()).toEqual(['answer', 'change_log', 'column_feature', 'glossary_term', 'relationship']);
  await hide('shop.customers.name');
  await hide('shop.orders.customer_name');
  expect(await found()).toEqual([]);
  expect(await queryRows(t.db, 'SELECT definition, sql_pattern FROM onto.glossary_term')).toEqual([
    { definition: 'Her orders.', sql_pattern: null },
  ]);
});

test('what was under way when a column became sensitive is not kept either', async () => {
  for (const [node, job_type, subject_key, payload] of items) {
    const item = await claimItem(t, id, node, job_type, subject_key);
    await hide('shop.customers.name');
    await hide('shop.orders.customer_name');
    const outcome = await endItem(t, id, item, payload);
    expect([job_type, outcome.status]).toEqual([job_type, 'model' in payload ? 'superseded' : 'routed']);
    await queryRows(t.db, 'DELETE FROM onto.override');
  }
  expect(await found()).toEqual([]);
  expect(
    await queryRows(t.db, {
      postgres: 'SELECT statistics FROM onto.relationship',
      mssql: 'SELECT [statistics] FROM onto.relationship',
    }),
  ).toEqual([{ statistics: { source_rows: 7 } }]);
});

test('what is under way about other tables is kept', async () => {
  const key = 'shop.notes.note';
  const item = await claimItem(t, id, 'ColumnClassification', 'text_classification', key);
  await hide('shop.customers.name');
  expect(await endItem(t, id, item, { feature, model: 'm' })).toMatchObject({ status: 'routed' });
});

test('an edit waits for what is being routed, and erases what that wrote', async () => {
  const item = await claimItem(t, id, 'ColumnClassification', 'text_classification', 'shop.customers.name');
  const payload = {
    contract: 'text_classification',
    version: '1.0.0',
    subject: { ontology_id: id, subject_key: item.subject_key },
    input_sha256: 'b'.repeat(64),
    answer: {},
    feature,
    model: 'm',
  };
  const { job_id, run_id } = item.job;
  let hiding: Promise<unknown> | undefined;
  await whileOpen(t, 'onto.usp_process_text_classification_output', { job_id, run_id, payload }, async () => {
    hiding = hide('shop.customers.name');
    // It is seen to wait before this ends.
    await untilWaiting(t.db);
  });
  await hiding;
  expect(await found()).toEqual([]);
});

test('that a column is sensitive is never offered to be undone', async () => {
  const edit = {
    target_kind: 'column',
    target_key: 'shop.customers.name',
    field: 'is_sensitive',
    source: 'human',
    value: true,
  };
  await callProcedure(t.db, 'onto.usp_import_ontology', { datasource: 'shop', document: { edits: [edit] } });
  expect(await queryRows(t.db, 'SELECT 1 FROM onto.vw_pending_change')).toEqual([]);
});
