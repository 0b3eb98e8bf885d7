import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { callProcedure } from '../../src/db/call.ts';
import { readItems, readProgress } from '../../src/db/ontology-dag-queries.ts';
import { readRelationships } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';
import { createExtraction } from '../../src/ontology/extraction.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { getProgress } from '../../src/ontology/serve/get-progress.ts';
import { listRelationships } from '../../src/ontology/serve/list-relationships.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { type Reply, type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

const uuid = (n: string, salt: string) => `md5('${salt}' || ${n})::uuid`;
const mixed = `
  CREATE TABLE users (id uuid PRIMARY KEY);
  CREATE TABLE orders (id uuid PRIMARY KEY, user_id uuid REFERENCES users);
  CREATE TABLE payments (id uuid PRIMARY KEY, order_id uuid);
  CREATE TABLE posts (id uuid PRIMARY KEY);
  CREATE TABLE reviews (id uuid PRIMARY KEY, user_id uuid);
  CREATE TABLE comments (id uuid PRIMARY KEY, post_id uuid);
  CREATE TABLE configs (id uuid PRIMARY KEY);
  CREATE TABLE events (id uuid PRIMARY KEY, data uuid);
  INSERT INTO users SELECT ${uuid('n', 'u')} FROM generate_series(1, 20) AS n;
  INSERT INTO orders SELECT ${uuid('n', 'o')}, ${uuid('n % 20 + 1', 'u')} FROM generate_series(1, 60) AS n;
  INSERT INTO payments SELECT ${uuid('n', 'y')}, ${uuid('n % 60 + 1', 'o')} FROM generate_series(1, 90) AS n;
  INSERT INTO posts SELECT ${uuid('n', 'p')} FROM generate_series(1, 30) AS n;
  INSERT INTO configs SELECT ${uuid('n', 'k')} FROM generate_series(1, 30) AS n;
  INSERT INTO reviews SELECT ${uuid('n', 'r')}, ${uuid('n % 20 + 1', 'u')} FROM generate_series(1, 60) AS n;
  INSERT INTO comments SELECT ${uuid('n', 'c')}, ${uuid('n % 30 + 1', 'p')} FROM generate_series(1, 60) AS n;
  INSERT INTO events SELECT ${uuid('n', 'e')}, ${uuid('n % 40 + 1', 'k')} FROM generate_series(1, 60) AS n`;
const keys = {
  declared: 'public.orders(user_id)->public.users(id)',
  feature: 'public.payments(order_id)->public.orders(id)',
  comments: 'public.comments(post_id)->public.posts(id)',
  events: 'public.events(data)->public.configs(id)',
  reviews: 'public.reviews(user_id)->public.users(id)',
};

let t: TestDatabase;
let customer: CustomerDatabase;
let model: ScriptedModel;
let workers: TestWorker[];
let validation: (key: string) => Reply;

beforeAll(async () => {
  [t, customer] = await Promise.all([createTestDatabase(), createCustomerDatabase(mixed)]);
  model = await startScriptedModel(respond);
  workers = await Promise.all([startWorker(t, model.base_url), startWorker(t, model.base_url)]);
  await queryRows(t.db, 'UPDATE llm.job_type SET backoff_base_seconds = 0, max_attempts = 1');
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await Promise.all([model.close(), customer.close(), t.close()]);
});
beforeEach(async () => {
  await queryRows(
    t.db,
    'TRUNCATE onto.datasource, llm.dag, llm.dag_node, llm.job, llm.run, llm.call, llm.artifact, llm.response_cache CASCADE',
  );
  const { url_env } = datasourceAt(customer.reader_url);
  await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'shop', engine: 'postgres', url_env });
  model.requests.length = 0;
  validation = (key) => sure[key] ?? { status: 500 };
});

const says = (is_valid_fk: boolean, confidence: number, more: object = {}): Reply => ({
  answer: {
    reasoning: is_valid_fk ? 'The same people.' : 'Data is no identifier.',
    is_valid_fk,
    confidence,
    cardinality: 'N:1',
    ...more,
  },
});
const sure: Record<string, Reply> = {
  [keys.reviews]: says(true, 0.9, { source_role: 'reviewer' }),
  [keys.events]: says(false, 0.85),
  [keys.comments]: says(true, 0.88),
};

/** Of the columns one is resolved by itself; what refers to what else is asked candidate by candidate. */
function respond({ contract = '', content, messages }: ScriptedRequest): Reply {
  const title = titleOf({ messages });
  if (contract === 'relationship_validation') return validation(title);
  if (contract !== 'fk_resolution') return { answer: answerFor(contract, { title, content }) };
  const { targets } = z
    .object({ targets: z.array(z.object({ number: z.number(), table: z.string() })) })
    .parse(JSON.parse(content));
  const target =
    title === 'public.payments.order_id' ? targets.find(({ table }) => table === 'public.orders') : undefined;
  return { answer: { reasoning: 'Payments are for orders.', target: target?.number ?? 0, confidence: 0.95 } };
}

function titleOf({ messages }: Pick<ScriptedRequest, 'messages'>): string {
  return /Title: (.*)/.exec(messages.at(1)?.content ?? '')?.[1] ?? '';
}

const wanted = [
  'SchemaProfile',
  'ColumnClassification',
  'FKResolution',
  'RelationshipDiscovery',
  'RelationshipValidation',
  'RelationshipEnrichment',
];
const without = ontologyNodes.map(({ name }) => name).filter((name) => !wanted.includes(name));
const start = () => createExtraction(t.db, 'shop', { without });
const validated = () =>
  model.requests
    .filter(({ contract }) => contract === 'relationship_validation')
    .map(titleOf)
    .toSorted();

/** Does jobs, so many at a time by each worker, until the dag has ended; what progress said after each turn. */
async function work(dag_id: number, most = Infinity) {
  const told: Awaited<ReturnType<typeof readProgress>>[] = [];
  for (;;) {
    await Promise.all(workers.map((worker) => worker.drain(null, most)));
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    const progress = await readProgress(t.db, dag_id);
    told.push(progress);
    if (progress.every(({ dag_status }) => dag_status !== 'RUNNING')) return told;
  }
}

test('what was evaluated, accepted and rejected adds up, and each relationship says where it is from', async () => {
  const { dag_id, ontology_id } = await start();
  await work(dag_id);
  expect(validated()).toEqual([keys.comments, keys.events, keys.reviews]);
  const asked = model.requests.find(
    (request) => titleOf(request) === keys.reviews && request.contract === 'relationship_validation',
  );
  const side = {
    data_types: ['uuid'],
    purpose: 'identifier',
    role: expect.any(String),
    null_percent: 0,
    samples: expect.arrayContaining([expect.stringMatching(/^[0-9a-f-]{36}$/)]),
  };
  expect(JSON.parse(asked?.content ?? '{}')).toMatchObject({
    source: { ...side, table: 'public.reviews', columns: ['user_id'], rows: 60, distinct: 20 },
    target: { ...side, table: 'public.users', columns: ['id'], rows: 20, distinct: 20, is_primary_key: true },
    join: {
      matched: 20,
      matched_percent: 100,
      orphans: 0,
      orphan_percent: 0,
      reverse_orphans: 0,
      rows_joined: 60,
      cardinality: 'N:1',
    },
  });
  const { nodes, status, started_at, finished_at = '' } = await getProgress(t.db, { datasource: 'shop' });
  expect(status).toBe('COMPLETED');
  expect(Date.parse(finished_at) - Date.parse(started_at)).toBeGreaterThan(0);
  // Candidates are what a model was asked about: neither what is declared nor what was resolved before is one.
  expect(nodes.find(({ name }) => name === 'RelationshipValidation')).toMatchObject({ total: 3, done: 3, failed: 0 });
  expect(nodes.find(({ name }) => name === 'RelationshipEnrichment')).toMatchObject({ total: 4, done: 4, failed: 0 });
  const listed = await Promise.all(
    (['accepted', 'rejected', 'candidate'] as const).map((each) =>
      listRelationships(t.db, { datasource: 'shop', status: each }),
    ),
  );
  expect(listed.map(({ page }) => page.total)).toEqual([4, 1, 0]);
  const stored = await readRelationships(t.db, ontology_id);
  const told = stored.map((row) => [
    row.relationship_key,
    row.provenance,
    row.status,
    row.cardinality,
    row.confidence,
    row.source_role,
  ]);
  expect(told).toEqual([
    [keys.comments, 'inferred', 'accepted', 'N:1', 0.88, null],
    [keys.events, 'inferred', 'rejected', 'N:1', 0.85, null],
    [keys.declared, 'declared', 'accepted', 'N:1', expect.anything(), null],
    [keys.feature, 'feature', 'accepted', 'N:1', 0.95, null],
    [keys.reviews, 'inferred', 'accepted', 'N:1', 0.9, 'reviewer'],
  ]);
  expect(listed[1]?.relationships[0]).toMatchObject({ rejected_because: 'model', reasoning: 'Data is no identifier.' });
  expect(stored.find(({ relationship_key }) => relationship_key === keys.feature)).toMatchObject({
    reasoning: 'Payments are for orders.',
    orphan_count: 0,
    source_matched: 60,
    join_count: 90,
  });
});

test('progress goes forward only, begins with its counts known, ends with all of it done, and says what is going on', async () => {
  const told = await work((await start()).dag_id, 1);
  for (const [at, name] of wanted.entries()) {
    const own = told.map((progress) => progress[at]).filter((node) => node !== undefined);
    expect(own.map((node) => node.name)).toEqual(own.map(() => name));
    const done = own.map((node) => node.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    // The total is that of the plan from the moment on that it is made.
    const totals = new Set(
      own.filter((node) => node.status === 'COMPLETED' || node.done > 0).map((node) => node.total),
    );
    expect([...totals], name).toEqual([own.at(-1)?.done]);
    expect(own.at(-1)).toMatchObject({ status: 'COMPLETED', message: expect.stringMatching(/\w/) });
  }
  const steps = told.map((progress) => progress.find(({ name }) => name === 'RelationshipValidation')?.done);
  expect(new Set(steps).size).toBeGreaterThan(1);
});

test('a candidate that the model fails on stops no other, and is the only one asked about again', async () => {
  validation = (key) =>
    key === keys.events ? { status: 400, body: { error: { message: 'no' } } } : (sure[key] ?? { status: 500 });
  const { dag_id, ontology_id } = await start();
  const nodes = (await work(dag_id)).at(-1) ?? [];
  expect(nodes.map(({ dag_status }) => dag_status)).toEqual(nodes.map(() => 'COMPLETED'));
  expect(nodes.find(({ name }) => name === 'RelationshipValidation')).toMatchObject({ total: 3, done: 3, failed: 1 });
  const status = async () =>
    Object.fromEntries((await readRelationships(t.db, ontology_id)).map((row) => [row.relationship_key, row.status]));
  expect(await status()).toMatchObject({
    [keys.comments]: 'accepted',
    [keys.events]: 'candidate',
    [keys.reviews]: 'accepted',
  });
  expect(await readItems(t.db, dag_id, { status: 'DEADLETTER' })).toMatchObject([{ subject_key: keys.events }]);
  validation = (key) => sure[key] ?? { status: 500 };
  model.requests.length = 0;
  await callProcedure(t.db, 'llm.usp_retry_jobs', { filter: { dag_id, status: 'DEADLETTER' } });
  await work(dag_id);
  expect(validated()).toEqual([keys.events]);
  expect(await status()).toMatchObject({ [keys.events]: 'rejected' });
});

test('whatever the model says, an instant, a nonce or the side whose values come again is referred to by nothing', async () => {
  const strange = await createCustomerDatabase(`
    CREATE TABLE channels (channel_id uuid PRIMARY KEY, account_id uuid, marker_at bigint UNIQUE, seen_at timestamptz UNIQUE);
    CREATE TABLE accounts (account_id uuid PRIMARY KEY);
    CREATE TABLE logs (id bigint PRIMARY KEY, nonce uuid, at timestamptz);
    INSERT INTO accounts SELECT ${uuid('n', 'a')} FROM generate_series(1, 50) AS n;
    INSERT INTO channels SELECT ${uuid('n', 'c')}, ${uuid('n % 50 + 1', 'a')}, 1705328625000000000 + n::bigint * 7919, now() + n * interval '1 s'
      FROM generate_series(1, 300) AS n;
    INSERT INTO logs SELECT 1705328625000000000 + n::bigint * 7919, ${uuid('n % 100', 'n')}, now() + n * interval '1 s' FROM generate_series(1, 300) AS n`);
  try {
    const { url_env } = datasourceAt(strange.reader_url);
    await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'shop', engine: 'postgres', url_env });
    validation = () => says(true, 1);
    const { dag_id, ontology_id } = await start();
    await work(dag_id);
    const accepted = (await readRelationships(t.db, ontology_id)).filter(({ status }) => status === 'accepted');
    expect(accepted.map(({ relationship_key }) => relationship_key)).toEqual([
      'public.channels(account_id)->public.accounts(account_id)',
    ]);
  } finally {
    await strange.close();
  }
});

test('what refers by UUIDs is asked about first', async () => {
  const both = await createCustomerDatabase(`
    CREATE TABLE a (id integer PRIMARY KEY, next integer, name text, zone uuid);
    CREATE TABLE b (id uuid PRIMARY KEY, a integer, zone uuid);
    INSERT INTO b SELECT ${uuid('n', 'b')}, 1000 + n % 70 * 3, ${uuid('n % 40', 'b')} FROM generate_series(1, 90) AS n;
    INSERT INTO a SELECT 1000 + n * 3, 1000 + n % 50 * 3, 'name ' || n, ${uuid('n % 50', 'b')} FROM generate_series(0, 99) AS n`);
  try {
    const { url_env } = datasourceAt(both.reader_url);
    await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'shop', engine: 'postgres', url_env });
    validation = () => says(true, 1);
    const { dag_id } = await start();
    await work(dag_id);
    const items = (await readItems(t.db, dag_id)).toSorted((one, other) => one.job_id - other.job_id);
    for (const job_type of ['fk_resolution', 'relationship_validation']) {
      const subjects = items
        .filter((item) => item.job_type === job_type)
        .map(({ subject_key }) => /zone/.test(subject_key));
      expect(subjects.length).toBeGreaterThan(2);
      expect(subjects).toEqual(subjects.toSorted((one, other) => Number(other) - Number(one)));
    }
  } finally {
    await both.close();
  }
});
