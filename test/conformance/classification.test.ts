import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readAnswers, readColumns } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { createOntology, putTables, routePlan } from '../support/ontology.ts';
import { type Claimed, claimOne } from '../support/routing.ts';

let t: TestDatabase;
let id: number;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'onto.datasource', 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  id = await createOntology(t);
  await putTables(t, id, [{ table_key: 'public.orders', columns: { id: 'bigint', state: 'bigint', gone: 'bigint' } }]);
});

const input_sha256 = 'b'.repeat(64);

async function claim(node: string, job_type: string, subject_key: string): Promise<Claimed> {
  await emptyTables(t.db, 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  await routePlan(t, id, node, { items: [{ job_type, subject_key, subject: subject_key, input_sha256 }] });
  return claimOne(t.db, [job_type]);
}

async function route(job: Claimed, job_type: string, subject_key: string, payload: object) {
  const [row] = await callProcedure<{ status: string; outcome: Record<string, unknown> }>(
    t.db,
    `onto.usp_process_${job_type}_output`,
    {
      job_id: job.job_id,
      run_id: job.run_id,
      payload: {
        contract: job_type,
        version: '1.0.0',
        subject: { ontology_id: id, subject_key },
        input_sha256,
        model: 'm',
        answer: {},
        ...payload,
      },
    },
  );
  return row?.outcome;
}

const said = (path: string, more: object = {}) => ({
  feature: {
    classification_path: path,
    purpose: path === 'enum' ? 'enum' : 'measure',
    semantic_type: 'thing',
    role: 'attribute',
    description: `Said on the path ${path}.`,
    confidence: 0.8,
    details: { own: path },
    needs_enum_analysis: path === 'enum',
    needs_fk_resolution: path === 'numeric',
    needs_cross_column_check: false,
    ...more,
  },
});
const values = [{ value: '0', label: 'new', category: 'initial' }];
const analysis = {
  is_state_machine: true,
  state_description: 'On it goes.',
  values,
  description: 'How far it is.',
  confidence: 0.9,
};

async function classify(path: string, more: object = {}) {
  const job_type = `${path}_classification`;
  const key = 'public.orders.state';
  return route(await claim('ColumnClassification', job_type, key), job_type, key, said(path, more));
}

async function analyze() {
  const key = 'public.orders.state';
  return route(await claim('EnumAnalysis', 'enum_analysis', key), 'enum_analysis', key, { answer: analysis });
}

const state = async () => (await readColumns(t.db, id)).find(({ column_key }) => column_key === 'state');
const changes = () =>
  queryRows(t.db, "SELECT field, before, after FROM onto.change_log WHERE target_kind = 'column' ORDER BY change_id");

test('what is said of a column is kept with its details, and logged', async () => {
  expect(await classify('numeric')).toEqual({ status: 'routed', changed: true });
  expect(await state()).toMatchObject({
    purpose: 'measure',
    semantic_type: 'thing',
    description: 'Said on the path numeric.',
    confidence: 0.8,
    details: { own: 'numeric' },
    needs_fk_resolution: true,
    needs_enum_analysis: false,
  });
  const fields = (await changes()).map(({ field }) => field);
  expect(fields).toEqual([
    'classification_path',
    'confidence',
    'description',
    'details',
    'purpose',
    'role',
    'semantic_type',
  ]);
});

test('the same again writes no row and logs nothing', async () => {
  await classify('numeric');
  const rows = () => queryRows(t.db, 'SELECT updated_at, run_id FROM onto.column_feature');
  const before = [await rows(), await changes()];
  expect(await classify('numeric')).toEqual({ status: 'routed', changed: false });
  expect([await rows(), await changes()]).toEqual(before);
});

test('an answer on another path, of another column or without a feature is refused', async () => {
  const key = 'public.orders.state';
  const job = await claim('ColumnClassification', 'enum_classification', key);
  await expect(route(job, 'enum_classification', key, said('numeric'))).rejects.toThrow(/on the path of/);
  await expect(route(job, 'enum_classification', key, {})).rejects.toThrow(/has no feature/);
  await expect(route(job, 'enum_classification', 'public.orders.id', said('enum'))).rejects.toThrow(/the job about/);
  await expect(route(job, 'enum_classification', 'public.orders', said('enum'))).rejects.toThrow(/the job about/);
  expect(await route(job, 'enum_classification', key, said('enum'))).toMatchObject({ status: 'routed' });
  expect(await route(job, 'enum_classification', key, said('enum'))).toMatchObject({ status: 'routed' });
});

test('labels of values outlive another answer on the same path, and a description from closer by wins', async () => {
  await classify('enum');
  expect(await analyze()).toEqual({ status: 'routed', changed: true, values: 1 });
  await classify('enum', { confidence: 0.5, description: 'From afar.' });
  expect(await state()).toMatchObject({
    confidence: 0.5,
    description: 'How far it is.',
    enum_values: values,
    details: { own: 'enum', is_state_machine: true, state_description: 'On it goes.' },
  });
});

test.each([
  ['another path', 'numeric', {}],
  ['an answer that wants no analysis', 'enum', { needs_enum_analysis: false }],
])('%s voids the labels of values', async (_, path, more) => {
  await classify('enum');
  await analyze();
  await classify(path, more);
  expect(await state()).toMatchObject({ enum_values: [], details: { own: path } });
  expect((await state())?.details).not.toHaveProperty('is_state_machine');
  const types = ['enum_classification', 'enum_analysis', 'numeric_classification'];
  expect((await readAnswers(t.db, id, types)).map(({ job_type }) => job_type)).toEqual([`${path}_classification`]);
});

test('labels of a column that became sensitive meanwhile are not kept', async () => {
  await classify('enum');
  const key = 'public.orders.state';
  const job = await claim('EnumAnalysis', 'enum_analysis', key);
  await callProcedure(t.db, 'onto.usp_put_override', {
    datasource: 'shop',
    target_kind: 'column',
    target_key: key,
    field: 'is_sensitive',
    value: JSON.stringify(true),
  });
  expect(await route(job, 'enum_analysis', key, { answer: analysis })).toEqual({ status: 'superseded' });
  expect((await state())?.enum_values).toEqual([]);
  expect(await readAnswers(t.db, id, ['enum_analysis'])).toEqual([]);
});

test("a table's answer reaches each of its columns, passes over those that are gone, and takes back what it said", async () => {
  const key = 'public.orders';
  const pair = { currency_column: 'ccy', unit: 'cents', description: 'x', confidence: 1 };
  const cross = async (monetary: object | null) =>
    route(await claim('CrossColumnAnalysis', 'cross_column_analysis', key), 'cross_column_analysis', key, {
      features: [
        { column_key: 'state', feature: { details: { monetary } } },
        { column_key: 'no_more', feature: { details: { monetary } } },
      ],
    });
  await classify('numeric');
  expect(await cross(pair)).toEqual({ status: 'routed', changed: 1 });
  expect((await state())?.details).toEqual({ own: 'numeric', monetary: pair });
  expect(await cross(null)).toEqual({ status: 'routed', changed: 1 });
  expect((await state())?.details).toEqual({ own: 'numeric' });
  const job = await claim('CrossColumnAnalysis', 'cross_column_analysis', 'public.orders.state');
  await expect(route(job, 'cross_column_analysis', 'public.orders.state', { features: [] })).rejects.toThrow(
    /no features of the table/,
  );
});

test('an edit stands over what is said, and is not touched', async () => {
  await callProcedure(t.db, 'onto.usp_put_override', {
    datasource: 'shop',
    target_kind: 'column',
    target_key: 'public.orders.state',
    field: 'description',
    value: JSON.stringify('As a person says.'),
  });
  await classify('enum');
  expect(await state()).toMatchObject({ description: 'As a person says.', purpose: 'enum' });
});

test('what a later step said goes with the answer that it was kept by, so that it is asked for again', async () => {
  const table = 'public.orders';
  const key = 'public.orders.state';
  const pair = { currency_column: 'ccy', unit: 'cents', description: 'x', confidence: 1 };
  const look = async () => {
    await route(await claim('FKResolution', 'fk_resolution', key), 'fk_resolution', key, {
      answer: { target: 0, confidence: 1, reasoning: 'None.' },
    });
    await route(await claim('CrossColumnAnalysis', 'cross_column_analysis', table), 'cross_column_analysis', table, {
      features: [{ column_key: 'state', feature: { details: { monetary: pair } } }],
    });
  };
  const kept = async () =>
    (await readAnswers(t.db, id, ['fk_resolution', 'cross_column_analysis'])).map(({ job_type }) => job_type);
  await classify('numeric', { needs_cross_column_check: true });
  await look();
  await classify('numeric', { needs_cross_column_check: true });
  expect(await kept()).toEqual(['cross_column_analysis', 'fk_resolution']);
  expect((await state())?.details).toMatchObject({ monetary: pair });
  await classify('numeric', { needs_fk_resolution: false });
  expect(await kept()).toEqual([]);
  expect((await state())?.details).toEqual({ own: 'numeric' });
  await classify('numeric', { needs_cross_column_check: true });
  await look();
  await classify('enum');
  expect(await kept()).toEqual([]);
});
