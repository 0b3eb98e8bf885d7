import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { type OntologyContext, withOntology } from '../../src/ontology/ontology-context.ts';
import { schemaOf } from '../../src/ontology/relationship/schema.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createOntology, putTables, routePlan } from '../support/ontology.ts';

let t: TestDatabase;
let ontology_id: number;
let dag_node_id: number;

beforeAll(async () => {
  t = await createTestDatabase();
  ontology_id = await createOntology(t);
  await putTables(t, ontology_id, [{ table_key: 'public.orders', columns: { id: 'integer', note: 'text' } }]);
  await routePlan(t, ontology_id, 'RelationshipValidation', {});
  const [node] = await queryRows<{ dag_node_id: number }>(
    t.db,
    'SELECT max(dag_node_id) AS dag_node_id FROM llm.dag_node',
  );
  dag_node_id = Number(node?.dag_node_id);
});
afterAll(() => t.close());

/** What a job sees; of the node, or of none. */
function job<T>(work: (context: OntologyContext) => Promise<T>, of: number | null = dag_node_id): Promise<T> {
  const subject = { ontology_id, datasource: 'shop', dag_node_id: of };
  return withOntology(t.db, subject, new AbortController().signal, work);
}

test('what the jobs of a node read alike is read once, that of a plan or a job without a node each time', async () => {
  const [first, second] = [await job(schemaOf), await job(schemaOf)];
  expect(first.columns.get('public.orders')).toHaveLength(2);
  expect(second).toBe(first);
  expect(await job(schemaOf, null)).not.toBe(first);
  const [one, other] = await Promise.all([job(schemaOf), job(schemaOf)]);
  expect([one, other]).toEqual([first, first]);
});

test('an edit counts at once: a column that becomes sensitive is so for the next job', async () => {
  const before = await job(schemaOf);
  const isSensitive = (schema: typeof before) =>
    schema.columns.get('public.orders')?.map(({ column_key, is_sensitive }) => [column_key, is_sensitive]);
  expect(isSensitive(before)).toContainEqual(['note', false]);
  const edit = { target_kind: 'column', target_key: 'public.orders.note', field: 'is_sensitive', value: true };
  await callProcedure(t.db, 'onto.usp_put_override', { datasource: 'shop', ...edit });
  expect(isSensitive(await job(schemaOf))).toContainEqual(['note', true]);
});

test('a node that is planned anew sees what is known by then', async () => {
  const before = await job(schemaOf);
  await queryRows(t.db, 'UPDATE llm.dag_node SET plan_job_id = plan_job_id + 1 WHERE dag_node_id = ?', [dag_node_id]);
  expect(await job(schemaOf)).not.toBe(before);
});

test('reading that failed is tried again by the next job', async () => {
  const failing = job(({ shared }) => shared('that', () => Promise.reject(new Error('away'))));
  await expect(failing).rejects.toThrow('away');
  expect(await job(({ shared }) => shared('that', () => Promise.resolve('there')))).toBe('there');
});
