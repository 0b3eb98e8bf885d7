import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { getGlossary } from '../../src/ontology/serve/get-glossary.ts';
import {
  getOntology,
  type OntologyAnswer,
  type OntologyQuestion,
  ontologyAnswerSchema,
} from '../../src/ontology/serve/get-ontology.ts';
import { listRelationships } from '../../src/ontology/serve/list-relationships.ts';
import { comparePlaces, tokensOf } from '../../src/ontology/serve/page.ts';
import { searchOntology } from '../../src/ontology/serve/search-ontology.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createOntology, putTables } from '../support/ontology.ts';
import { createShop, putRelationship } from '../support/served-shop.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
  await createShop(t);
});
afterAll(() => t.close());

const get = (more: Partial<OntologyQuestion>) => getOntology(t.db, { datasource: 'shop', ...more });
const failure = async (work: Promise<unknown>) => {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (error instanceof Error && 'code' in error && 'hint' in error) return [error.code, error.message, error.hint];
  throw new Error('it did not fail');
};

/** All pages of an answer, each checked against its schema and its budget. */
async function pages(question: Partial<OntologyQuestion>): Promise<OntologyAnswer[]> {
  const found: OntologyAnswer[] = [];
  let cursor: string | undefined;
  do {
    const answer: OntologyAnswer = ontologyAnswerSchema.parse(await get({ ...question, cursor }));
    expect(Math.abs(answer.page.tokens - tokensOf(answer))).toBeLessThanOrEqual(3);
    found.push(answer);
    cursor = answer.page.next_cursor;
    expect(answer.page.left_out === undefined).toBe(cursor === undefined);
  } while (cursor !== undefined && found.length < 100);
  return found;
}

describe('get_ontology', () => {
  test('domain: description, domains, conventions, counts, terms, which entity refers to which', async () => {
    expect(await get({})).toEqual({
      datasource: 'shop',
      engine: 'postgres',
      version: expect.any(Number),
      depth: 'domain',
      domain: {
        description: 'Orders of a shop and the people behind them.',
        primary_domains: ['billing', 'people'],
        conventions: {
          soft_delete: { enabled: true, column: 'deleted_at', filter: 'deleted_at IS NULL' },
          currency: { default_currency: 'USD', format: 'cents' },
        },
        counts: {
          tables: 5,
          columns: 15,
          entities: 3,
          bridges: 1,
          relationships: 3,
          glossary_terms: 2,
          declared_foreign_keys: 0,
          skipped_tables: 1,
        },
      },
      glossary: [
        { term: 'Active customer', definition: 'One who was not taken out.', base_table: 'shop.customers' },
        { term: 'Revenue', definition: 'What completed orders brought in.', base_table: 'shop.orders' },
      ],
      relationship_graph: [
        {
          from: 'Order Line',
          to: 'Order',
          from_table: 'shop."order lines"',
          to_table: 'shop.orders',
          label: 'order',
          cardinality: 'N:1',
        },
        {
          from: 'Order',
          to: 'Customer',
          from_table: 'shop.orders',
          to_table: 'shop.customers',
          label: 'payee',
          cardinality: 'N:1',
        },
        {
          from: 'Order',
          to: 'Customer',
          from_table: 'shop.orders',
          to_table: 'shop.customers',
          label: 'payer',
          cardinality: 'N:1',
        },
      ],
      notes: ['1 tables could not be read: shop.locked (permission denied).'],
      page: { tokens: expect.any(Number), max_tokens: 2_000, returned: 5, total: 5 },
    });
  });

  test('entities: names, edits over what was inferred, aliases, key columns with synonyms, where they occur', async () => {
    const { entities = [] } = await get({ depth: 'entities' });
    expect(entities.map(({ name }) => name)).toEqual(['Order Line', 'Customer', 'Order', 'Secret']);
    expect(entities[1]).toEqual({
      name: 'Customer',
      table: 'shop.customers',
      kind: 'entity',
      description: 'Somebody we know by mail.',
      domain: 'people',
      aliases: ['buyer', 'client'],
      key_columns: [{ name: 'email', synonyms: ['mail address'] }],
      occurrence_count: 2,
      occurrences: [
        { table: 'shop.orders', columns: ['payee_id'], role: 'payee' },
        { table: 'shop.orders', columns: ['payer_id'], role: 'payer' },
      ],
      edited: ['description'],
    });
  });

  test('tables: business names, columns in brief, joins in both directions; partitions only where they are named', async () => {
    const { tables = [] } = await get({ depth: 'tables' });
    expect(tables.map(({ table }) => table)).toEqual([
      'shop."order lines"',
      'shop.customers',
      'shop.events',
      'shop.orders',
      'shop.secrets',
    ]);
    expect(tables[3]).toMatchObject({
      business_name: 'Order',
      domain: 'billing',
      aliases: ['purchase'],
      column_count: 5,
      relationships: {
        references: [
          {
            columns: ['payee_id'],
            to_table: 'shop.customers',
            to_columns: ['id'],
            cardinality: 'N:1',
            to_role: 'payee',
          },
          {
            columns: ['payer_id'],
            to_table: 'shop.customers',
            to_columns: ['id'],
            to_role: 'payer',
            description: 'The customer who pays.',
          },
        ],
        referenced_by: [
          { columns: ['id'], from_table: 'shop."order lines"', from_columns: ['order_id'], cardinality: 'N:1' },
        ],
      },
      columns: [
        { name: 'id', type: 'bigint', is_primary_key: true },
        { name: 'payer_id', role: 'foreign_key', references: [{ table: 'shop.customers', column: 'id' }] },
        { name: 'payee_id' },
        { name: 'state', role: 'dimension' },
        { name: 'total', role: 'measure' },
      ],
    });
    expect((await get({ depth: 'tables', tables: ['events_2025'] })).tables).toMatchObject([
      { table: 'shop.events_2025', kind: 'partition' },
    ]);
    const without = await get({ depth: 'tables', include_relationships: false });
    expect(JSON.stringify(without)).not.toMatch(/relationships|references/);
  });

  test('columns: everything about each, and no value of a sensitive one', async () => {
    const { tables = [] } = await get({ depth: 'columns', tables: ['orders', 'shop.secrets'] });
    const [orders, secrets] = tables;
    expect(orders?.columns.find(({ name }) => name === 'state')).toEqual({
      name: 'state',
      type: 'text',
      role: 'dimension',
      is_nullable: true,
      description: 'How far the order is.',
      semantic_type: 'status',
      enum_values: [
        { value: 'C', label: 'Completed', category: 'terminal_success' },
        { value: 'R', label: 'Refunded', category: 'terminal_error' },
      ],
      statistics: { rows: 100, nulls: 0, distinct: 3, is_distinct_exact: true, min: 'a', max: 'z' },
      confidence: 0.9,
    });
    expect(orders?.columns.find(({ name }) => name === 'payer_id')).toMatchObject({
      fk_role: 'payer',
      references: [{ table: 'shop.customers', column: 'id' }],
    });
    expect(secrets?.columns.find(({ name }) => name === 'pin')).toEqual({
      name: 'pin',
      type: 'text',
      is_nullable: true,
      is_sensitive: true,
      description: 'What opens the door.',
      statistics: { rows: 100, nulls: 0, distinct: 3, is_distinct_exact: true },
      edited: ['description', 'is_sensitive'],
    });
  });

  test.each(['domain', 'entities', 'tables', 'columns'] as const)(
    '%s in small pages is the same as at once, whatever the budget, and says what is left out',
    async (depth) => {
      const whole = await get({ depth, max_tokens: 100_000 });
      expect(whole.page.next_cursor).toBeUndefined();
      for (const max_tokens of [400, 700, 1_500]) {
        const found = await pages({ depth, max_tokens });
        expect(found.flatMap(({ glossary = [] }) => glossary)).toEqual(whole.glossary ?? []);
        expect(found.flatMap(({ relationship_graph = [] }) => relationship_graph)).toEqual(
          whole.relationship_graph ?? [],
        );
        expect(found.flatMap(({ entities = [] }) => entities)).toEqual(whole.entities ?? []);
        const columns = (answers: OntologyAnswer[]) =>
          answers.flatMap(({ tables = [] }) =>
            tables.flatMap((table) => table.columns.map((column) => ({ ...column, table: table.table }))),
          );
        expect(columns(found)).toEqual(columns([whole]));
        // One thing is told even where it takes more than there is.
        for (const { page, tables = [], entities = [], glossary = [], relationship_graph = [] } of found) {
          const told =
            tables.flatMap((table) => table.columns).length +
            entities.length +
            glossary.length +
            relationship_graph.length;
          if (told > 1) expect(page.tokens).toBeLessThanOrEqual(max_tokens);
        }
      }
      expect((await pages({ depth, max_tokens: 400 })).length).toBeGreaterThan(1);
    },
  );

  test('a page goes on where it stopped although tables came and went between', async () => {
    const id = await createOntology(t, 'moving');
    const columns = { id: 'bigint', name: 'text', note: 'text', more: 'text' };
    const table = (name: string) => ({ table_key: `m.${name}`, columns });
    await putTables(t, id, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(table));
    const first = await get({ datasource: 'moving', depth: 'tables', max_tokens: 400 });
    const told = first.tables?.map((each) => each.table) ?? [];
    await putTables(t, id, ['aa', 'b', 'd', 'e', 'ee', 'f', 'g', 'h', 'i'].map(table));
    const rest = [];
    let cursor = first.page.next_cursor;
    while (cursor !== undefined) {
      const answer = await get({ datasource: 'moving', depth: 'tables', max_tokens: 400, cursor });
      rest.push(...(answer.tables ?? []).map((each) => each.table));
      cursor = answer.page.next_cursor;
    }
    expect(told[0]).toBe('m.a');
    const last = told.at(-1) ?? '';
    expect([...new Set(rest)].filter((name) => name > last)).toEqual(
      ['m.aa', 'm.b', 'm.d', 'm.e', 'm.ee', 'm.f', 'm.g', 'm.h', 'm.i'].filter((name) => name > last),
    );
  });

  test('what is asked wrongly is told what to ask', async () => {
    expect(await failure(get({ datasource: 'shopp' }))).toEqual([
      'NOT_FOUND',
      'There is no ontology of "shopp".',
      expect.stringMatching(/^There are shop\b/),
    ]);
    expect(await failure(get({ tables: ['orderz'] }))).toEqual([
      'NOT_FOUND',
      'The ontology of shop has no table "orderz".',
      expect.stringMatching(/^It has shop\.orders, /),
    ]);
    const { page } = await get({ depth: 'tables', max_tokens: 400 });
    expect(await failure(get({ depth: 'columns', cursor: page.next_cursor }))).toEqual([
      'INPUT_INVALID',
      'This cursor belongs to another question.',
      expect.stringMatching(/same arguments/),
    ]);
    expect(await failure(get({ cursor: 'x' }))).toEqual([
      'INPUT_INVALID',
      'This cursor is none that was given out.',
      expect.any(String),
    ]);
    expect(await failure(get({ max_tokens: 1 }))).toEqual([
      'INPUT_INVALID',
      expect.stringMatching(/^max_tokens: .*400/),
      expect.stringMatching(/^The arguments are datasource \(required\), depth, /),
    ]);
  });

  test('an ontology that nothing is known of yet says so', async () => {
    await createOntology(t, 'empty');
    expect(await get({ datasource: 'empty' })).toMatchObject({
      domain: { primary_domains: [], conventions: {}, counts: { tables: 0, columns: 0 } },
      notes: [expect.stringContaining('sproute ontology extract empty')],
    });
    for (const depth of ['entities', 'tables', 'columns'] as const)
      expect((await get({ datasource: 'empty', depth })).page).toMatchObject({ returned: 0, total: 0 });
  });
});

test('two datasources of the same tables are told apart, by cursors too', async () => {
  const id = await createOntology(t, 'twin');
  await putTables(
    t,
    id,
    ['customers', 'orders'].map((name) => ({ table_key: `shop.${name}`, columns: { id: 'bigint' } })),
  );
  await putRelationship(t, id, ['shop.orders', 'id'], ['shop.customers', 'id'], {
    status: 'accepted',
    provenance: 'manual',
  });
  const twin = await get({ datasource: 'twin' });
  expect(twin).toMatchObject({
    domain: {
      primary_domains: [],
      counts: { tables: 2, columns: 2, entities: 0, relationships: 1, glossary_terms: 0 },
    },
    relationship_graph: [{ from: 'shop.orders', to: 'shop.customers' }],
  });
  expect((await get({ datasource: 'twin', depth: 'entities' })).entities).toEqual([]);
  expect((await searchOntology(t.db, { datasource: 'twin', query: 'email turnover' })).results).toEqual([]);
  expect((await listRelationships(t.db, { datasource: 'twin', status: 'all' })).page.total).toBe(1);
  expect((await getGlossary(t.db, { datasource: 'twin' })).terms).toEqual([]);
  expect((await get({})).domain?.counts).toMatchObject({ tables: 5, relationships: 3 });
  const { page } = await get({ depth: 'tables', max_tokens: 400 });
  expect(await failure(get({ datasource: 'twin', depth: 'tables', cursor: page.next_cursor }))).toEqual([
    'INPUT_INVALID',
    'This cursor belongs to another question.',
    expect.any(String),
  ]);
});

test('what an answer is put together from is of one moment, whatever is written meanwhile', async () => {
  const id = await createOntology(t, 'moment');
  await putTables(
    t,
    id,
    ['a', 'b'].map((name) => ({ table_key: `m.${name}`, columns: { id: 'bigint', b_id: 'bigint' } })),
  );
  await putRelationship(t, id, ['m.a', 'b_id'], ['m.b', 'id'], { status: 'accepted', provenance: 'inferred' });
  const writer = new pg.Client({ connectionString: t.url });
  await writer.connect();
  try {
    // The answer has read which tables there are and waits here.
    await writer.query('BEGIN; LOCK TABLE onto.relationship IN ACCESS EXCLUSIVE MODE');
    const answer = get({ datasource: 'moment', depth: 'tables' });
    const waiting = `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'onto.relationship'::regclass
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await expect.poll(() => queryRows(t.db, waiting), { timeout: 120_000 }).toHaveLength(1);
    await writer.query(
      `UPDATE onto.schema_column SET data_type = 'text' WHERE schema_table_id IN
         (SELECT schema_table_id FROM onto.schema_table WHERE ontology_id = ${id});
       DELETE FROM onto.relationship WHERE ontology_id = ${id}; COMMIT`,
    );
    const { tables = [] } = await answer;
    expect(tables[0]).toMatchObject({ relationships: { references: [{ to_table: 'm.b' }] } });
    expect(tables[0]?.columns.map(({ type }) => type)).toEqual(['bigint', 'bigint']);
  } finally {
    await writer.end();
  }
});

test('places are ordered part by part', () => {
  expect(comparePlaces(['a', 2], ['a', 10])).toBeLessThan(0);
  expect(comparePlaces(['a'], ['a', 0])).toBeLessThan(0);
  expect(comparePlaces(['b'], ['a', 9])).toBeGreaterThan(0);
  expect(comparePlaces(['a', 1], ['a', 1])).toBe(0);
});

test('sproute ontology show tells people the same at each depth, with the notes on stderr', async () => {
  const folder = projectFolder();
  const settings = { DATABASE_URL: t.url };
  const domain = await runCli(['ontology', 'show', 'shop'], folder, settings);
  expect(domain).toMatchObject({ code: 0, stdout: expect.stringContaining('Order -> Customer (payer) N:1') });
  expect(domain.stderr).toContain('shop.locked (permission denied)');
  const columns = await runCli(
    ['ontology', 'show', 'shop', '--depth', 'columns', '--tables', 'orders'],
    folder,
    settings,
  );
  expect(columns.stdout).toContain('state text [status]  How far the order is.  Values: C = Completed, R = Refunded');
  const json = await runCli(
    ['ontology', 'show', 'shop', '--depth', 'entities', '--max-tokens', '400', '--json'],
    folder,
    settings,
  );
  const answer: OntologyAnswer = JSON.parse(json.stdout);
  expect(answer).toEqual(await get({ depth: 'entities', max_tokens: 400 }));
  expect(answer.page.next_cursor).toBeDefined();
  const wrong = await runCli(
    ['ontology', 'show', 'shop', '--depth', 'tables', '--tables', 'nothing'],
    folder,
    settings,
  );
  expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('has no table "nothing"') });
  expect(await queryRows(t.db, "SELECT 1 FROM onto.change_log WHERE source = 'inferred'")).toEqual([]);
});
