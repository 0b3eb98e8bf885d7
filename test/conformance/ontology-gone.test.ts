import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readDags } from '../../src/db/ontology-dag-queries.ts';
import { readChanges } from '../../src/db/ontology-edit-queries.ts';
import { readEntities, readOntologies, readRelationships } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { claimItem, createOntology, endItem, putTables, routePlan, type TestTable } from '../support/ontology.ts';

const orders: TestTable = { table_key: 'shop.orders', columns: { id: 'bigint', customer_id: 'bigint' } };
const customers: TestTable = { table_key: 'shop.customers', columns: { id: 'bigint', name: 'text' } };
const key = 'shop.orders(customer_id)->shop.customers(id)';
const ends = { from_columns: ['customer_id'], to_table: 'shop.customers', to_columns: ['id'] };

let t: TestDatabase;
let id: number;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'onto.datasource', 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  id = await createOntology(t);
  await putTables(t, id, [orders, customers]);
});

/** What looking up the values of shop.orders found. */
async function discover(...found: object[]): Promise<Record<string, unknown>> {
  const node = 'RelationshipDiscovery';
  const item = await claimItem(t, id, node, 'relationship_discovery', 'shop.orders');
  const relationships = found.map((more) => ({
    relationship_key: key,
    ...ends,
    orphan_count: 0,
    is_exact: true,
    ...more,
  }));
  return endItem(t, id, item, { answer: { table_key: 'shop.orders', relationships } });
}
const feature = { status: 'accepted', provenance: 'feature', confidence: 0.9 };
const declared = {
  relationship_key: key,
  from_table: 'shop.orders',
  ...ends,
  status: 'accepted',
  provenance: 'declared',
  confidence: 1,
};
async function settle(facts: object): Promise<void> {
  const { dag_id } = await routePlan(t, id, 'RelationshipDiscovery', { facts });
  await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
}
const unchanged = () => putTables(t, id, [], { kept: ['shop.orders', 'shop.customers'] });
const statuses = async () =>
  (await readRelationships(t.db, id)).map(({ status, provenance }) => `${status} ${provenance}`);
const log = async (target_kind: 'relationship' | 'entity' = 'relationship') =>
  (await readChanges(t.db, id, { target_kind }))
    .toReversed()
    .map(({ before, after, source }) => `${before} -> ${after} by ${source}`);
const version = async () => (await readOntologies(t.db, 'shop'))[0]?.version;

test('a relationship that lost its evidence stays gone when the schema is looked at again', async () => {
  await discover(feature);
  expect(await statuses()).toEqual(['accepted feature']);
  expect(await discover()).toMatchObject({ gone: 1 });
  await unchanged();
  expect(await statuses()).toEqual([]);
  await discover(feature);
  expect(await statuses()).toEqual(['accepted feature']);
  expect(await log()).toEqual([
    'null -> accepted by inferred',
    'accepted -> null by inferred',
    'null -> accepted by inferred',
  ]);
});

test('a key that is declared no more stays gone, and is none for a model to be sure of', async () => {
  await settle({ declared: [declared] });
  await settle({ gone: [key] });
  await unchanged();
  expect(await statuses()).toEqual([]);
  await discover({ status: 'candidate', provenance: 'inferred' });
  expect(await readRelationships(t.db, id)).toMatchObject([{ status: 'candidate', confidence: null }]);
  expect(await log()).toEqual(['null -> accepted by inferred', 'accepted -> null by schema']);
});

test('a key that is declared no more and that a person had accepted is theirs from then on', async () => {
  await settle({ declared: [declared] });
  const edit = { target_kind: 'relationship', target_key: key, field: 'status', value: 'accepted' };
  await callProcedure(t.db, 'onto.usp_apply_edits', { datasource: 'shop', edits: [edit] });
  await settle({ gone: [key] });
  expect(await statuses()).toEqual(['accepted manual']);
});

test('what went with its table comes back with it, and both are in the change log', async () => {
  await discover(feature);
  await putTables(t, id, [], { kept: ['shop.orders'] });
  expect(await statuses()).toEqual([]);
  await putTables(t, id, [customers], { kept: ['shop.orders'] });
  expect(await statuses()).toEqual(['accepted feature']);
  expect(await log()).toEqual([
    'null -> accepted by inferred',
    'accepted -> null by schema',
    'null -> accepted by schema',
  ]);
});

test('an entity that its structure made none stays none when the schema is looked at again', async () => {
  const settled = async (...tables: string[]) => {
    const entities = tables.map((table_key) => ({ table_key, kind: 'entity', subtype_of: null, name: table_key }));
    const { dag_id } = await routePlan(t, id, 'EntityDiscovery', { facts: { entities } });
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
  };
  await settled('shop.customers', 'shop.orders');
  await settled('shop.customers');
  const before = await version();
  await unchanged();
  await settled('shop.customers');
  expect((await readEntities(t.db, id)).map(({ table_key }) => table_key)).toEqual(['shop.customers']);
  expect(await log('entity')).toHaveLength(3);
  expect(await version()).toBe(before);
});

test('a dag raises the version once, whatever it changes', async () => {
  expect(await version()).toBe(1);
  const table_key = 'shop.notes';
  const facts = { tables: [], is_whole: true, kept: ['shop.orders', 'shop.customers'] };
  const item = {
    job_type: 'relationship_discovery',
    subject_key: 'shop.orders',
    subject: 'o',
    input_sha256: 'b'.repeat(64),
  };
  await routePlan(t, id, 'SchemaProfile', { facts, items: [item] }).then(({ dag_id }) =>
    callProcedure(t.db, 'llm.usp_cancel_dag', { dag_id }),
  );
  expect(await version()).toBe(1);
  await putTables(t, id, [{ table_key, columns: { id: 'bigint' } }], { kept: facts.kept });
  expect(await version()).toBe(2);
  await discover(feature);
  expect(await version()).toBe(3);
  await discover(feature);
  expect(await version()).toBe(3);
});

test('an extraction that starts while the ontology is deleted finds it new, and one that runs keeps it', async () => {
  const nodes = [{ name: 'SchemaProfile' }];
  const start = () =>
    callProcedure<{ dag_id: number; ontology_id: number }>(
      t.db,
      'onto.usp_create_dag',
      { datasource: 'shop', target: '', options: {}, nodes },
      { repeatable: false },
    );
  const remove = () =>
    callProcedure(t.db, 'onto.usp_delete_ontology', { datasource: 'shop', confirmation: 'delete ontology' });
  for (let round = 1; round <= 5; round += 1) {
    const [deleted, started] = await Promise.allSettled([remove(), start()]);
    if (started.status === 'rejected') throw started.reason;
    const ontology_id = started.value[0]?.ontology_id;
    expect(await readOntologies(t.db, 'shop')).toMatchObject([{ ontology_id }]);
    if (deleted.status === 'rejected') expect(deleted.reason).toMatchObject({ code: 'DAG_RUNNING' });
    await callProcedure(t.db, 'llm.usp_cancel_dag', { dag_id: started.value[0]?.dag_id });
  }
  await expect(
    callProcedure(t.db, 'onto.usp_create_dag', { datasource: 'none', target: '', options: {}, nodes }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('the history tells of items whose jobs were archived since', async () => {
  await discover(feature);
  const last = async () => (await readDags(t.db, { datasource: 'shop', limit: 1 }))[0];
  expect(await last()).toMatchObject({ status: 'COMPLETED', items: 1, done: 1, failed: 0 });
  await callProcedure(t.db, 'llm.usp_archive_jobs', { older_than: new Date(Date.now() + 60_000) });
  expect(await queryRows(t.db, 'SELECT 1 FROM llm.job')).toEqual([]);
  expect(await last()).toMatchObject({ status: 'COMPLETED', items: 1, done: 1, failed: 0 });
});
