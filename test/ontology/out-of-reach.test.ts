import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatasource } from '../../src/datasource/connect.ts';
import { type KeyReader, keyReader } from '../../src/datasource/key-reader.ts';
import { callProcedure } from '../../src/db/call.ts';
import { readProgress } from '../../src/db/ontology-dag-queries.ts';
import { readOntologies, readRelationships, readSkipped } from '../../src/db/ontology-queries.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';
import { exportDocument } from '../../src/ontology/edit/document.ts';
import { createExtraction } from '../../src/ontology/extraction.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { withOntology } from '../../src/ontology/ontology-context.ts';
import { discover } from '../../src/ontology/relationship/discover.ts';
import { nothingRefused } from '../../src/ontology/relationship/evidence.ts';
import { schemaOf } from '../../src/ontology/relationship/schema.ts';
import { getOntology } from '../../src/ontology/serve/get-ontology.ts';
import { getProgress } from '../../src/ontology/serve/get-progress.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

/** Longer than any honest statement here takes on a busy machine. */
const statement_timeout_ms = 700;

const references = Array.from({ length: 12 }, (_, at) => `n % ${90 + at} * 3 + 3 AS ref${at}`);

let t: TestDatabase;
let model: ScriptedModel;
let worker: TestWorker;
let shop: CustomerDatabase;
let ontology_id: number;

beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel(({ contract, content }) => ({
    answer: answerFor(contract ?? '', { title: '', content }),
  }));
  worker = await startWorker(t, model.base_url);
  shop = await createCustomerDatabase(`
    CREATE TABLE customers (id integer PRIMARY KEY, name text);
    INSERT INTO customers SELECT n * 3, 'Customer ' || n FROM generate_series(1, 300) AS n;
    CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, note text);
    INSERT INTO orders SELECT n, n % 300 * 3 + 3, 'note ' || n * 31 FROM generate_series(1, 900) AS n;
    CREATE TABLE wide AS SELECT n AS id, ${references.join(', ')} FROM generate_series(1, 900) AS n;
    ALTER TABLE wide ADD PRIMARY KEY (id);
    CREATE VIEW slow AS SELECT id FROM orders WHERE pg_sleep(0.1) IS NOT NULL;
    ANALYZE`);
  await shop.query(`
    CREATE TABLE salaries (id integer PRIMARY KEY, customer_id integer);
    CREATE TABLE parts (id integer PRIMARY KEY, secret text);
    INSERT INTO parts SELECT n, 'part ' || n FROM generate_series(1, 200) AS n;
    GRANT SELECT (id) ON parts TO ${shop.reader}`);
  const { url_env } = datasourceAt(shop.reader_url);
  const options = { statement_timeout_ms };
  await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'shop', engine: 'postgres', url_env, options });
});
afterAll(async () => {
  await worker.close();
  await model.close();
  await shop.close();
  await t.close();
});

const without = ontologyNodes
  .map(({ name }) => name)
  .filter((name) => !/^(SchemaProfile|ColumnClassification|Relationship.*|EntityDiscovery)$/.test(name));

/** `onPlan` is told the node that is about to be planned. */
async function extract(onPlan: (node: string) => Promise<unknown> = async () => {}) {
  const { dag_id } = await createExtraction(t.db, 'shop', { without });
  for (let last = ''; ; ) {
    const nodes = await readProgress(t.db, dag_id);
    const node = nodes.find(({ status }) => status === 'RUNNING')?.name;
    if (node === undefined) return nodes;
    if (node !== last) await onPlan(node);
    last = node;
    await worker.drain();
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
  }
}

const lock = 'BEGIN; LOCK TABLE wide IN ACCESS EXCLUSIVE MODE';
const leftOut = async () =>
  (await readSkipped(t.db, ontology_id)).map(({ phase, subject_key, reason }) => [phase, subject_key, reason]);

test('a login that may read only some of it, a table that somebody locks and a view that takes too long end an extraction no less, and are named', async () => {
  const nodes = await extract((node) => (node === 'RelationshipDiscovery' ? shop.query(lock) : Promise.resolve()));
  await shop.query('ROLLBACK');
  expect(nodes.map(({ status, failed }) => [status, failed])).toEqual(nodes.map(() => ['COMPLETED', 0]));
  const [ontology] = await readOntologies(t.db, 'shop');
  if (!ontology) throw new Error('no ontology');
  ontology_id = ontology.ontology_id;
  expect(await leftOut()).toEqual([
    ['catalog', 'public.salaries', 'the login may not SELECT from it'],
    ['lookup', 'public.customers', 'its values could not be looked up in public.wide'],
    ['lookup', 'public.orders', 'its values could not be looked up in public.wide'],
    ['lookup', 'public.parts', 'its values could not be looked up in public.wide'],
    ['lookup', 'public.wide', expect.stringMatching(/^its values could not be looked up in public\./)],
    ['profile', 'public.parts.secret', 'the login may not read it'],
    ['profile', 'public.slow', expect.stringMatching(/statement timeout/)],
  ]);
  const message = (name: string) => nodes.find((node) => node.name === name)?.message;
  expect(message('SchemaProfile')).toContain('1 that may not be read (public.salaries)');
  expect(message('ColumnClassification')).toContain('1 table could not be read (public.slow)');
  expect(message('RelationshipValidation')).toContain('4 tables could not be looked up everywhere');
  const accepted = await readRelationships(t.db, ontology_id, { status: 'accepted' });
  expect(accepted).toMatchObject([
    { relationship_key: 'public.orders(customer_id)->public.customers(id)', is_exact: true },
  ]);
  expect(await exportDocument(t.db, ontology)).toMatchObject({ skipped: (await leftOut()).map(asDocument) });
  expect((await getProgress(t.db, { datasource: 'shop' })).skipped).toHaveLength(7);
  const { domain, notes } = await getOntology(t.db, { datasource: 'shop', depth: 'domain' });
  expect(domain?.counts.skipped_tables).toBe(2);
  expect(notes?.join(' ')).toContain('public.salaries (the login may not SELECT from it); public.slow');
});

const asDocument = ([phase, subject_key, reason]: unknown[]) => ({ phase, subject_key, reason });

test('the next extraction looks up what is no longer locked', async () => {
  const nodes = await extract();
  const discovery = nodes.find(({ name }) => name === 'RelationshipDiscovery');
  expect(discovery).toMatchObject({ total: 4, failed: 0 });
  expect((await leftOut()).map(([phase]) => phase)).not.toContain('lookup');
});

test('however many columns a locked table has, a handful of statements wait for it', async () => {
  await shop.query(lock);
  const datasource = { ...datasourceAt(shop.reader_url, 100), name: 'shop' };
  const connection = await connectDatasource(datasource);
  try {
    const keys = keyReader(connection);
    let refused = 0;
    const counting: KeyReader = {
      ...keys,
      lookUp: (source, targets) =>
        keys.lookUp(source, targets).catch((error: unknown) => {
          refused += 1;
          throw error;
        }),
    };
    const schema = await withOntology(
      t.db,
      { ontology_id, datasource: 'shop' },
      new AbortController().signal,
      schemaOf,
    );
    const lookUp = (table_key: string) =>
      discover(
        counting,
        schema,
        table_key,
        { settled: new Set(), resolutions: new Map() },
        { refused: nothingRefused() },
      );
    const own = await lookUp('public.wide');
    expect(own.candidates).toEqual([]);
    expect(new Set(own.skipped)).toContain('public.customers');
    expect(refused).toBeLessThanOrEqual(6);

    refused = 0;
    const other = await lookUp('public.orders');
    expect(new Set(other.skipped)).toEqual(new Set(['public.wide']));
    expect(other.candidates.map(({ evidence }) => [evidence.target.table.table_key, evidence.is_exact])).toContainEqual(
      ['public.customers', true],
    );
    expect(refused).toBe(2);
  } finally {
    await connection.close();
    await shop.query('ROLLBACK');
  }
});
