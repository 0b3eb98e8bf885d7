import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import type { ItemNode } from '../../src/ontology/extraction.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import type { TestDatabase } from './database.ts';
import { createOntology, putTables, type TestTable } from './ontology.ts';
import type { TestWorker } from './worker.ts';

/** A billing business in a few tables, as far as relationships: what entities and descriptions build on. */
export const businessTables: TestTable[] = [
  { table_key: 'public.users', columns: { id: 'bigint', email: 'text', removed: 'timestamptz' } },
  {
    table_key: 'public.transactions',
    columns: { id: 'bigint', state: 'integer', amount: 'bigint', payer_user_id: 'bigint', payee_user_id: 'bigint' },
  },
  { table_key: 'public.badges', columns: { id: 'bigint', title: 'text' } },
  {
    table_key: 'public.user_badges',
    primary_key: ['user_id', 'badge_id'],
    columns: { user_id: 'bigint', badge_id: 'bigint' },
  },
];

export async function createBusiness(t: TestDatabase, tables = businessTables): Promise<number> {
  const id = await createOntology(t);
  await putTables(t, id, tables);
  return id;
}

/** Accepts a relationship, `public.a(b)->public.c(d)`. */
export async function relate(t: TestDatabase, ontology_id: number, relationship_key: string): Promise<void> {
  const [, from, from_column, to, to_column] = /^(.*)\((.*)\)->(.*)\((.*)\)$/.exec(relationship_key) ?? [];
  await queryRows(
    t.db,
    `INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status,
         provenance, cardinality, created_at, updated_at)
     SELECT f.ontology_id, ?, f.schema_table_id, CAST(? AS jsonb), t.schema_table_id, CAST(? AS jsonb), 'accepted', 'declared', 'N:1', now(), now()
     FROM onto.schema_table AS f JOIN onto.schema_table AS t ON t.ontology_id = f.ontology_id
     WHERE f.ontology_id = ? AND f.table_key = ? AND t.table_key = ?`,
    [
      relationship_key,
      JSON.stringify(from_column?.split(',')),
      JSON.stringify(to_column?.split(',')),
      ontology_id,
      from ?? '',
      to ?? '',
    ],
  );
}

export async function relateBusiness(t: TestDatabase, ontology_id: number): Promise<void> {
  await relate(t, ontology_id, 'public.transactions(payer_user_id)->public.users(id)');
  await relate(t, ontology_id, 'public.transactions(payee_user_id)->public.users(id)');
  await relate(t, ontology_id, 'public.user_badges(user_id)->public.users(id)');
  await relate(t, ontology_id, 'public.user_badges(badge_id)->public.badges(id)');
}

/** An answer on record, as if its item had been routed. */
export async function answered(
  t: TestDatabase,
  ontology_id: number,
  job_type: string,
  subject_key: string,
  answer: object,
): Promise<void> {
  await callProcedure(t.db, 'onto.usp_keep_answer', {
    ontology_id,
    job_type,
    subject_key,
    payload: { input_sha256: 'a'.repeat(64), contract: job_type, version: '1.0.0', model: 'test', answer },
    run_id: '00000000-0000-4000-8000-00000000000a',
    now: new Date(),
  });
}

/** Statistics of a column. */
export async function profiled(
  t: TestDatabase,
  subject_key: string,
  statistics: Record<string, unknown>,
): Promise<void> {
  const fields = Object.keys(statistics);
  await queryRows(
    t.db,
    `UPDATE onto.schema_column AS c SET ${fields.map((field) => `${field} = g.${field}`).join(', ')}
     FROM jsonb_populate_record(NULL::onto.schema_column, CAST(? AS jsonb)) AS g, onto.schema_table AS t
     WHERE t.schema_table_id = c.schema_table_id AND t.table_key || '.' || c.column_key = ?`,
    [JSON.stringify(statistics), subject_key],
  );
}

let dags = 0;

/** A dag of these nodes as an extraction has them, for a worker to drain. */
export async function startNodes(t: TestDatabase, ontology_id: number, nodes: (string | ItemNode)[]): Promise<number> {
  dags += 1;
  const all = nodes.map((node) => (typeof node === 'string' ? { name: node } : node));
  const [row] = await callProcedure<{ dag_id: number }>(t.db, 'llm.usp_create_dag', {
    kind: 'ontology:item',
    subject: `shop:test ${dags}`,
    options: {},
    nodes: all.map(({ name, ...choice }) => ({
      name,
      blocking: ontologyNodes.find((node) => node.name === name)?.blocking ?? true,
      plan_job_type: 'ontology_plan',
      plan_input: { ontology_id, datasource: 'shop', node: name, ...choice },
    })),
  });
  return row?.dag_id ?? 0;
}

/** Does the jobs of a dag until it has ended, node after node. */
export async function workNodes(t: TestDatabase, worker: TestWorker, dag_id: number): Promise<void> {
  do await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
  while ((await worker.drain()) > 0);
}
