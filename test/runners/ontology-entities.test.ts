import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readItems, readProgress } from '../../src/db/ontology-dag-queries.ts';
import { readColumns, readEntities, readOntologies } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { answered, createBusiness, profiled, relateBusiness, startNodes, workNodes } from '../support/business.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { putTables } from '../support/ontology.ts';
import { type Reply, type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let t: TestDatabase;
let model: ScriptedModel;
let worker: TestWorker;
let respond: (request: ScriptedRequest, n: number) => Reply;
let id: number;

beforeAll(async () => {
  model = await startScriptedModel((request) => respond(request, model.requests.length));
  t = await createTestDatabase();
  worker = await startWorker(t, model.base_url, { fresh: true });
});
afterAll(async () => {
  await worker.close();
  await model.close();
  await t.close();
});
beforeEach(async () => {
  await queryRows(t.db, 'TRUNCATE onto.datasource, llm.dag, llm.dag_node, llm.job, llm.run CASCADE');
  id = await createBusiness(t);
  await relateBusiness(t, id);
  model.requests.length = 0;
  respond = sensible;
});

interface Content {
  table: { name: string; entity?: string };
  columns: { name: string; values?: { value: string; label?: string }[]; refers_to?: string }[];
  [key: string]: unknown;
}

const contentOf = (request: ScriptedRequest): Content => JSON.parse(request.content);
const about = (table: string) => model.requests.filter((request) => contentOf(request).table.name === table);

function sensible(request: ScriptedRequest): Reply {
  const { table, columns } = contentOf(request);
  if (request.contract === 'business_entity_enrichment') {
    const key_columns = [{ name: columns[1]?.name ?? 'id', synonyms: ['other'] }];
    const entity_name = `The ${table.name}`;
    const answer = { entity_name, description: `${table.name} it is`, domain: 'billing', key_columns };
    return { answer: { ...answer, alternative_names: [`my ${table.name}`], confidence: 0.9 } };
  }
  return { answer: { columns: columns.map(described) } };
}

function described({ name, values, refers_to }: Content['columns'][number]): object {
  return {
    name,
    description: `${name} described`,
    semantic_type: `${name}_type`,
    role: refers_to ? 'identifier' : 'attribute',
    synonyms: [`${name} too`],
    enum_values:
      values?.map(({ value }) => ({ value, label: `model's ${value}`, description: `about ${value}` })) ?? null,
    fk_role: refers_to ? (name.split('_')[0] ?? null) : null,
    confidence: 0.9,
  };
}

async function run(...nodes: Parameters<typeof startNodes>[2]): Promise<number> {
  const dag_id = await startNodes(t, id, nodes);
  await workNodes(t, worker, dag_id);
  return dag_id;
}

const discoverAndDescribe = () => run('EntityDiscovery', 'EntityEnrichment', 'ColumnEnrichment');
const columnOf = async (subject_key: string) =>
  (await readColumns(t.db, id)).find((column) => column.subject_key === subject_key);

describe('entities', () => {
  test('are settled by structure, described one a request, with aliases and key columns', async () => {
    const dag = await run('EntityDiscovery', 'EntityEnrichment');
    expect(await readProgress(t.db, dag)).toMatchObject([
      {
        status: 'COMPLETED',
        message: expect.stringContaining('found 3 entities, 1 bridging table (public.user_badges)'),
      },
      { status: 'COMPLETED', done: 4, total: 4 },
    ]);
    expect(model.requests).toHaveLength(4);
    const entities = await readEntities(t.db, id);
    expect(entities.map(({ table_key, kind }) => [table_key, kind])).toEqual([
      ['public.badges', 'entity'],
      ['public.transactions', 'entity'],
      ['public.user_badges', 'bridge'],
      ['public.users', 'entity'],
    ]);
    expect(entities[3]).toMatchObject({
      name: 'The users',
      description: 'users it is',
      domain: 'billing',
      aliases: ['my users'],
      key_columns: [{ name: 'email', synonyms: ['other'] }],
      confidence: 0.9,
    });
    const log = await queryRows(
      t.db,
      "SELECT field, before, after FROM onto.change_log WHERE target_key = 'public.users' AND target_kind = 'entity' ORDER BY change_id",
    );
    expect(log).toEqual([
      { field: 'exists', before: false, after: true },
      { field: 'aliases', before: [], after: ['my users'] },
      { field: 'description', before: null, after: 'users it is' },
      { field: 'domain', before: null, after: 'billing' },
      { field: 'key_columns', before: [], after: [{ name: 'email', synonyms: ['other'] }] },
      { field: 'name', before: 'Users', after: 'The users' },
    ]);
  });

  test('the model sees columns, relationships both ways, the group and what people know', async () => {
    await queryRows(
      t.db,
      "INSERT INTO onto.knowledge (ontology_id, about, fact, created_at) VALUES (?, 'public.users', 'users pay', now())",
      [id],
    );
    await run('EntityDiscovery', 'EntityEnrichment');
    expect(contentOf(about('users')[0] as ScriptedRequest)).toMatchObject({
      table: { name: 'users', schema: 'public', rows: 100 },
      columns: [{ name: 'id', data_type: 'bigint', key: 'primary' }, { name: 'email' }, { name: 'removed' }],
      referenced_by: [
        { from: 'public.transactions', columns: ['payee_user_id'] },
        { from: 'public.transactions', columns: ['payer_user_id'] },
        { from: 'public.user_badges', columns: ['user_id'] },
      ],
      group: { main_table: 'public.users' },
      facts: ['users pay'],
    });
    expect(about('badges')[0]?.content).not.toContain('users pay');
  });

  test('a key column that is none is asked about again; edits stay over what is inferred', async () => {
    await run('EntityDiscovery');
    await callProcedure(t.db, 'onto.usp_put_override', {
      datasource: 'shop',
      target_kind: 'entity',
      target_key: 'public.users',
      field: 'name',
      value: JSON.stringify('Member'),
    });
    let tries = 0;
    respond = (request) => {
      const reply = sensible(request);
      if (contentOf(request).table.name === 'users') tries += 1;
      if (tries !== 1 || !('answer' in reply)) return reply;
      return { answer: { ...Object(reply.answer), key_columns: [{ name: 'e_mail', synonyms: [] }] } };
    };
    await run({ name: 'EntityEnrichment', tables: ['public.users'] });
    expect(model.requests).toHaveLength(2);
    expect(model.requests[1]?.messages.at(-1)?.content).toContain('"e_mail", which is no column');
    expect(await readEntities(t.db, id, 'public.users')).toMatchObject([
      { name: 'Member', domain: 'billing', edited: 'name' },
    ]);
  });

  test('nothing changed: nothing is asked; one more fact about a table: that table alone', async () => {
    await discoverAndDescribe();
    model.requests.length = 0;
    const log = async () => (await queryRows(t.db, 'SELECT change_id FROM onto.change_log')).length;
    const before = await log();
    await discoverAndDescribe();
    expect(model.requests).toHaveLength(0);
    expect(await log()).toBe(before);
    await queryRows(
      t.db,
      "INSERT INTO onto.knowledge (ontology_id, about, fact, created_at) VALUES (?, 'public.badges.title', 'short', now())",
      [id],
    );
    await discoverAndDescribe();
    expect(model.requests.map((request) => [request.contract, contentOf(request).table.name])).toEqual([
      ['business_entity_enrichment', 'badges'],
      ['column_enrichment', 'badges'],
    ]);
  });

  test('of dropped tables are gone and come back as they were', async () => {
    await run('EntityDiscovery', 'EntityEnrichment');
    await putTables(t, id, [], { kept: ['public.users'] });
    const dag = await run('EntityDiscovery', 'EntityEnrichment');
    expect((await readEntities(t.db, id)).map(({ name }) => name)).toEqual(['The users']);
    expect((await readItems(t.db, dag)).filter(({ is_plan }) => !is_plan)).toMatchObject([
      { subject_key: 'public.users' },
    ]);
  });

  test('a database without tables completes and says so', async () => {
    await putTables(t, id, []);
    const dag = await discoverAndDescribe();
    expect(
      (await readProgress(t.db, dag)).map(({ status, message, dag_status }) => [dag_status, status, message]),
    ).toEqual([
      ['COMPLETED', 'COMPLETED', expect.stringContaining('no entities: there is no table')],
      ['COMPLETED', 'COMPLETED', expect.stringContaining('there is no entity to describe')],
      ['COMPLETED', 'COMPLETED', expect.stringContaining('there is no column to describe')],
    ]);
  });
});

describe('columns', () => {
  test('of two references to one table have a role each, and the model is told which', async () => {
    await discoverAndDescribe();
    const [request] = about('transactions').filter(({ contract }) => contract === 'column_enrichment');
    expect(contentOf(request as ScriptedRequest)).toMatchObject({
      table: { name: 'transactions', entity: 'The transactions' },
      same_target: [{ to: 'The users', columns: ['payee_user_id', 'payer_user_id'] }],
    });
    expect(await columnOf('public.transactions.payer_user_id')).toMatchObject({
      description: 'payer_user_id described',
      semantic_type: 'payer_user_id_type',
      role: 'identifier',
      fk_role: 'payer',
      synonyms: ['payer_user_id too'],
    });
    expect(await columnOf('public.transactions.payee_user_id')).toMatchObject({ fk_role: 'payee' });
  });

  test('labels of the analysis of values are carried over', async () => {
    const distribution = [
      { value: '0', count: 40 },
      { value: '5', count: 60 },
    ];
    await profiled(t, 'public.transactions.state', { classification_path: 'enum', distribution });
    const values = [
      { value: '0', label: 'pending', category: 'initial' },
      { value: '5', label: 'completed', category: 'terminal_success', description: 'paid out' },
    ];
    await answered(t, id, 'enum_analysis', 'public.transactions.state', { is_state_machine: true, values });
    await run('ColumnEnrichment');
    const [request] = about('transactions');
    expect(contentOf(request as ScriptedRequest).columns[1]?.values).toEqual(values);
    expect((await columnOf('public.transactions.state'))?.enum_values).toEqual([
      { value: '0', label: 'pending', category: 'initial', description: 'about 0' },
      { value: '5', label: 'completed', category: 'terminal_success', description: 'paid out' },
    ]);
  });

  test('sixty of them are two requests of one job, joined', async () => {
    const columns = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`c${at}`, 'text']));
    await putTables(t, id, [{ table_key: 'public.wide', columns, primary_key: [] }]);
    const dag = await run('ColumnEnrichment');
    expect(model.requests.map((request) => contentOf(request).columns.length)).toEqual([50, 10]);
    expect((await readItems(t.db, dag)).filter(({ is_plan }) => !is_plan)).toMatchObject([{ status: 'SUCCEEDED' }]);
    const described = (await readColumns(t.db, id)).filter(({ description }) => description !== null);
    expect(described).toHaveLength(60);
  });

  test('a column that is missing, twice or made up is asked about again', async () => {
    const faults = [[], ['id', 'id', 'title'], ['id', 'title', 'made_up']];
    respond = (request) => {
      const { columns } = contentOf(request);
      const names = model.requests.length <= 1 ? ['id'] : faults[model.requests.length - 1];
      return { answer: { columns: names ? names.map((name) => described({ name })) : columns.map(described) } };
    };
    await run({ name: 'ColumnEnrichment', tables: ['public.badges'] });
    const complaints = model.requests.map(({ messages }) => messages.at(-1)?.content ?? '');
    expect(complaints[1]).toContain('the column "title" is missing');
    expect(complaints[2]).toContain('the column "id" is there twice');
    expect((await columnOf('public.badges.title'))?.description).toBe(null);
  });

  test('a table that fails stops no other; a passing fault is asked again, one for good is not', async () => {
    let tries = 0;
    respond = (request) => {
      const { name } = contentOf(request).table;
      if (name === 'users') return { status: 401 };
      if (name === 'badges') tries += 1;
      if (name === 'badges' && tries === 1) return { status: 503 };
      return sensible(request);
    };
    const dag = await run('ColumnEnrichment');
    const items = (await readItems(t.db, dag)).filter(({ is_plan }) => !is_plan);
    expect(items.map(({ subject_key, status }) => [subject_key, status])).toEqual([
      ['public.badges', 'SUCCEEDED'],
      ['public.transactions', 'SUCCEEDED'],
      ['public.user_badges', 'SUCCEEDED'],
      ['public.users', 'DEADLETTER'],
    ]);
    expect(about('users')).toHaveLength(1);
    expect(about('badges')).toHaveLength(2);
    expect(await readProgress(t.db, dag)).toMatchObject([{ dag_status: 'COMPLETED', done: 4, failed: 1, total: 4 }]);
  });

  test('no value of a sensitive one is shown', async () => {
    const distribution = [{ value: 'secret', count: 40 }];
    await profiled(t, 'public.users.email', { classification_path: 'enum', distribution, samples: ['secret'] });
    const edit = { datasource: 'shop', target_kind: 'column', target_key: 'public.users.email' };
    await callProcedure(t.db, 'onto.usp_put_override', { ...edit, field: 'is_sensitive', value: 'true' });
    await profiled(t, 'public.users.email', { distribution, samples: ['secret'] });
    await discoverAndDescribe();
    expect(about('users')).toHaveLength(2);
    for (const { content } of about('users')) expect(content).not.toContain('secret');
  });

  test('keep what their table said of them when they are asked about by themselves again, and keys stay keys', async () => {
    await run('ColumnEnrichment');
    await queryRows(t.db, "UPDATE onto.column_feature SET description = 'a classification', role = 'attribute'");
    await run('ColumnEnrichment');
    expect(await columnOf('public.transactions.payer_user_id')).toMatchObject({
      description: 'payer_user_id described',
      role: 'identifier',
    });
    await queryRows(t.db, "UPDATE onto.column_feature SET role = 'foreign_key'");
    await run({ name: 'ColumnEnrichment', full: true });
    expect(await columnOf('public.transactions.payer_user_id')).toMatchObject({ role: 'foreign_key' });
  });
});

describe('the ontology as a whole', () => {
  const detailed = (subject_key: string, details: object) =>
    queryRows(
      t.db,
      `INSERT INTO onto.column_feature (schema_column_id, classification_path, details, run_id, analyzed_at, updated_at)
       SELECT c.schema_column_id, 'unknown', CAST(? AS jsonb), gen_random_uuid(), now(), now() FROM onto.vw_column AS c WHERE c.subject_key = ?
       ON CONFLICT (schema_column_id) DO UPDATE SET details = EXCLUDED.details`,
      [JSON.stringify(details), subject_key],
    );
  const ontology = async () => (await readOntologies(t.db, 'shop'))[0];
  const whole = ['EntityDiscovery', 'EntityEnrichment', 'OntologyFinalization'];
  const summary = 'A billing business.';
  const domains: Record<string, string> = {
    users: 'people',
    badges: 'Billing',
    transactions: 'billing',
    user_badges: 'fame',
  };

  beforeEach(() => {
    respond = (request) => {
      if (request.contract === 'ontology_finalization') return { answer: { description: summary, confidence: 0.9 } };
      const reply = sensible(request);
      if (!('answer' in reply)) return reply;
      return { answer: { ...Object(reply.answer), domain: domains[contentOf(request).table.name] } };
    };
  });

  test('has a description by one request, sorted domains, and conventions from features and data', async () => {
    await profiled(t, 'public.users.removed', { row_count: 100, null_count: 95 });
    await profiled(t, 'public.transactions.payer_user_id', { row_count: 100, null_count: 0 });
    await detailed('public.users.removed', { is_soft_delete: true, timestamp_purpose: 'soft_delete' });
    await detailed('public.transactions.payer_user_id', { is_soft_delete: true });
    await profiled(t, 'public.transactions.state', {
      distribution: [
        { value: 'DKK', count: 90 },
        { value: 'EUR', count: 10 },
      ],
    });
    await detailed('public.transactions.amount', { monetary: { unit: 'cents', currency_column: 'state' } });
    await detailed('public.badges.title', { timestamp_purpose: 'audit_created' });
    await queryRows(
      t.db,
      "INSERT INTO onto.knowledge (ontology_id, about, fact, created_at) VALUES (?, '', 'founded in 1999', now())",
      [id],
    );
    const dag = await run(...whole);
    expect(await ontology()).toMatchObject({
      description: summary,
      primary_domains: ['Billing', 'fame', 'people'],
      conventions: {
        soft_delete: {
          enabled: true,
          column: 'removed',
          filter: '"removed" IS NULL',
          tables: [{ table: 'public.users', column: 'removed', filter: '"removed" IS NULL' }],
        },
        currency: { default_currency: 'DKK', format: 'cents', currencies: ['DKK', 'EUR'] },
        audit_columns: [
          { column: 'title', purpose: 'created', tables: 1 },
          { column: 'removed', purpose: 'deleted', tables: 1 },
        ],
      },
    });
    const [request] = model.requests.filter(({ contract }) => contract === 'ontology_finalization');
    expect(JSON.parse(request?.content ?? '')).toMatchObject({
      entities: [{ name: 'The users', domain: 'people' }, { name: 'The transactions' }, {}, {}],
      domains: ['Billing', 'fame', 'people'],
      relationships: [
        { from: 'The transactions', to: 'The users' },
        {},
        {},
        { from: 'The user_badges', to: 'The users' },
      ],
      facts: [{ fact: 'founded in 1999' }],
    });
    const progress = (await readProgress(t.db, dag)).at(-1);
    expect(progress?.message).toContain('3 domains, soft deletes in 1 table, 1 column of money, 2 audit columns');
    model.requests.length = 0;
    await run(...whole);
    expect(model.requests).toHaveLength(0);
  });

  test('its failure leaves the dag completed and says so; domains and conventions are there', async () => {
    const asBefore = respond;
    respond = (request, n) => (request.contract === 'ontology_finalization' ? { status: 401 } : asBefore(request, n));
    const dag_id = await run(...whole);
    const nodes = await readProgress(t.db, dag_id);
    expect(nodes.at(-1)).toMatchObject({ dag_status: 'COMPLETED', failed: 1 });
    expect(nodes.at(-1)?.message).toMatch(/fail/);
    expect(await ontology()).toMatchObject({ description: null, primary_domains: ['Billing', 'fame', 'people'] });
  });

  test('entities without a domain, and none at all, complete and say so', async () => {
    await run('EntityDiscovery');
    const dag = await run('OntologyFinalization');
    expect((await readProgress(t.db, dag))[0]).toMatchObject({
      dag_status: 'COMPLETED',
      message: expect.stringContaining('4 entities without one (public.badges, '),
    });
    expect(await ontology()).toMatchObject({ description: summary, primary_domains: [] });
    await putTables(t, id, []);
    const empty = await run(...whole);
    expect((await readProgress(t.db, empty)).map(({ dag_status }) => dag_status)).toEqual([
      'COMPLETED',
      'COMPLETED',
      'COMPLETED',
    ]);
    expect((await readProgress(t.db, empty)).at(-1)?.message).toContain('there are no entities to sum up');
    expect(await ontology()).toMatchObject({ description: null, primary_domains: [], conventions: {} });
  });

  test('what a person wrote stays', async () => {
    const edit = { datasource: 'shop', target_kind: 'ontology', target_key: 'ontology' };
    await callProcedure(t.db, 'onto.usp_put_override', { ...edit, field: 'description', value: '"Ours."' });
    await run(...whole);
    expect(await ontology()).toMatchObject({ description: 'Ours.', primary_domains: ['Billing', 'fame', 'people'] });
  });
});
