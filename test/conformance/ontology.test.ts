import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import {
  readColumns,
  readEntities,
  readOntologies,
  readRelationships,
  readTables,
} from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, rowsOf } from '../support/engine.ts';
import {
  createOntology,
  planPayload,
  putTables,
  registerTestItem,
  routePlan,
  type TestTable,
} from '../support/ontology.ts';
import { claimOne } from '../support/routing.ts';

let t: TestDatabase;
let id: number;
beforeAll(async () => {
  t = await createTestDatabase();
  await registerTestItem(t);
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'onto.datasource', 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  id = await createOntology(t);
});

const call = <Row = Record<string, unknown>>(name: string, parameters: Record<string, ParameterValue>) =>
  callProcedure<Row>(t.db, `onto.usp_${name}`, parameters);
const failure = async (work: Promise<unknown>) => {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (error instanceof Error && 'code' in error) return { code: error.code, message: error.message };
  throw new Error('it did not fail');
};
const orders: TestTable = {
  table_key: 'shop.orders',
  columns: { id: 'bigint', status: 'text', customer_id: 'bigint' },
};
const customers: TestTable = { table_key: 'shop.customers', columns: { id: 'bigint', name: 'text' } };
const changes = async () => {
  const rows = await queryRows<Record<'target_kind' | 'target_key' | 'field' | 'before' | 'after' | 'source', unknown>>(
    t.db,
    'SELECT target_kind, target_key, field, before, after, source FROM onto.change_log ORDER BY change_id',
  );
  const shown = (value: unknown) => (value === null ? '-' : JSON.stringify(value));
  return rows.map(
    (row) =>
      `${row.target_kind} ${row.target_key} ${row.field}: ${shown(row.before)} -> ${shown(row.after)} by ${row.source}`,
  );
};
const put = (target_kind: string, target_key: string, field: string, value: unknown, source = 'human') =>
  call<{ override_id: number; changed: boolean }>('put_override', {
    datasource: 'shop',
    target_kind,
    target_key,
    field,
    value: JSON.stringify(value),
    source,
  });
const infer = async (column: string, description: string) => {
  const of = 'schema_column_id IN (SELECT c.schema_column_id FROM onto.schema_column AS c WHERE c.column_key = ?)';
  await queryRows(t.db, `DELETE FROM onto.column_feature WHERE ${of}`, [column]);
  await queryRows(
    t.db,
    `INSERT INTO onto.column_feature (schema_column_id, classification_path, description, run_id, analyzed_at, updated_at)
     SELECT c.schema_column_id, 'text', ?, '00000000-0000-4000-8000-000000000001', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP FROM onto.schema_column AS c WHERE c.column_key = ?`,
    [description, column],
  );
};
const descriptionOf = async (column: string) =>
  (await readColumns(t.db, id)).find(({ column_key }) => column_key === column)?.description;
const pending = () =>
  queryRows<{ override_id: number; field: string; inferred: unknown }>(
    t.db,
    'SELECT override_id, field, inferred FROM onto.vw_pending_change ORDER BY override_id',
  );

describe('an ontology', () => {
  test('is one a datasource, also when it is asked for at once', async () => {
    const again = await Promise.all([1, 2, 3].map(() => call('create_ontology', { datasource: 'shop' })));
    expect(again.flat()).toEqual([1, 2, 3].map(() => ({ ontology_id: id, created: false })));
    expect((await failure(call('create_ontology', { datasource: 'none' }))).code).toBe('NOT_FOUND');
  });

  test('keeps its datasource from being removed', async () => {
    expect((await failure(call('delete_datasource', { name: 'shop' }))).code).toBe('INVALID_STATE');
  });

  test.each([
    [{ include_tables: 'a' }, /include_tables is no list/],
    [{ row_limit: 0 }, /row_limit is no whole number/],
    [{ sample_rows: 1.5 }, /sample_rows/],
    [{ accept_writing_login: 'yes' }, /accept_writing_login is neither true nor false/],
    [{ unknown: 1 }, /no option unknown/],
  ])('does not take the options %o for its datasource', async (options, reason) => {
    const refused = await failure(call('put_datasource', { name: 'x', engine: 'postgres', url_env: 'X', options }));
    expect(refused.code).toBe('INVALID_PAYLOAD');
    expect(refused.message).toMatch(reason);
  });
});

describe('the schema', () => {
  test('comes as the catalogs say, and the same again changes no row', async () => {
    expect(await putTables(t, id, [orders, customers])).toMatchObject({ tables_added: 2, columns_added: 0 });
    expect((await readTables(t.db, id)).map(({ table_key, column_count }) => [table_key, column_count])).toEqual([
      ['shop.customers', 2],
      ['shop.orders', 3],
    ]);
    const [before] = await readOntologies(t.db, 'shop');
    expect(before).toMatchObject({ version: 1, visible_tables: 2, declared_foreign_keys: 0 });
    const rows = async () => [await rowsOf(t.db, 'onto.schema_table'), await rowsOf(t.db, 'onto.schema_column')];
    const written = await rows();
    expect(await putTables(t, id, [orders], { kept: ['shop.customers'], is_whole: true })).toMatchObject({
      tables_added: 0,
      tables_dropped: 0,
      columns_altered: 0,
    });
    expect(await rows()).toEqual(written);
    expect(await readOntologies(t.db, 'shop')).toMatchObject([{ version: 1 }]);
  });

  test('tells what was added, dropped and altered, and revives what comes again with what people said of it', async () => {
    await putTables(t, id, [orders, customers]);
    await put('column', 'shop.customers.name', 'description', 'What we call them.');
    const { status: _, ...rest } = orders.columns;
    const changed = { ...orders, columns: { ...rest, customer_id: 'integer', note: 'text' } };
    expect(await putTables(t, id, [changed])).toEqual({
      tables_added: 0,
      tables_dropped: 1,
      tables_altered: 0,
      columns_added: 1,
      columns_dropped: 1,
      columns_altered: 1,
    });
    expect((await changes()).slice(-4)).toEqual([
      'column shop.orders.customer_id data_type: "bigint" -> "integer" by schema',
      'column shop.orders.note exists: false -> true by schema',
      'column shop.orders.status exists: true -> false by schema',
      'table shop.customers exists: true -> false by schema',
    ]);
    expect((await readColumns(t.db, id)).map(({ subject_key }) => subject_key)).toEqual([
      'shop.orders.id',
      'shop.orders.customer_id',
      'shop.orders.note',
    ]);
    await putTables(t, id, [customers], { kept: ['shop.orders'] });
    expect(await descriptionOf('name')).toBe('What we call them.');
  });

  test('is looked at in part without anything else being gone', async () => {
    await putTables(t, id, [orders, customers]);
    expect(await putTables(t, id, [orders], { is_whole: false })).toMatchObject({ tables_dropped: 0 });
    expect(await readTables(t.db, id)).toHaveLength(2);
  });

  test('takes relationships and entities with it, and brings them back', async () => {
    await putTables(t, id, [orders, customers]);
    await queryRows(
      t.db,
      `INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status, provenance, created_at, updated_at)
       SELECT o.ontology_id, 'shop.orders(customer_id)->shop.customers(id)', o.schema_table_id, '["customer_id"]', c.schema_table_id, '["id"]', 'accepted', 'inferred', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP
       FROM onto.schema_table AS o, onto.schema_table AS c WHERE o.table_key = 'shop.orders' AND c.table_key = 'shop.customers'`,
    );
    await queryRows(
      t.db,
      `INSERT INTO onto.entity (ontology_id, schema_table_id, kind, name, created_at, updated_at)
       SELECT ontology_id, schema_table_id, 'entity', table_name, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP FROM onto.schema_table`,
    );
    expect([await readRelationships(t.db, id), await readEntities(t.db, id)].map(({ length }) => length)).toEqual([
      1, 2,
    ]);
    await putTables(t, id, [{ ...orders, columns: { id: 'bigint' } }]);
    expect([await readRelationships(t.db, id), await readEntities(t.db, id)].map(({ length }) => length)).toEqual([
      0, 1,
    ]);
    await putTables(t, id, [orders, customers]);
    expect([await readRelationships(t.db, id), await readEntities(t.db, id)].map(({ length }) => length)).toEqual([
      1, 2,
    ]);
  });

  test('leaves partitions to the table that they are parts of', async () => {
    await putTables(t, id, [
      { ...orders, kind: 'partitioned' },
      { ...customers, kind: 'partition', partition_of: 'shop.orders' },
    ]);
    expect((await readTables(t.db, id)).map((row) => [row.profile_status, row.profile_message])).toEqual([
      ['SKIPPED', 'it is profiled with shop.orders'],
      ['PENDING', null],
    ]);
  });
});

describe('an edit', () => {
  beforeEach(() => putTables(t, id, [orders, customers]));

  test('wins over what is inferred, a person over an agent, and outlives every run', async () => {
    await infer('status', 'inferred');
    await put('column', 'shop.orders.status', 'description', 'by an agent', 'agent');
    expect(await descriptionOf('status')).toBe('by an agent');
    await put('column', 'shop.orders.status', 'description', 'by a person');
    await put('column', 'shop.orders.status', 'description', 'by an agent again', 'agent');
    await infer('status', 'inferred again');
    expect(await descriptionOf('status')).toBe('by a person');
    const take = { datasource: 'shop', target_kind: 'column', target_key: 'shop.orders.status', field: 'description' };
    expect(await call('delete_override', take)).toEqual([{ deleted: true }]);
    expect(await descriptionOf('status')).toBe('by an agent again');
    await call('delete_override', { ...take, source: 'agent' });
    expect(await descriptionOf('status')).toBe('inferred again');
    expect(await call('delete_override', take)).toEqual([{ deleted: false }]);
    expect((await changes()).filter((each) => each.startsWith('column'))).toEqual([
      'column shop.orders.status description: "inferred" -> "by an agent" by agent',
      'column shop.orders.status description: "by an agent" -> "by a person" by human',
      'column shop.orders.status description: "by a person" -> "by an agent again" by human',
      'column shop.orders.status description: "by an agent again" -> "inferred again" by agent',
    ]);
  });

  test('of an empty text blanks what is inferred', async () => {
    await infer('status', 'inferred');
    await put('column', 'shop.orders.status', 'description', '');
    expect(await descriptionOf('status')).toBeNull();
  });

  test('is pending once a run finds something else, until that is applied or refused', async () => {
    await infer('status', 'first');
    const [edit] = await put('column', 'shop.orders.status', 'description', 'mine');
    const override_id = edit?.override_id ?? 0;
    expect(await pending()).toEqual([]);
    await infer('status', 'second');
    expect(await pending()).toEqual([{ override_id, field: 'description', inferred: 'second' }]);
    expect(await call('decide_pending_change', { override_id, decision: 'refuse' })).toMatchObject([{ value: 'mine' }]);
    expect(await pending()).toEqual([]);
    expect((await failure(call('decide_pending_change', { override_id, decision: 'apply' }))).code).toBe(
      'INVALID_STATE',
    );
    await infer('status', 'third');
    expect(await call('decide_pending_change', { override_id, decision: 'apply' })).toMatchObject([{ value: 'third' }]);
    expect(await descriptionOf('status')).toBe('third');
    expect(await pending()).toEqual([]);
    expect((await failure(call('decide_pending_change', { override_id, decision: 'apply' }))).code).toBe('NOT_FOUND');
  });

  test('is not pending when a run comes to say the same', async () => {
    await infer('status', 'first');
    await put('column', 'shop.orders.status', 'description', 'mine');
    await infer('status', 'mine');
    expect(await pending()).toEqual([]);
  });

  test('is refused for what is not there, or has no such field or value', async () => {
    const refused = async (...[kind, key, field, value]: Parameters<typeof put>) =>
      (await failure(put(kind, key, field, value))).code;
    expect(await refused('column', 'shop.orders.none', 'description', 'x')).toBe('NOT_FOUND');
    expect(await refused('entity', 'shop.orders', 'name', 'x')).toBe('NOT_FOUND');
    expect(await refused('column', 'shop.orders.status', 'data_type', 'x')).toBe('INVALID_PAYLOAD');
    expect(await refused('column', 'shop.orders.status', 'is_sensitive', 'yes')).toBe('INVALID_PAYLOAD');
    expect(await refused('column', 'shop.orders.status', 'synonyms', ['a', 1])).toBe('INVALID_PAYLOAD');
    expect(await refused('column', 'shop.orders.status', 'description', null)).toBe('INVALID_PAYLOAD');
    expect(await refused('table', 'shop.orders', 'description', 'x')).toBe('INVALID_PAYLOAD');
    expect(await refused('relationship', 'x', 'status', 'candidate')).toBe('INVALID_PAYLOAD');
  });

  test('that makes a column sensitive erases every value that was kept of it', async () => {
    await infer('name', 'names such as Ada');
    await queryRows(
      t.db,
      `UPDATE onto.schema_column SET samples = '["Ada"]', distribution = '[{"value": "Ada"}]', min_value = 'Ada', max_value = 'Ada',
          patterns = '[{"pattern": "x", "rate": 1, "examples": ["Ada"]}]', distinct_count = 1 WHERE column_key = 'name'`,
    );
    await queryRows(t.db, `UPDATE onto.column_feature SET enum_values = '[{"value": "Ada"}]'`);
    await put('column', 'shop.customers.name', 'is_sensitive', true);
    const [column] = (await readColumns(t.db, id, 'shop.customers')).filter(({ column_key }) => column_key === 'name');
    expect(column).toMatchObject({ is_sensitive: true, samples: null, enum_values: [], distinct_count: 1 });
    const tables = ['schema_column', 'column_feature', 'change_log', 'answer'].map((name) => `onto.${name}`);
    for (const table of tables)
      expect(JSON.stringify(await queryRows(t.db, `SELECT * FROM ${table}`))).not.toContain('Ada');
  });
});

describe('routing an item', () => {
  const sha = 'a'.repeat(64);
  const item = (subject_key: string, more: object = {}) => ({
    job_type: 'test_item',
    subject_key,
    subject: subject_key,
    input_sha256: sha,
    ...more,
  });
  const payload = (subject_key: string, answer: object = { said: 1 }) => ({
    contract: 'ontology_plan',
    version: '1.0.0',
    subject: { ontology_id: id, subject_key },
    input_sha256: sha,
    model: 'm',
    answer,
  });
  const route = (job: { job_id: number; run_id: string }, body: object) =>
    call<{ status: string; outcome: Record<string, unknown> }>('process_test_item_output', {
      job_id: job.job_id,
      run_id: job.run_id,
      payload: body,
    });
  beforeEach(() => putTables(t, id, [orders, customers]));

  test('a plan enqueues its items into its node with what they need, and tells what it found', async () => {
    const items = [item('shop.orders.status'), item('shop.orders', { facts: { seen: null } })];
    const { dag_id, outcome } = await routePlan(t, id, 'EnumAnalysis', { items, message: '2 of 9' }, { full: true });
    expect(outcome).toEqual({ status: 'routed', items: 2 });
    const jobs = await queryRows(
      t.db,
      "SELECT subject, status, input, priority FROM llm.job WHERE job_type = 'test_item' ORDER BY job_id",
    );
    const input = { ontology_id: id, datasource: 'shop', input_sha256: sha, full: true, fresh: true };
    expect(jobs).toMatchObject([
      { subject: 'shop.orders.status', status: 'NEW', input: { ...input, subject_key: 'shop.orders.status' } },
      { subject: 'shop.orders', input: { ...input, subject_key: 'shop.orders', facts: { seen: null } } },
    ]);
    expect(
      await queryRows(t.db, 'SELECT name, total, message FROM llm.vw_dag_progress WHERE dag_id = ?', [dag_id]),
    ).toEqual([{ name: 'EnumAnalysis', total: 2, message: '2 of 9' }]);
    await route(await claimOne(t.db, ['test_item']), payload('shop.orders.status'));
    const { job_id, run_id } = await claimOne(t.db, ['test_item']);
    const dead = { job_id, run_id, code: 'X', message: 'm', retryable: false };
    await callProcedure(t.db, 'llm.usp_fail_job', dead);
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    expect(
      await queryRows(t.db, 'SELECT status, failed, message FROM llm.vw_dag_progress WHERE dag_id = ?', [dag_id]),
    ).toEqual([{ status: 'COMPLETED', failed: 1, message: '2 of 9; 1 of 2 items failed' }]);
  });

  test('the fence holds, and the same call again returns what it stored', async () => {
    await routePlan(t, id, 'EnumAnalysis', { items: [item('shop.orders.status')] });
    const job = await claimOne(t.db, ['test_item']);
    const lost = await failure(
      route({ ...job, run_id: '00000000-0000-4000-8000-000000000009' }, payload('shop.orders.status')),
    );
    expect(lost.code).toBe('LEASE_LOST');
    const routed = await route(job, payload('shop.orders.status'));
    expect(routed).toMatchObject([{ status: 'SUCCEEDED', outcome: { status: 'routed', relationship_id: null } }]);
    expect(routed[0]?.outcome.schema_column_id).toEqual(expect.any(Number));
    expect(await route(job, payload('shop.orders.status'))).toEqual(routed);
    expect(await queryRows(t.db, 'SELECT subject_key, input_sha256, answer FROM onto.answer')).toEqual([
      { subject_key: 'shop.orders.status', input_sha256: sha, answer: { said: 1 } },
    ]);
  });

  test('what is about something else than the job, or another contract, is refused', async () => {
    await routePlan(t, id, 'EnumAnalysis', { items: [item('shop.orders.status')] });
    const job = await claimOne(t.db, ['test_item']);
    expect((await failure(route(job, payload('shop.orders.id')))).code).toBe('INVALID_PAYLOAD');
    expect((await failure(route(job, { ...payload('shop.orders.status'), version: '2.0.0' }))).code).toBe(
      'CONTRACT_MISMATCH',
    );
    expect((await failure(route(job, { ...payload('shop.orders.status'), input_sha256: 'x' }))).code).toBe(
      'INVALID_PAYLOAD',
    );
    expect((await failure(route(job, { ...payload('shop.orders.status'), subject: {} }))).code).toBe('INVALID_PAYLOAD');
  });

  test('a subject that was dropped meanwhile, and an ontology that is gone, end the job as superseded', async () => {
    const { dag_id } = await routePlan(t, id, 'EnumAnalysis', {
      items: [item('shop.orders.status'), item('shop.customers')],
    });
    const column = await claimOne(t.db, ['test_item']);
    await queryRows(t.db, "UPDATE onto.schema_column SET dropped_at = CURRENT_TIMESTAMP WHERE column_key = 'status'");
    expect(await route(column, payload('shop.orders.status'))).toEqual([
      { status: 'SUCCEEDED', outcome: { status: 'superseded' } },
    ]);
    const table = await claimOne(t.db, ['test_item']);
    await queryRows(t.db, "UPDATE llm.dag SET status = 'CANCELLED' WHERE dag_id = ?", [dag_id]);
    await call('delete_ontology', { datasource: 'shop', confirmation: 'delete ontology' });
    expect(await route(table, payload('shop.customers'))).toEqual([
      { status: 'SUCCEEDED', outcome: { status: 'superseded' } },
    ]);
    expect(await queryRows(t.db, 'SELECT * FROM onto.answer')).toEqual([]);
  });

  test('a plan that is malformed enqueues nothing', async () => {
    await callProcedure(t.db, 'llm.usp_create_dag', {
      kind: 'ontology',
      subject: 'shop',
      options: {},
      nodes: [
        {
          name: 'EnumAnalysis',
          plan_job_type: 'ontology_plan',
          plan_input: { ontology_id: id, datasource: 'shop', node: 'EnumAnalysis' },
        },
      ],
    });
    const job = await claimOne(t.db, ['ontology_plan']);
    const send = (plan: object) =>
      failure(
        call('process_ontology_plan_output', {
          job_id: job.job_id,
          run_id: job.run_id,
          payload: planPayload(id, 'EnumAnalysis', plan),
        }),
      );
    expect((await send({ items: [{ job_type: 'test_item' }] })).code).toBe('INVALID_PAYLOAD');
    expect((await send({ items: [item('shop.orders', { job_type: 'none' })] })).code).toBe('UNKNOWN_JOB_TYPE');
    expect((await send({ facts: { a: 1 } })).message).toContain('EnumAnalysis settles nothing');
    expect((await send({ message: '' })).code).toBe('INVALID_PAYLOAD');
    expect(await queryRows(t.db, "SELECT 1 FROM llm.job WHERE job_type = 'test_item'")).toEqual([]);
  });
});

describe('deleting an ontology', () => {
  const remove = (confirmation: string | null) => call('delete_ontology', { datasource: 'shop', confirmation });

  test('wants the words, and waits for no running dag', async () => {
    await putTables(t, id, [orders]);
    expect((await failure(remove(null))).code).toBe('CONFIRMATION_REQUIRED');
    expect((await failure(remove('DELETE ONTOLOGY'))).code).toBe('CONFIRMATION_REQUIRED');
    const { dag_id } = await routePlan(t, id, 'EnumAnalysis', { items: [] });
    expect((await failure(remove('delete ontology'))).code).toBe('DAG_RUNNING');
    await callProcedure(t.db, 'llm.usp_cancel_dag', { dag_id });
    await callProcedure(t.db, 'llm.usp_create_dag', {
      kind: 'ontology:item',
      subject: 'shop:shop.orders',
      options: {},
      nodes: [{ name: 'EntityEnrichment', plan_job_type: 'ontology_plan' }],
    });
    expect((await failure(remove('delete ontology'))).code).toBe('DAG_RUNNING');
  });

  test('removes everything of it and nothing of another, and leaves the datasource', async () => {
    const other = await createOntology(t, 'crm');
    await putTables(t, id, [orders, customers]);
    const { dag_id } = await routePlan(t, other, 'SchemaProfile', { facts: { tables: [] } }, { datasource: 'crm' });
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    await infer('status', 'x');
    await put('column', 'shop.orders.status', 'description', 'y');
    expect(await remove('delete ontology')).toMatchObject([{ tables: 2, columns: 5, edits: 1 }]);
    for (const table of ['schema_table', 'schema_column', 'column_feature', 'override', 'change_log'])
      expect(await queryRows(t.db, `SELECT * FROM onto.${table}`)).toEqual([]);
    expect((await readOntologies(t.db)).map(({ datasource }) => datasource)).toEqual(['crm']);
    expect((await failure(remove('delete ontology'))).code).toBe('NOT_FOUND');
    expect(await call('delete_datasource', { name: 'shop' })).toEqual([{ deleted: true }]);
  });
});

test('only one extraction of a datasource runs at a time, and small ones beside it', async () => {
  const create = (kind: string, subject: string) =>
    callProcedure(t.db, 'llm.usp_create_dag', {
      kind,
      subject,
      options: {},
      nodes: [{ name: 'a', plan_job_type: 'ontology_plan' }],
    });
  await create('ontology', 'shop');
  expect((await failure(create('ontology', 'shop'))).code).toBe('DAG_RUNNING');
  await create('ontology:item', 'shop:shop.orders');
  await create('ontology:item', 'shop:shop.customers');
  expect(await queryRows(t.db, 'SELECT datasource, kind, target, status FROM onto.vw_dag ORDER BY dag_id')).toEqual([
    { datasource: 'shop', kind: 'ontology', target: '', status: 'RUNNING' },
    { datasource: 'shop', kind: 'ontology:item', target: 'shop.orders', status: 'RUNNING' },
    { datasource: 'shop', kind: 'ontology:item', target: 'shop.customers', status: 'RUNNING' },
  ]);
});
