import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readItems, readProgress } from '../../src/db/ontology-dag-queries.ts';
import { readColumns } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { smallestAnswer } from '../../src/llm/builtin/smallest-answer.ts';
import { createExtraction, type ExtractionOptions } from '../../src/ontology/extraction.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { type Reply, type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let t: TestDatabase;
let shop: CustomerDatabase;
let model: ScriptedModel;
let worker: TestWorker;
let respond: (request: ScriptedRequest) => Reply | Promise<Reply>;

beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel((request) => respond(request));
  worker = await startWorker(t, model.base_url);
  await queryRows(t.db, 'UPDATE llm.job_type SET backoff_base_seconds = 0, max_attempts = 2');
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
  shop = await createCustomerDatabase(`
    CREATE TABLE notes (id bigint PRIMARY KEY, note text, words text, written_at timestamptz);
    INSERT INTO notes SELECT n, 'note ' || n || ' of many words', 'words ' || n, now() - n * interval '1 hour' FROM generate_series(1, 300) AS n;`);
  const { url_env } = datasourceAt(shop.reader_url);
  await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'shop', engine: 'postgres', url_env });
  model.requests.length = 0;
  respond = plain;
  return () => shop.close();
});

/** A valid answer of any contract, that says as little as it may. */
function plain({ body }: ScriptedRequest): Reply {
  const format = JSON.parse(JSON.stringify(body.response_format ?? {}));
  return { answer: smallestAnswer(format.json_schema?.schema) };
}

const without = ontologyNodes
  .map(({ name }) => name)
  .filter((name) => name !== 'SchemaProfile' && name !== 'ColumnClassification');
const start = async (options: ExtractionOptions = {}) =>
  (await createExtraction(t.db, 'shop', { without, ...options })).dag_id;

/** Does the jobs of a dag until it has ended, as a runner would. */
async function work(dag_id: number) {
  for (;;) {
    await worker.drain();
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    const nodes = await readProgress(t.db, dag_id);
    if (nodes.every(({ dag_status }) => dag_status !== 'RUNNING')) return nodes;
  }
}

const asked = () => model.requests.map(({ messages }) => /Title: (.*)/.exec(messages.at(1)?.content ?? '')?.[1]);

test('one column that fails stops no other, and only that one is done again', async () => {
  respond = (request) => (isAbout(request, 'words') ? { answer: { no: 'answer' } } : plain(request));
  const dag_id = await start();
  const nodes = await work(dag_id);
  expect(nodes.map(({ name, status, done, failed, total }) => [name, status, done, failed, total])).toEqual([
    ['SchemaProfile', 'COMPLETED', 1, 0, 1],
    ['ColumnClassification', 'COMPLETED', 4, 1, 4],
  ]);
  expect(nodes[1]?.message).toMatch(/; 1 of 4 items failed$/);
  expect(await readItems(t.db, dag_id, { status: 'DEADLETTER' })).toMatchObject([
    { node: 'ColumnClassification', subject_key: 'public.notes.words', error_code: 'ANSWER_INVALID', attempt_count: 2 },
  ]);
  const analyzed = async () =>
    (await readColumns(t.db, await ontologyId()))
      .filter(({ is_analyzed }) => is_analyzed)
      .map(({ column_key }) => column_key);
  expect(await analyzed()).toEqual(['id', 'note', 'written_at']);

  respond = plain;
  model.requests.length = 0;
  await callProcedure(t.db, 'llm.usp_retry_jobs', { filter: { dag_id, status: 'DEADLETTER' } });
  const again = await work(dag_id);
  expect(asked()).toEqual(['public.notes.words']);
  expect(again.map(({ status, failed }) => [status, failed])).toEqual([
    ['COMPLETED', 0],
    ['COMPLETED', 0],
  ]);
  expect(again[1]?.message).not.toContain('failed');
  expect(await analyzed()).toEqual(['id', 'note', 'words', 'written_at']);
});

const isAbout = ({ messages }: ScriptedRequest, column: string) =>
  messages.some(({ content }) => content.includes(`Title: public.notes.${column}`));
const ontologyId = async () =>
  (await queryRows<{ ontology_id: number }>(t.db, 'SELECT ontology_id FROM onto.ontology'))[0]?.ontology_id ?? 0;

test('what did not change is not asked again, what changed is, and --full passes the cache by', async () => {
  await work(await start());
  const all = asked().toSorted();
  expect(all).toEqual(['id', 'note', 'words', 'written_at'].map((name) => `public.notes.${name}`));
  const rows = () => queryRows(t.db, 'SELECT xmin::text, * FROM onto.column_feature ORDER BY schema_column_id');
  const before = await rows();
  model.requests.length = 0;
  const quiet = await work(await start());
  expect(quiet.map(({ total }) => total)).toEqual([0, 0]);
  expect([asked(), await rows()]).toEqual([[], before]);

  await shop.query("ALTER TABLE notes ADD COLUMN kind text DEFAULT 'short'");
  await work(await start());
  expect(asked()).toContain('public.notes.kind');

  model.requests.length = 0;
  await work(await start({ full: true }));
  expect(asked().toSorted()).toEqual([...all, 'public.notes.kind'].toSorted());
});

test('what was asked and answered lies in the lake, plans and profiles as well', async () => {
  const dag_id = await start();
  await work(dag_id);
  const runs = await queryRows<{ job_type: string; artifacts: string[] }>(
    t.db,
    `SELECT j.job_type, jsonb_agg(DISTINCT a.artifact_type) AS artifacts FROM llm.job AS j
     JOIN llm.artifact AS a ON a.run_id = j.run_id GROUP BY j.job_type ORDER BY 1`,
  );
  expect(runs.find(({ job_type }) => job_type === 'ontology_plan')?.artifacts).toEqual(['input', 'manifest', 'output']);
  expect(runs.find(({ job_type }) => job_type === 'schema_profile')?.artifacts).toEqual([
    'input',
    'manifest',
    'output',
  ]);
  expect(runs.find(({ job_type }) => job_type === 'text_classification')?.artifacts).toEqual([
    'call',
    'input',
    'manifest',
    'output',
  ]);
  expect(await queryRows(t.db, 'SELECT * FROM llm.vw_invariant_violations')).toEqual([]);
});

test('a dag that is cancelled while a model is asked writes nothing more, and the next one does the rest', async () => {
  const first = await start();
  await worker.drain(['ontology_plan', 'schema_profile']);
  await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id: first });
  await worker.drain(['ontology_plan']);
  respond = async (request) => {
    await callProcedure(t.db, 'llm.usp_cancel_dag', { dag_id: first });
    return plain(request);
  };
  await worker.drain();
  expect(model.requests).toHaveLength(1);
  const nodes = await readProgress(t.db, first);
  expect(nodes.map(({ status, dag_status }) => [status, dag_status])).toEqual([
    ['COMPLETED', 'CANCELLED'],
    ['SKIPPED', 'CANCELLED'],
  ]);
  expect(await queryRows(t.db, 'SELECT 1 FROM onto.answer WHERE model IS NOT NULL')).toEqual([]);
  respond = plain;
  const rest = await work(await start());
  expect(rest.map(({ total, failed }) => [total, failed])).toEqual([
    [0, 0],
    [4, 0],
  ]);
});

test('a column that becomes sensitive is asked about without any of its values', async () => {
  await work(await start());
  model.requests.length = 0;
  await callProcedure(t.db, 'onto.usp_put_override', {
    datasource: 'shop',
    target_kind: 'column',
    target_key: 'public.notes.note',
    field: 'is_sensitive',
    value: 'true',
  });
  await work(await start());
  expect(asked()).toContain('public.notes.note');
  expect(JSON.stringify(model.requests)).not.toContain('of many words');
  const columns = await readColumns(t.db, await ontologyId());
  expect(columns.find(({ column_key }) => column_key === 'note')).toMatchObject({
    row_count: 300,
    min_value: null,
    distribution: null,
    is_analyzed: true,
  });
  expect(JSON.stringify(columns)).not.toContain('of many words');
});
