import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { claimItem, createOntology, endItem, putTables, routePlan } from '../support/ontology.ts';

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
    { table_key: 'shop.orders', columns: { id: 'bigint', customer_id: 'bigint', note: 'text' } },
    { table_key: 'shop.customers', columns: { id: 'bigint', name: 'text' } },
  ]);
  const relationships = ['shop.customers', 'shop.orders'].map((to_table) => ({
    relationship_key: `shop.orders(customer_id)->${to_table}(id)`,
    from_columns: ['customer_id'],
    to_table,
    to_columns: ['id'],
    status: to_table === 'shop.customers' ? 'accepted' : 'candidate',
    provenance: 'feature',
  }));
  const discovery = await claimItem(t, id, 'RelationshipDiscovery', 'relationship_discovery', 'shop.orders');
  await endItem(t, id, discovery, { answer: { table_key: 'shop.orders', relationships } });
  const feature = { classification_path: 'text', purpose: 'text', description: 'A note.', details: {} };
  const note = await claimItem(t, id, 'ColumnClassification', 'text_classification', 'shop.orders.note');
  await endItem(t, id, note, { feature, model: 'm' });
  const entities = [{ table_key: 'shop.orders', kind: 'entity', subtype_of: null, name: 'Order' }];
  const { dag_id } = await routePlan(t, id, 'EntityDiscovery', { facts: { entities } });
  await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
  for (const [term, alias] of [
    ['Revenue', 'Sales'],
    ['Orders', 'Bookings'],
  ]) {
    const document = { definition: 'x', aliases: [alias] };
    await callProcedure(t.db, 'onto.usp_put_glossary_term', { datasource: 'shop', term, document });
  }
  await routePlan(t, id, 'RelationshipEnrichment', {}).then((plan) =>
    callProcedure(t.db, 'llm.usp_advance_dag', { dag_id: plan.dag_id }),
  );
});

const violations = async () =>
  (await queryRows<{ invariant: string }>(t.db, 'SELECT DISTINCT invariant FROM llm.vw_invariant_violations')).map(
    ({ invariant }) => invariant,
  );

test('an ontology that nobody tampered with violates nothing, deleted or not', async () => {
  expect(await violations()).toEqual([]);
  await callProcedure(t.db, 'onto.usp_delete_ontology', { datasource: 'shop', confirmation: 'delete ontology' });
  expect(await violations()).toEqual([]);
});

test.each([
  ['unknown run in onto.answer', `UPDATE onto.answer SET run_id = '${randomUUID()}' WHERE model IS NOT NULL`],
  ['answer about nothing', "UPDATE onto.answer SET subject_key = 'shop.none' WHERE model IS NULL"],
  [
    'relationship of what is gone',
    "UPDATE onto.schema_column SET dropped_at = CURRENT_TIMESTAMP WHERE column_key = 'customer_id'",
  ],
  ['relationship whose status and reason differ', "UPDATE onto.relationship SET rejected_because = 'model'"],
  ['source with two targets', "UPDATE onto.relationship SET status = 'accepted'"],
  ['entity of a table that is gone', 'UPDATE onto.schema_table SET dropped_at = CURRENT_TIMESTAMP'],
  [
    'values of a sensitive column',
    `INSERT INTO onto.override (ontology_id, target_kind, target_key, field, source, value, created_at, updated_at)
     SELECT ontology_id, 'column', 'shop.orders.note', 'is_sensitive', 'agent', 'true', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP FROM onto.ontology;
     UPDATE onto.schema_column SET samples = '["x"]'`,
  ],
  ['name of two terms', "UPDATE onto.glossary_alias SET alias = ' orders ' WHERE alias = 'Sales'"],
  [
    'dag of an ontology that is gone',
    `UPDATE llm.dag SET status = 'RUNNING', finished_at = NULL;
     UPDATE llm.dag_node SET status = 'RUNNING', started_at = CURRENT_TIMESTAMP, plan_input = '{"ontology_id": 0}'`,
  ],
])('a %s is told', async (invariant, sql) => {
  const one = ' WHERE dag_id = (SELECT max(dag_id) FROM llm.dag)';
  for (const statement of sql.split(';\n')) {
    await queryRows(t.db, statement.includes('llm.dag') ? statement + one : statement);
  }
  expect(await violations()).toContain(invariant);
});

test('the run of an answer that counts is neither erased nor its files pruned; what was computed may be', async () => {
  await emptyTables(t.db, 'llm.dag', 'llm.dag_node', 'llm.job');
  const answers = await queryRows<{ run_id: string; model: string | null }>(
    t.db,
    'SELECT run_id, model FROM onto.answer',
  );
  const older_than = new Date(Date.now() + 60_000);
  const runs = answers.map(({ run_id }) => ({ run_id, lake_uris: [] }));
  const verdicts = await callProcedure<{ run_id: string; verdict: string }>(t.db, 'llm.usp_prune_artifacts', {
    runs,
    older_than,
  });
  expect(new Map(verdicts.map(({ run_id, verdict }) => [run_id, verdict]))).toEqual(
    new Map(answers.map(({ run_id, model }) => [run_id, model === null ? 'pruned' : 'live'])),
  );
  await callProcedure(t.db, 'llm.usp_purge_runs', { older_than });
  const left = await queryRows<{ run_id: string }>(t.db, 'SELECT run_id FROM llm.run');
  expect(left.map(({ run_id }) => run_id)).toEqual(
    answers.filter(({ model }) => model !== null).map(({ run_id }) => run_id),
  );
  expect(await violations()).toEqual([]);
});

test('what asking again costs is not known where no call is on record', async () => {
  expect(await callProcedure(t.db, 'onto.usp_read_cost', { ontology_id: id })).toMatchObject([
    { answers: 1, calls: 1, cost_usd: null },
  ]);
});
