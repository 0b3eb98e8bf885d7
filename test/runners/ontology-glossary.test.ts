import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkSelect } from '../../src/datasource/check-select.ts';
import { connectDatasource, type DatasourceConnection } from '../../src/datasource/connect.ts';
import { callProcedure } from '../../src/db/call.ts';
import { readItems, readProgress } from '../../src/db/ontology-dag-queries.ts';
import { readGlossary } from '../../src/db/ontology-glossary-queries.ts';
import { readKnowledge } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { composeSql, type TermFilter, type TermTable } from '../../src/ontology/glossary/compose-sql.ts';
import { createBusiness, startNodes, workNodes } from '../support/business.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';
import { type Reply, type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';
import { startWorker, type TestWorker } from '../support/worker.ts';

let t: TestDatabase;
let customer: CustomerDatabase;
let connection: DatasourceConnection;
let model: ScriptedModel;
let worker: TestWorker;
let respond: (request: ScriptedRequest) => Reply;
let id: number;

beforeAll(async () => {
  customer = await createCustomerDatabase(`
    CREATE TABLE users (id bigint PRIMARY KEY, email text, removed timestamptz);
    CREATE TABLE transactions (id bigint PRIMARY KEY, state integer, amount bigint, payer_user_id bigint, payee_user_id bigint);
    CREATE TABLE badges (id bigint PRIMARY KEY, title text);
    CREATE TABLE user_badges (user_id bigint, badge_id bigint, PRIMARY KEY (user_id, badge_id));
    CREATE TABLE "odd "" name" ("a 'b" text, "c;d" boolean, at timestamptz, ms bigint)`);
  process.env.NO_SUCH_URL = customer.reader_url;
  connection = await connectDatasource(datasourceAt(customer.reader_url));
  model = await startScriptedModel((request) => respond(request));
  t = await createTestDatabase();
  worker = await startWorker(t, model.base_url, { fresh: true });
});
afterAll(async () => {
  delete process.env.NO_SUCH_URL;
  await connection.close();
  await worker.close();
  await model.close();
  await t.close();
  await customer.close();
});
beforeEach(async () => {
  await queryRows(t.db, 'TRUNCATE onto.datasource, llm.dag, llm.dag_node, llm.job, llm.run CASCADE');
  id = await createBusiness(t);
  model.requests.length = 0;
});

const odd: TermTable = {
  engine: 'postgres',
  table: { schema_name: 'public', table_name: 'odd " name' },
  columns: [
    { column_name: "a 'b", type_family: 'text', details: {} },
    { column_name: 'c;d', type_family: 'boolean', details: {} },
    { column_name: 'at', type_family: 'timestamp', details: {} },
    { column_name: 'ms', type_family: 'integer', details: { timestamp_scale: 'milliseconds' } },
  ],
};
const compose = (filters: TermFilter[], more: object = {}) =>
  composeSql({ term: 'The Term', columns_used: [], filters, aggregation: 'COUNT', ...more }, odd);

describe('a term', () => {
  test('is composed into a whole SELECT that any name and value survives', async () => {
    const composed = compose([
      { column: "a 'b", operator: 'in', values: ["x'; DROP TABLE users; --", 'back\\slash', '"'] },
      { column: 'c;d', operator: 'not_in', values: ['yes'] },
      { column: 'at', operator: 'within_days', values: ['30'] },
      { column: 'ms', operator: 'within_days', values: ['7'] },
      { column: 'ms', operator: 'at_least', values: ['5'] },
      { column: 'at', operator: 'at_most', values: ['2030-01-01'] },
      { column: "a 'b", operator: 'is_not_null', values: [] },
    ]);
    if (!('sql' in composed)) throw new Error(composed.fault);
    expect(composed.sql).toContain('SELECT COUNT(*) AS "the_term" FROM "public"."odd "" name" WHERE "a \'b" IN (');
    expect(await checkSelect(connection, composed.sql)).toBe(undefined);
  });

  test('of any values is one SELECT that the datasource takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
          { minLength: 1, maxLength: 3 },
        ),
        async (values) => {
          const composed = compose([
            { column: "a 'b", operator: 'in', values: values.map((value) => value.toWellFormed()) },
          ]);
          if (!('sql' in composed)) throw new Error(composed.fault);
          expect(await checkSelect(connection, composed.sql)).toBe(undefined);
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each<[string, TermFilter[], object, RegExp]>([
    ['a column that is not there', [{ column: 'x', operator: 'is_null', values: [] }], {}, /no column "x"/],
    ['a number that is none', [{ column: 'ms', operator: 'in', values: ['1 OR 1=1'] }], {}, /is no number/],
    ['days of something else', [{ column: "a 'b", operator: 'within_days', values: ['3'] }], {}, /of instants/],
    ['days that are none', [{ column: 'at', operator: 'within_days', values: ["1' OR '"] }], {}, /one number of days/],
    ['no values', [{ column: 'at', operator: 'in', values: [] }], {}, /there are none/],
    ['a sum of texts', [], { aggregation: 'SUM', columns_used: ["a 'b"] }, /of numbers/],
    ['a sum of nothing', [], { aggregation: 'SUM' }, /none is named/],
  ])('with %s is refused', (_, filters, more, fault) => {
    expect(compose(filters, more)).toEqual({ fault: expect.stringMatching(fault) });
  });

  test('aggregates in every way', async () => {
    for (const [aggregation, columns_used] of [
      ['SUM', ['ms']],
      ['AVG', ['ms', 'ms']],
      ['MIN', ['at']],
      ['MAX', ['at']],
      ['COUNT_DISTINCT', ['ms']],
      ['COUNT_DISTINCT', ['ms', 'at']],
      ['NONE', []],
      ['NONE', ['at']],
    ] as const) {
      const composed = compose([], { aggregation, columns_used });
      if (!('sql' in composed)) throw new Error(composed.fault);
      expect(await checkSelect(connection, composed.sql)).toBe(undefined);
    }
  });

  test('is tried without being run, and only if it is one SELECT', async () => {
    for (const sql of [
      'DELETE FROM users',
      'SELECT 1; DELETE FROM users',
      'CREATE TABLE x AS SELECT 1',
      '',
      'ANALYZE SELECT 1',
      'WITH x AS (DELETE FROM users RETURNING 1) SELECT * FROM x',
      'SELECT nothing FROM users',
    ]) {
      expect(await checkSelect(connection, sql), sql).toBeTypeOf('string');
    }
    expect(await checkSelect(connection, 'SELECT pg_sleep(100);')).toBe(undefined);
    expect(await checkSelect(connection, 'SELECT 1 -- and more')).toBe(undefined);
  });
});

const revenue = {
  term: 'Revenue',
  definition: 'What completed transactions brought in.',
  base_table: 'public.transactions',
  columns_used: ['amount'],
  filters: [{ column: 'state', operator: 'in', values: ['5'] }],
  aggregation: 'SUM',
  aliases: ['earnings'],
  confidence: 0.9,
};
const users = {
  ...revenue,
  term: 'Users',
  base_table: 'public.users',
  columns_used: [],
  filters: [{ column: 'removed', operator: 'is_null', values: [] }],
  aggregation: 'COUNT',
  aliases: [],
};

async function suggest(terms: object[], node: object = {}): Promise<number> {
  respond = () => ({ answer: { terms } });
  const dag_id = await startNodes(t, id, ['EntityDiscovery', { name: 'GlossarySuggestion', ...node }]);
  await workNodes(t, worker, dag_id);
  return dag_id;
}

const put = (term: string, document: object, more: object = {}) =>
  callProcedure(t.db, 'onto.usp_put_glossary_term', { datasource: 'shop', term, document, ...more });
const glossary = async () => readGlossary(t.db, id);

describe('suggestions', () => {
  test('are composed, tried, and kept with what is wrong with them', async () => {
    await suggest([
      revenue,
      users,
      { ...users, term: 'Old users', filters: [{ column: 'removed', operator: 'at_most', values: ['long ago'] }] },
    ]);
    expect(await glossary()).toMatchObject([
      { term: 'Old users', sql_is_valid: false, sql_error: expect.stringContaining('is no number') },
      {
        term: 'Revenue',
        source: 'llm_suggested',
        sql_pattern: 'SELECT SUM("amount") AS "revenue" FROM "public"."transactions" WHERE "state" = 5',
        sql_is_valid: true,
        sql_error: null,
        base_table: 'public.transactions',
        columns_used: ['public.transactions.amount'],
        aggregation: 'SUM',
        aliases: ['earnings'],
      },
      {
        term: 'Users',
        sql_is_valid: true,
        sql_pattern: 'SELECT COUNT(*) AS "users" FROM "public"."users" WHERE "removed" IS NULL',
      },
    ]);
  });

  test('about tables or columns that are not there are asked about again', async () => {
    let tries = 0;
    const wrong = { ...revenue, columns_used: ['amounts'] };
    const dag_id = await startNodes(t, id, ['EntityDiscovery', 'GlossarySuggestion']);
    respond = () => {
      tries += 1;
      return { answer: { terms: [tries === 1 ? wrong : revenue] } };
    };
    await workNodes(t, worker, dag_id);
    expect(model.requests[1]?.messages.at(-1)?.content).toContain('has no column "amounts"');
    expect(await glossary()).toMatchObject([{ term: 'Revenue', sql_is_valid: true }]);
  });

  test('never overwrite what a person wrote, nor bring back what a person removed', async () => {
    await put('  REVENUE ', { definition: 'Mine.' });
    await suggest([revenue, users]);
    expect(await glossary()).toMatchObject([
      { definition: 'Mine.', source: 'user' },
      { term: 'Users', source: 'llm_suggested' },
    ]);
    await callProcedure(t.db, 'onto.usp_delete_glossary_term', { datasource: 'shop', term: 'users' });
    await put('Earnings', { definition: 'Taken.' });
    await suggest([{ ...revenue, term: 'Income' }, users], { full: true });
    expect(await glossary()).toMatchObject([
      { term: 'Earnings' },
      { term: 'Income', aliases: [] },
      { definition: 'Mine.' },
    ]);
  });

  test('are asked for again only if there is something new; terms that are there are shown', async () => {
    await suggest([revenue]);
    await suggest([users]);
    expect(model.requests).toHaveLength(1);
    await callProcedure(t.db, 'onto.usp_put_knowledge', { datasource: 'shop', fact: 'only completed ones count' });
    await suggest([users]);
    expect(JSON.parse(model.requests[1]?.content ?? '')).toMatchObject({
      known_terms: [{ term: 'Revenue' }],
      facts: [{ fact: 'only completed ones count' }],
    });
    expect((await glossary()).map(({ term }) => term)).toEqual(['Revenue', 'Users']);
  });

  test('that fail leave the dag completed', async () => {
    respond = () => ({ status: 401 });
    const dag_id = await startNodes(t, id, ['EntityDiscovery', 'GlossarySuggestion']);
    await workNodes(t, worker, dag_id);
    expect((await readProgress(t.db, dag_id)).at(-1)).toMatchObject({ dag_status: 'COMPLETED', failed: 1 });
    expect(await readItems(t.db, dag_id)).toHaveLength(3);
  });
});

describe('terms that people write', () => {
  test('are unique however they are capitalised and spaced, with their aliases', async () => {
    await put(
      'Gross  Margin',
      { definition: 'Sales less cost.', aliases: ['margin', ' Margin ', 'gross margin'] },
      { is_new: true, by: 'Eve' },
    );
    expect(await glossary()).toMatchObject([
      {
        term_key: 'gross margin',
        term: 'Gross Margin',
        aliases: [expect.stringMatching(/^margin$/i)],
        created_by: 'Eve',
      },
    ]);
    await expect(put('gross margin', { definition: 'x' }, { is_new: true })).rejects.toThrow(/already/);
    await expect(put('MARGIN', { definition: 'x' })).rejects.toThrow(/Gross Margin/);
    await expect(put('Net', { definition: 'x', aliases: ['gross  MARGIN'] })).rejects.toThrow(/Gross Margin/);
  });

  test('change field by field, by name too, and the log tells', async () => {
    await put('Churn', { definition: 'Who left.', sql_pattern: 'SELECT 1', sql_is_valid: true });
    await put('churn', { term: 'Churn Rate', aggregation: 'AVG' }, { is_new: false });
    expect(await glossary()).toMatchObject([
      { term: 'Churn Rate', definition: 'Who left.', sql_pattern: 'SELECT 1', sql_is_valid: true, aggregation: 'AVG' },
    ]);
    await put('churn rate', { sql_pattern: null });
    expect(await glossary()).toMatchObject([{ sql_pattern: null, sql_is_valid: null }]);
    const log = await queryRows(
      t.db,
      "SELECT field, before, after, source FROM onto.change_log WHERE target_kind = 'term' AND field IN ('term', 'sql_pattern') ORDER BY change_id",
    );
    expect(log).toEqual([
      { field: 'sql_pattern', before: null, after: 'SELECT 1', source: 'human' },
      { field: 'term', before: null, after: 'Churn', source: 'human' },
      { field: 'term', before: 'Churn', after: 'Churn Rate', source: 'human' },
      { field: 'sql_pattern', before: 'SELECT 1', after: null, source: 'human' },
    ]);
  });

  test.each<[string, string, object, object]>([
    ['no definition', 'x', {}, {}],
    ['no name', '  ', { definition: 'x' }, {}],
    ['a field that is none', 'x', { definition: 'x', colour: 'red' }, {}],
    ['a list that is none', 'x', { definition: 'x', aliases: 'y' }, {}],
    ['a change of nothing', 'x', { definition: 'x' }, { is_new: false }],
  ])('are refused with %s', async (_, term, document, more) => {
    await expect(put(term, document, more)).rejects.toThrow();
    expect(await glossary()).toEqual([]);
  });

  test('go and say whether they were there', async () => {
    await put('Churn', { definition: 'Who left.' });
    const remove = () => callProcedure(t.db, 'onto.usp_delete_glossary_term', { datasource: 'shop', term: 'CHURN' });
    expect(await remove()).toEqual([{ deleted: true }]);
    expect(await remove()).toEqual([{ deleted: false }]);
  });
});

describe('facts', () => {
  const tell = (fact: string, about?: string) =>
    callProcedure<{ knowledge_id: number; created: boolean }>(t.db, 'onto.usp_put_knowledge', {
      datasource: 'shop',
      fact,
      about,
    });

  test('are about everything, a table or a column, are kept once, and go', async () => {
    const [first] = await tell('we rent boats');
    expect(await tell(' we rent boats ')).toEqual([{ knowledge_id: first?.knowledge_id, created: false }]);
    await tell('pays', 'public.users');
    await tell('may be empty', 'public.users.email');
    expect((await readKnowledge(t.db, id)).map(({ about, fact }) => [about, fact])).toEqual([
      ['', 'we rent boats'],
      ['public.users', 'pays'],
      ['public.users.email', 'may be empty'],
    ]);
    await callProcedure(t.db, 'onto.usp_delete_knowledge', { datasource: 'shop', knowledge_id: first?.knowledge_id });
    expect(await readKnowledge(t.db, id)).toHaveLength(2);
  });

  test('about what is not there are refused', async () => {
    await expect(tell('x', 'public.nothing')).rejects.toThrow(/no table or column public\.nothing/);
    await expect(tell('  ')).rejects.toThrow(/1 to 2000/);
  });
});
