import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { callProcedure } from '../../src/db/call.ts';
import { readProgress } from '../../src/db/ontology-dag-queries.ts';
import { putManualRelationship } from '../../src/db/ontology-edit-queries.ts';
import { type RelationshipRow, readRelationships } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { answerFor } from '../../src/llm/builtin/answers.ts';
import { createExtraction, createItemDag } from '../../src/ontology/extraction.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { type Reply, type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let t: TestDatabase;
let model: ScriptedModel;
let worker: TestWorker;
let customer: CustomerDatabase | undefined;
let respond: (request: ScriptedRequest) => Reply | undefined;

beforeAll(async () => {
  t = await createTestDatabase();
  model = await startScriptedModel((request) => respond(request) ?? builtin(request));
  worker = await startWorker(t, model.base_url);
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
  model.requests.length = 0;
  respond = () => undefined;
  return () => customer?.close();
});

/** As the built-in model answers. */
function builtin({ contract, content }: ScriptedRequest): Reply {
  return { answer: answerFor(contract ?? '', { title: '', content }) };
}

const nodes = new Set(['SchemaProfile', 'RelationshipDiscovery', 'RelationshipValidation', 'RelationshipEnrichment']);

async function extract(sql: string | undefined, more: string[] = []): Promise<RelationshipRow[]> {
  if (sql !== undefined) {
    customer = await createCustomerDatabase(sql);
    const { url_env } = datasourceAt(customer.reader_url);
    await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'shop', engine: 'postgres', url_env });
  }
  const without = ontologyNodes.map(({ name }) => name).filter((name) => !nodes.has(name) && !more.includes(name));
  const { dag_id, ontology_id } = await createExtraction(t.db, 'shop', { without });
  for (;;) {
    await worker.drain();
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    const progress = await readProgress(t.db, dag_id);
    if (progress.some(({ dag_status }) => dag_status === 'RUNNING')) continue;
    expect(progress.map(({ status, failed }) => [status, failed])).toEqual(progress.map(() => ['COMPLETED', 0]));
    return readRelationships(t.db, ontology_id);
  }
}

const asked = (contract: string) => model.requests.filter((request) => request.contract === contract);
const titles = (contract: string) =>
  asked(contract).map(({ messages }) => /Title: (.*)/.exec(messages.at(1)?.content ?? '')?.[1] ?? '');
const validation = (is_valid_fk: boolean, confidence: number, more: object = {}): Reply => ({
  answer: { reasoning: 'Said so.', is_valid_fk, cardinality: 'N:1', confidence, ...more },
});
/** Says yes to these, as sure as given, and no to all others. */
const yesTo = (sure: Record<string, number>) => (request: ScriptedRequest) => {
  if (request.contract !== 'relationship_validation') return undefined;
  const title = /Title: (.*)/.exec(request.messages.at(1)?.content ?? '')?.[1] ?? '';
  return title in sure ? validation(true, sure[title] ?? 0) : validation(false, 0.9);
};
const accepted = (rows: readonly RelationshipRow[]) =>
  rows.filter(({ status }) => status === 'accepted').map(({ relationship_key }) => relationship_key);
const joinOf = (request: ScriptedRequest | undefined) =>
  z.object({ join: z.record(z.string(), z.unknown()) }).parse(JSON.parse(request?.content ?? '{}')).join;

const users = (type: string) => `CREATE TABLE users (id ${type} PRIMARY KEY, name text);`;
const uuid = (n: string, salt = '') => `md5('${salt}' || ${n})::uuid`;

describe('a declared foreign key', () => {
  test('is kept without asking the model, composite ones paired', async () => {
    const rows = await extract(`${users('uuid')}
      CREATE TABLE orders (id uuid PRIMARY KEY, user_id uuid REFERENCES users);
      CREATE TABLE lines (order_no bigint, line bigint, PRIMARY KEY (line, order_no));
      CREATE TABLE parcels (parcel int PRIMARY KEY, l bigint, o bigint, FOREIGN KEY (o, l) REFERENCES lines (order_no, line));
      INSERT INTO users SELECT ${uuid('n')}, 'u' || n FROM generate_series(1, 20) AS n;
      INSERT INTO orders SELECT ${uuid('n', 'o')}, ${uuid('n % 20 + 1')} FROM generate_series(1, 60) AS n`);
    expect(
      rows.map(({ relationship_key, provenance, status, cardinality }) => [
        relationship_key,
        provenance,
        status,
        cardinality,
      ]),
    ).toEqual([
      ['public.orders(user_id)->public.users(id)', 'declared', 'accepted', 'N:1'],
      ['public.parcels(o,l)->public.lines(order_no,line)', 'declared', 'accepted', 'N:1'],
    ]);
    expect(asked('relationship_validation')).toEqual([]);
    expect(titles('relationship_enrichment').toSorted()).toEqual(accepted(rows));
  });

  test('is one relationship however often it is declared', async () => {
    const rows = await extract(`${users('bigint')}
      CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users, CONSTRAINT again FOREIGN KEY (user_id) REFERENCES users)`);
    expect(accepted(rows)).toEqual(['public.orders(user_id)->public.users(id)']);
  });
});

describe('a candidate', () => {
  const textKeys = `CREATE TABLE users (id text PRIMARY KEY);
    CREATE TABLE orders (id text PRIMARY KEY, user_id text);
    INSERT INTO users SELECT ${uuid('n')}::text FROM generate_series(1, 100) AS n;
    INSERT INTO orders SELECT ${uuid('n', 'o')}::text, ${uuid('n % 100 + 1')}::text FROM generate_series(1, 200) AS n`;
  const key = 'public.orders(user_id)->public.users(id)';

  test('of UUIDs in texts is asked about once, with what looking it up gave, and kept as the model says', async () => {
    respond = (request) =>
      request.contract === 'relationship_validation' ? validation(true, 0.92, { source_role: 'buyer' }) : undefined;
    const rows = await extract(textKeys);
    expect(titles('relationship_validation')).toEqual([key]);
    expect(joinOf(asked('relationship_validation')[0])).toMatchObject({
      matched_percent: 100,
      orphans: 0,
      is_exact: true,
    });
    expect(rows).toMatchObject([
      {
        relationship_key: key,
        status: 'accepted',
        provenance: 'inferred',
        cardinality: 'N:1',
        source_role: 'buyer',
        confidence: 0.92,
        join_count: 200,
        source_distinct: 100,
        source_matched: 100,
        target_matched: 100,
        orphan_count: 0,
        reverse_orphans: 0,
        source_nulls: 0,
        is_exact: true,
      },
    ]);
    expect(rows[0]?.statistics.source_samples).toHaveLength(10);
    expect(rows[0]?.from_role).toBeTruthy();
  });

  test('less sure than the policy wants is rejected silently, and a DBA may want less', async () => {
    respond = yesTo({ [key]: 0.6 });
    expect(await extract(textKeys)).toMatchObject([{ status: 'rejected', rejected_because: 'low_confidence' }]);
    expect(asked('relationship_enrichment')).toEqual([]);
    await queryRows(
      t.db,
      `INSERT INTO kb.governance_policy VALUES ('relationship_validation', 'relationship', 0.9, 0.5)`,
    );
    await queryRows(t.db, `DELETE FROM onto.answer WHERE job_type = 'relationship_validation'`);
    expect(await extract(undefined)).toMatchObject([{ status: 'accepted', confidence: 0.6 }]);
    await queryRows(t.db, `DELETE FROM kb.governance_policy WHERE job_type <> '*'`);
  });

  test('that a person rejected stays rejected, and one that is unchanged is not asked about again', async () => {
    respond = yesTo({ [key]: 0.95 });
    expect(accepted(await extract(textKeys))).toEqual([key]);
    await callProcedure(t.db, 'onto.usp_put_override', {
      datasource: 'shop',
      target_kind: 'relationship',
      target_key: key,
      field: 'status',
      value: '"rejected"',
      source: 'human',
    });
    model.requests.length = 0;
    expect(await extract(undefined)).toMatchObject([{ status: 'rejected', rejected_because: 'person' }]);
    await queryRows(
      t.db,
      `DELETE FROM onto.answer WHERE job_type IN ('relationship_discovery', 'relationship_validation')`,
    );
    expect(await extract(undefined)).toMatchObject([{ status: 'rejected', rejected_because: 'person' }]);
    expect(model.requests).toEqual([]);
  });

  test('whose values half are missing reaches the model with that, and its no is kept with the reason', async () => {
    const sql = `CREATE TABLE accounts (id uuid PRIMARY KEY);
      CREATE TABLE transactions (id uuid PRIMARY KEY, account_id uuid);
      INSERT INTO accounts SELECT ${uuid('n')} FROM generate_series(1, 100) AS n;
      INSERT INTO transactions SELECT ${uuid('n', 't')}, ${uuid('n')} FROM generate_series(1, 200) AS n`;
    respond = yesTo({});
    const rows = await extract(sql);
    expect(joinOf(asked('relationship_validation')[0])).toMatchObject({
      orphans: 100,
      orphan_percent: 50,
      matched_percent: 50,
    });
    expect(rows).toMatchObject([
      { status: 'rejected', rejected_because: 'model', reasoning: 'Said so.', orphan_count: 100, cardinality: '1:1' },
    ]);
  });

  test('found valid beside a better one is rejected for that', async () => {
    const sql = `CREATE TABLE people (id uuid PRIMARY KEY); CREATE TABLE clients (id uuid PRIMARY KEY);
      CREATE TABLE visits (n bigint PRIMARY KEY, who uuid);
      INSERT INTO people SELECT ${uuid('n')} FROM generate_series(1, 100) AS n;
      INSERT INTO clients SELECT ${uuid('n')} FROM generate_series(1, 90) AS n;
      INSERT INTO visits SELECT n * 7, ${uuid('n % 80 + 1')} FROM generate_series(1, 300) AS n`;
    const [people, clients] = ['public.visits(who)->public.people(id)', 'public.visits(who)->public.clients(id)'];
    respond = yesTo({ [people]: 0.8, [clients]: 0.9, 'public.clients(id)->public.people(id)': 0.9 });
    const rows = await extract(sql);
    expect(accepted(rows)).toEqual(['public.clients(id)->public.people(id)', clients]);
    expect(rows.find(({ relationship_key }) => relationship_key === people)).toMatchObject({
      status: 'rejected',
      rejected_because: 'better_target',
    });
    expect(titles('relationship_enrichment')).not.toContain(people);
    // As if another dag had settled at the same moment.
    await queryRows(
      t.db,
      "UPDATE onto.relationship SET status = 'accepted', rejected_because = NULL WHERE rejected_because = 'better_target'",
    );
    const { dag_id, ontology_id } = await createItemDag(t.db, 'shop', 'entities', [{ name: 'EntityDiscovery' }]);
    await worker.drain();
    await callProcedure(t.db, 'llm.usp_advance_dag', { dag_id });
    expect(accepted(await readRelationships(t.db, ontology_id))).toEqual(accepted(rows));
  });
});

test('neither an instant, a nonce nor the side whose values repeat is ever the target', async () => {
  const rows = await extract(`
    CREATE TABLE channels (channel_id uuid PRIMARY KEY, account_id uuid, marker_at timestamptz, is_open boolean, doc jsonb);
    CREATE TABLE accounts (account_id uuid PRIMARY KEY, id bigint);
    CREATE TABLE billing_activity_messages (id uuid PRIMARY KEY, nonce uuid, sent bigint);
    INSERT INTO accounts SELECT ${uuid('n')}, n FROM generate_series(1, 50) AS n;
    INSERT INTO channels SELECT ${uuid('n', 'c')}, ${uuid('n % 50 + 1')}, now(), true, '{}' FROM generate_series(1, 300) AS n;
    INSERT INTO billing_activity_messages SELECT ${uuid('n', 'm')}, ${uuid('n % 40 + 1', 'c')}, 1700000000 + n FROM generate_series(1, 300) AS n`);
  const keys = rows.map(({ relationship_key }) => relationship_key);
  expect(keys).toContain('public.channels(account_id)->public.accounts(account_id)');
  expect(keys.filter((key) => /->.*(?:nonce|marker_at|sent|is_open|doc|channels\(account_id)/.test(key))).toEqual([]);
  expect(keys.filter((key) => /^public\.channels\((?:marker_at|is_open|doc)\)/.test(key))).toEqual([]);
  expect(keys).not.toContain('public.accounts(account_id)->public.channels(account_id)');
});

test('what the model said of a column is accepted on clean figures alone, and asked about otherwise', async () => {
  const sql = `${users('uuid')}
    CREATE TABLE payments (id uuid PRIMARY KEY, payer uuid, refunded_by uuid);
    INSERT INTO users SELECT ${uuid('n')}, 'u' || n FROM generate_series(1, 50) AS n;
    INSERT INTO payments SELECT ${uuid('n', 'p')}, ${uuid('n % 50 + 1')}, ${uuid('n % 60 + 1')} FROM generate_series(1, 300) AS n`;
  respond = (request) => {
    if (request.contract === 'relationship_validation') return validation(false, 0.8);
    if (request.contract !== 'fk_resolution') return undefined;
    const { targets } = z
      .object({ targets: z.array(z.object({ number: z.number(), table: z.string() })) })
      .parse(JSON.parse(request.content));
    return {
      answer: {
        reasoning: 'People pay.',
        target: targets.find(({ table }) => table === 'public.users')?.number ?? 0,
        confidence: 0.9,
      },
    };
  };
  const rows = await extract(sql, ['ColumnClassification', 'FKResolution']);
  expect(rows).toMatchObject([
    {
      relationship_key: 'public.payments(payer)->public.users(id)',
      status: 'accepted',
      provenance: 'feature',
      reasoning: 'People pay.',
    },
    { relationship_key: 'public.payments(refunded_by)->public.users(id)', status: 'rejected', provenance: 'feature' },
  ]);
  expect(titles('relationship_validation')).toEqual(['public.payments(refunded_by)->public.users(id)']);
});

test('a column whose values are in no key, and a table without rows, are done once', async () => {
  const sql = `${users('uuid')}
    CREATE TABLE visits (id uuid PRIMARY KEY, seen uuid);
    CREATE TABLE wishes (id uuid PRIMARY KEY, whose uuid);
    INSERT INTO users SELECT ${uuid('n')}, 'u' || n FROM generate_series(1, 50) AS n;
    INSERT INTO visits SELECT ${uuid('n', 'v')}, ${uuid('n % 40', 'elsewhere')} FROM generate_series(1, 300) AS n`;
  const more = ['ColumnClassification', 'FKResolution', 'ColumnEnrichment'];
  const first = await extract(sql, more);
  const [kept] = await queryRows<{ model: string | null; target: number }>(
    t.db,
    `SELECT model, (answer ->> 'target')::integer AS target FROM onto.answer
     WHERE job_type = 'fk_resolution' AND subject_key = 'public.visits.seen'`,
  );
  expect(kept).toEqual({ model: null, target: 0 });
  expect(titles('fk_resolution')).not.toContain('public.visits.seen');
  model.requests.length = 0;
  expect(await extract(undefined, more)).toEqual(first);
  expect(model.requests).toEqual([]);
  expect(
    await queryRows(
      t.db,
      `SELECT j.subject FROM llm.job AS j JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id
       WHERE n.dag_id = (SELECT max(dag_id) FROM llm.dag) AND j.job_type <> 'ontology_plan'`,
    ),
  ).toEqual([]);
});

test('the numbers of a mixed database add up: declared, inferred and rejected', async () => {
  respond = yesTo({
    'public.reviews(user_id)->public.users(id)': 0.9,
    'public.comments(post_id)->public.posts(id)': 0.88,
  });
  const rows = await extract(`${users('uuid')}
    CREATE TABLE orders (id uuid PRIMARY KEY, user_id uuid REFERENCES users);
    CREATE TABLE posts (id uuid PRIMARY KEY);
    CREATE TABLE reviews (id uuid PRIMARY KEY, user_id uuid);
    CREATE TABLE comments (id uuid PRIMARY KEY, post_id uuid);
    CREATE TABLE configs (id uuid PRIMARY KEY);
    CREATE TABLE events (id uuid PRIMARY KEY, data uuid);
    INSERT INTO users SELECT ${uuid('n', 'u')}, 'u' || n FROM generate_series(1, 20) AS n;
    INSERT INTO orders SELECT ${uuid('n', 'o')}, ${uuid('n % 20 + 1', 'u')} FROM generate_series(1, 60) AS n;
    INSERT INTO posts SELECT ${uuid('n', 'p')} FROM generate_series(1, 30) AS n;
    INSERT INTO configs SELECT ${uuid('n', 'k')} FROM generate_series(1, 30) AS n;
    INSERT INTO reviews SELECT ${uuid('n', 'r')}, ${uuid('n % 20 + 1', 'u')} FROM generate_series(1, 60) AS n;
    INSERT INTO comments SELECT ${uuid('n', 'c')}, ${uuid('n % 30 + 1', 'p')} FROM generate_series(1, 60) AS n;
    INSERT INTO events SELECT ${uuid('n', 'e')}, ${uuid('n % 40 + 1', 'k')} FROM generate_series(1, 60) AS n`);
  expect(titles('relationship_validation').toSorted()).toEqual([
    'public.comments(post_id)->public.posts(id)',
    'public.events(data)->public.configs(id)',
    'public.reviews(user_id)->public.users(id)',
  ]);
  expect(
    rows.map(({ relationship_key, provenance, status, cardinality }) => [
      relationship_key,
      provenance,
      status,
      cardinality,
    ]),
  ).toEqual([
    ['public.comments(post_id)->public.posts(id)', 'inferred', 'accepted', 'N:1'],
    ['public.events(data)->public.configs(id)', 'inferred', 'rejected', 'N:1'],
    ['public.orders(user_id)->public.users(id)', 'declared', 'accepted', 'N:1'],
    ['public.reviews(user_id)->public.users(id)', 'inferred', 'accepted', 'N:1'],
  ]);
});

test('what a person adds gets its join statistics, and none of its values', async () => {
  respond = yesTo({});
  const sql = `${users('int')}
    CREATE TABLE notes (id int PRIMARY KEY, author text);
    INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 20) AS n;
    INSERT INTO notes SELECT n, 'u' || n % 25 + 1 FROM generate_series(1, 100) AS n`;
  await extract(sql);
  await putManualRelationship(
    t.db,
    'shop',
    { from_table: 'public.notes', from_columns: ['author'], to_table: 'public.users', to_columns: ['name'] },
    { source: 'human', by: 'Eve' },
  );
  const rows = await extract(undefined);
  const [manual] = rows.filter(({ status }) => status === 'accepted');
  expect(manual).toMatchObject({
    relationship_key: 'public.notes(author)->public.users(name)',
    provenance: 'manual',
    orphan_count: 5,
    source_matched: 20,
    is_exact: true,
  });
  expect(manual?.statistics).not.toHaveProperty('source_samples');
});
