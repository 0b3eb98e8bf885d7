import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readItems, readProgress } from '../../src/db/ontology-dag-queries.ts';
import { readAnswers, readColumns } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';
import { createExtraction } from '../../src/ontology/extraction.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let t: TestDatabase;
let shop: CustomerDatabase;
let model: ScriptedModel;
let worker: TestWorker;
/** What the model says instead of the built-in one; undefined leaves it to that. `n` counts the requests about it. */
let says: (subject: string, n: number, answer: Record<string, unknown>) => unknown;

const nodes = ['SchemaProfile', 'ColumnClassification', 'EnumAnalysis', 'CrossColumnAnalysis'];
const without = ontologyNodes.map(({ name }) => name).filter((name) => !nodes.includes(name));
const tables = `
  CREATE TABLE sales (id bigint PRIMARY KEY, grade text, deleted_at timestamptz NOT NULL, gone timestamptz, price numeric(8, 2),
    ccy text, who uuid, share numeric(5, 3), pin text);
  INSERT INTO sales SELECT n, (ARRAY['low', 'mid', 'high'])[1 + n % 3], '2024-01-01'::timestamptz + n * interval '1 hour',
    CASE WHEN n % 25 = 0 THEN '2024-06-01'::timestamptz END, n / 7.0, (ARRAY['EUR', 'SEK'])[1 + n % 2], md5('w' || n % 60)::uuid,
    n / 1000.0, 'pin ' || n % 4
  FROM generate_series(1, 600) AS n;`;

beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel((request) => {
    const subject = subjectOf(request);
    const title = subject;
    const { content, contract = '' } = request;
    const answer = JSON.parse(JSON.stringify(answerFor(contract, { title, content })));
    const n = model.requests.filter((each) => each.contract === contract && subjectOf(each) === subject).length;
    return { answer: says(subject, n, answer) ?? answer };
  });
  worker = await startWorker(t, model.base_url);
  await queryRows(t.db, 'UPDATE llm.job_type SET backoff_base_seconds = 0, max_attempts = 1');
});
afterAll(async () => {
  await worker.close();
  await model.close();
  await t.close();
});
beforeEach(async () => {
  await queryRows(
    t.db,
    'TRUNCATE onto.datasource, llm.dag, llm.dag_node, llm.job, llm.run, llm.call, llm.artifact, llm.response_cache CASCADE',
  );
  shop = await createCustomerDatabase(tables);
  const { url_env } = datasourceAt(shop.reader_url);
  await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'shop', engine: 'postgres', url_env });
  model.requests.length = 0;
  says = () => undefined;
  return () => shop.close();
});

const subjectOf = ({ messages }: ScriptedRequest) => /Title: (.*)/.exec(messages.at(1)?.content ?? '')?.[1] ?? '';
const requestsAbout = (subject: string, contract: string) =>
  model.requests.filter((request) => subjectOf(request) === subject && request.contract === contract);

async function extract() {
  const { dag_id, ontology_id } = await createExtraction(t.db, 'shop', { without });
  for (;;) {
    await worker.drain();
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    const progress = await readProgress(t.db, dag_id);
    if (progress.every(({ dag_status }) => dag_status !== 'RUNNING')) {
      const columns = await readColumns(t.db, ontology_id);
      const column = (name: string) => columns.find(({ column_name }) => column_name === name);
      return { dag_id, ontology_id, progress, column };
    }
  }
}

test('answers that the data rule out are asked for again, and told why', async () => {
  says = (subject, n, answer) => {
    if (n > 1) return undefined;
    if (subject.endsWith('deleted_at')) return { ...answer, purpose: 'soft_delete', is_soft_delete: true };
    if (subject.endsWith('.who') && 'key_role' in answer) return { ...answer, key_role: 'alternate' };
    if (subject.endsWith('.share') && 'numeric_type' in answer) return { ...answer, needs_fk_resolution: true };
    if (subject.endsWith('.grade') && 'values' in answer) {
      const twice = { value: 'low', label: 'low', category: 'none' };
      return { ...answer, values: [twice, twice, { value: 'best', label: 'best', category: 'none' }] };
    }
    if (subject === 'public.sales') return { ...answer, soft_deletes: [], monetary: [] };
    return undefined;
  };
  const { dag_id, column } = await extract();
  expect(await readItems(t.db, dag_id, { status: 'DEADLETTER' })).toEqual([]);
  const told = (subject: string, contract: string) =>
    requestsAbout(subject, contract).map(({ messages }) => messages.at(-1)?.content)[1];
  expect(told('public.sales.deleted_at', 'timestamp_classification')).toContain('no row is null');
  expect(told('public.sales.who', 'uuid_classification')).toContain('values occur more than once');
  expect(told('public.sales.share', 'numeric_classification')).toContain('keys have none');
  expect(told('public.sales.grade', 'enum_analysis')).toMatch(
    /missing: "mid", "high"; not in the material: "best"; more than once: "low"|missing: .*"(mid|high)".*not in the material: "best"/,
  );
  expect(told('public.sales', 'cross_column_analysis')).toContain('expected each timestamp given exactly once: "gone"');
  expect(column('deleted_at')?.details).toMatchObject({ is_soft_delete: false });
  expect(column('gone')?.details).toMatchObject({ is_soft_delete: true, soft_delete: { is_soft_delete: true } });
});

test.each([
  [
    'an amount that is no column of the table',
    { monetary: [{ amount_column: 'prize', currency_column: 'ccy' }] },
    /amount_column: expected one of .*"price"/,
  ],
  [
    'a currency that holds none',
    { monetary: [{ amount_column: 'price', currency_column: 'grade' }] },
    /currency_column: expected one of "ccy", or null/,
  ],
])('%s is refused', async (_, wrong, reason) => {
  says = (subject, _n, answer) => {
    if (subject !== 'public.sales') return undefined;
    const more = { unit: 'other', description: 'x', confidence: 1 };
    return { ...answer, monetary: wrong.monetary.map((pair) => ({ ...pair, ...more })) };
  };
  const { dag_id, column } = await extract();
  const [dead] = await readItems(t.db, dag_id, { status: 'DEADLETTER' });
  expect(dead).toMatchObject({ subject_key: 'public.sales', error_code: 'ANSWER_INVALID' });
  expect(requestsAbout('public.sales', 'cross_column_analysis').at(-1)?.messages.at(-1)?.content).toMatch(reason);
  expect(column('price')?.details.monetary).toBeUndefined();
});

test('what a table as a whole says overrules what was said of a column alone, and stays when that is asked again', async () => {
  says = (subject, _n, answer) => {
    if (subject !== 'public.sales') return undefined;
    return {
      ...answer,
      soft_deletes: [{ column: 'gone', is_soft_delete: false, non_null_meaning: 'A refund.', confidence: 0.9 }],
    };
  };
  const first = await extract();
  expect(first.column('gone')).toMatchObject({
    semantic_type: 'event_time',
    details: { is_soft_delete: false, timestamp_purpose: 'event_time' },
  });
  await queryRows(t.db, "DELETE FROM onto.answer WHERE job_type = 'timestamp_classification'");
  model.requests.length = 0;
  const again = await extract();
  expect(again.progress.map(({ total }) => total)).toEqual([0, 2, 0, 0]);
  expect(again.column('gone')).toMatchObject({
    semantic_type: 'event_time',
    details: { is_soft_delete: false, timestamp_purpose: 'event_time', soft_delete: { non_null_meaning: 'A refund.' } },
  });
});

test('a column that takes another path keeps nothing of the one before', async () => {
  const before = await extract();
  expect(before.column('grade')).toMatchObject({ classification_path: 'enum', purpose: 'enum' });
  expect(before.column('grade')?.enum_values).toHaveLength(3);
  await shop.query(
    "ALTER TABLE sales ALTER COLUMN grade TYPE varchar(40); UPDATE sales SET grade = 'a long grade of number ' || id",
  );
  const { ontology_id, column } = await extract();
  expect(column('grade')).toMatchObject({
    classification_path: 'text',
    purpose: 'text',
    enum_values: [],
    needs_enum_analysis: false,
  });
  expect(column('grade')?.details).not.toHaveProperty('is_state_machine');
  const answers = await readAnswers(t.db, ontology_id, ['enum_classification', 'enum_analysis', 'text_classification']);
  expect(answers.filter(({ subject_key }) => subject_key.endsWith('.grade')).map(({ job_type }) => job_type)).toEqual([
    'text_classification',
  ]);
});

test('no value of a sensitive column is in a request, and its values are not explained', async () => {
  await callProcedure(t.db, 'onto.usp_create_ontology', { datasource: 'shop' });
  await worker.drain();
  const { dag_id } = await createExtraction(t.db, 'shop', { without: [...without, ...nodes.slice(1)] });
  await worker.drain();
  await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
  const parameters = {
    datasource: 'shop',
    target_kind: 'column',
    target_key: 'public.sales.pin',
    field: 'is_sensitive',
  };
  await callProcedure(t.db, 'onto.usp_put_override', { ...parameters, value: JSON.stringify(true) });
  const { column } = await extract();
  expect(
    requestsAbout('public.sales.pin', 'enum_classification').length +
      requestsAbout('public.sales.pin', 'text_classification').length,
  ).toBe(1);
  expect(model.requests.filter(({ messages }) => JSON.stringify(messages).includes('pin 1'))).toEqual([]);
  expect(column('pin')).toMatchObject({ is_sensitive: true, enum_values: [], needs_enum_analysis: false });
});
