import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { callProcedure } from '../../src/db/call.ts';
import { readItems } from '../../src/db/ontology-dag-queries.ts';
import { readColumns, readRelationships } from '../../src/db/ontology-queries.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { getOntology } from '../../src/ontology/serve/get-ontology.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { extractWhole, filesWith, tablesWith } from '../support/whole-dag.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

/**
 * Each sensitive value has this in it; numbers and days are canaries by themselves. Hashes and ids are full of short runs of
 * digits: no fewer than eight.
 */
const canaries = ['CANARY', '77712345', '1911-11-', 'cafecafe-', '606001234'];
const people = `
  CREATE TYPE mood AS ENUM ('DEFINED-glad', 'DEFINED-sad');
  CREATE TABLE people (id integer PRIMARY KEY, name text NOT NULL, ssn text NOT NULL UNIQUE, pin text, born date, salary numeric(10, 2),
    ccy character(3), doc jsonb, token uuid NOT NULL, feeling mood, gone timestamptz, expires bigint, is_in boolean,
    hint text DEFAULT 'DEFINED-default');
  INSERT INTO people SELECT n, 'Name ' || n, 'CANARY-ssn-' || n, 'CANARY-pin-' || n % 4, date '1911-11-01' + n % 28, 77712345 + n % 9 / 100.0,
    (ARRAY['EUR', 'SEK'])[1 + n % 2], jsonb_build_object('CANARY-key', 'CANARY-doc-' || n), ('cafecafe-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    (ARRAY['DEFINED-glad', 'DEFINED-sad'])[1 + n % 2]::mood, CASE WHEN n % 20 = 0 THEN timestamptz '2024-02-01' + n * interval '1 minute' END,
    606001234000 + n, n % 2 = 0, 'CANARY-hint-' || n % 3 FROM generate_series(1, 400) AS n;
  CREATE TABLE visits (id integer PRIMARY KEY, who text, token uuid, what text, at timestamptz NOT NULL DEFAULT now());
  INSERT INTO visits SELECT n, 'CANARY-ssn-' || 1 + n % 420, ('cafecafe-0000-4000-8000-' || lpad((1 + n % 420)::text, 12, '0'))::uuid, 'visit ' || n,
    timestamptz '2024-01-01' + n * interval '1 hour' FROM generate_series(1, 900) AS n;
  CREATE VIEW bad AS SELECT id, ssn::integer AS number FROM people;`;

/** A model that makes up what values mean that it has not seen. */
function inventive(answer: unknown): unknown {
  const { columns } = z.object({ columns: z.array(z.record(z.string(), z.unknown())) }).parse(answer);
  const made = [{ value: 'made up', label: 'made up', description: null }];
  return { columns: columns.map((column) => ({ ...column, enum_values: column.enum_values ?? made })) };
}

let t: TestDatabase;
let clinic: CustomerDatabase;
let model: ScriptedModel;
let worker: TestWorker;

beforeAll(async () => {
  [t, clinic] = await Promise.all([createTestDatabase(), createCustomerDatabase(people)]);
  model = await startScriptedModel(({ contract = '', content, messages }) => {
    const title = /Title: (.*)/.exec(messages.at(1)?.content ?? '')?.[1] ?? '';
    const answer = answerFor(contract, { title, content });
    return { answer: contract === 'column_enrichment' ? inventive(answer) : answer };
  });
  worker = await startWorker(t, model.base_url);
  const { url_env } = datasourceAt(clinic.reader_url);
  const sensitive_columns = [
    'people.ssn',
    'pin',
    'public.people.born',
    'People.?alary',
    'doc',
    '*.token',
    'feeling',
    'expires',
    'hint',
    'who',
  ];
  const options = { sensitive_columns };
  await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'clinic', engine: 'postgres', url_env, options });
});
afterAll(async () => {
  await worker.close();
  await Promise.all([model.close(), clinic.close(), t.close()]);
});

test('no value of a column that the datasource calls sensitive is read into a prompt, the database, or the lake, by any node', async () => {
  const { dag_id, ontology_id, progress } = await extractWhole(t, worker, 'clinic', { glossary: true });
  expect(await readItems(t.db, dag_id, { status: 'DEADLETTER' })).toEqual([]);
  expect(progress.map(({ status }) => status)).toEqual(progress.map(() => 'COMPLETED'));
  const columns = await readColumns(t.db, ontology_id);
  expect(columns.filter(({ is_sensitive }) => is_sensitive).map(({ subject_key }) => subject_key)).toEqual(
    [
      'people.ssn',
      'people.pin',
      'people.born',
      'people.salary',
      'people.doc',
      'people.token',
      'people.feeling',
      'people.expires',
      'people.hint',
      'visits.who',
      'visits.token',
    ].map((key) => `public.${key}`),
  );
  expect(columns.filter(({ enum_values }) => JSON.stringify(enum_values).includes('made up'))).toEqual([]);
  const told = JSON.stringify(await getOntology(t.db, { datasource: 'clinic', depth: 'columns', max_tokens: 100_000 }));
  const asked = model.requests.map(({ body }) => JSON.stringify(body));
  const relationships = await readRelationships(t.db, ontology_id);
  expect(relationships.map(({ relationship_key }) => relationship_key)).toContain(
    'public.visits(who)->public.people(ssn)',
  );
  // What the definition of a column holds is no value of a row; models and agents are not told it either.
  for (const canary of [...canaries, 'DEFINED']) {
    expect(
      asked.filter((body) => body.includes(canary)),
      `${canary} in a prompt`,
    ).toEqual([]);
    expect(told.includes(canary), `${canary} in an answer`).toBe(false);
  }
  for (const canary of canaries) {
    expect(await tablesWith(t, canary), `${canary} in the database`).toEqual([]);
    expect(await filesWith(worker.root, canary), `${canary} in the lake`).toEqual([]);
  }
  // Where they would be found.
  expect(await tablesWith(t, 'Name 11')).not.toEqual([]);
  expect(await filesWith(worker.root, 'Name 11')).not.toEqual([]);
});

test('what the datasource calls sensitive later is so at the next extraction, unless a person says that it is not', async () => {
  const { url_env } = datasourceAt(clinic.reader_url);
  const put = (options: object) =>
    callProcedure(t.db, 'onto.usp_put_datasource', { name: 'later', engine: 'postgres', url_env, options });
  const edit = { datasource: 'later', target_kind: 'column', field: 'is_sensitive', value: 'false' };
  const include_tables = ['visits'];
  await put({ include_tables });
  const nodes = { without: ontologyNodes.map(({ name }) => name).filter((name) => name !== 'SchemaProfile') };
  const { ontology_id } = await extractWhole(t, worker, 'later', nodes);
  const sensitive = async () =>
    (await readColumns(t.db, ontology_id)).flatMap(({ column_key, is_sensitive, samples }) =>
      is_sensitive ? [[column_key, samples]] : [],
    );
  expect(await sensitive()).toEqual([]);
  await callProcedure(t.db, 'onto.usp_put_override', { ...edit, target_key: 'public.visits.what' });
  await put({ include_tables, sensitive_columns: ['wh*'] });
  const { progress } = await extractWhole(t, worker, 'later', nodes);
  expect(progress[0]).toMatchObject({
    total: 1,
    message: expect.stringContaining('1 sensitive column of which no value is read'),
  });
  expect(await sensitive()).toEqual([['who', null]]);
  expect((await extractWhole(t, worker, 'later', nodes)).progress[0]?.total).toBe(0);
});
