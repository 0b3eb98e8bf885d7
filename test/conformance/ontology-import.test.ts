import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readGlossary } from '../../src/db/ontology-glossary-queries.ts';
import { readOntologies } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables } from '../support/engine.ts';
import { claimItem, createOntology, endItem, putTables } from '../support/ontology.ts';

let t: TestDatabase;
let id: number;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  await emptyTables(t.db, 'onto.datasource', 'llm.dag', 'llm.dag_node', 'llm.job', 'llm.run');
  id = await createOntology(t);
  await putTables(t, id, [{ table_key: 'shop.orders', columns: { id: 'bigint', total: 'bigint' } }]);
});

const load = (document: object, options: object = {}) =>
  callProcedure<{ part: string; action: string; target_key: string }>(t.db, 'onto.usp_import_ontology', {
    datasource: 'shop',
    document,
    ...options,
  });
const term = (name: string, aliases: string[] = [], more: object = {}) => ({
  term: name,
  definition: `What ${name} is.`,
  source: 'user',
  aliases,
  ...more,
});
const words = async () =>
  (await readGlossary(t.db, id)).map((row) => `${row.term} (${row.term_key}): ${JSON.stringify(row.aliases)}`);
const version = async () => (await readOntologies(t.db, 'shop'))[0]?.version ?? 0;

test('names come in as they are kept, and the same document again changes nothing', async () => {
  const document = { glossary: [term(' Net   Revenue ', ['net  sales', 'Net Sales', 'net revenue', 'NR'])] };
  expect(await load(document)).toMatchObject([{ action: 'add', target_key: 'net revenue' }]);
  expect(await words()).toEqual(['Net Revenue (net revenue): ["NR","Net Sales"]']);
  expect(await load(document)).toEqual([]);
});

test('another name may go from one term of a document to another, but does not mean two things', async () => {
  await load({ glossary: [term('Revenue', ['Sales']), term('Income', ['Turnover'])] });
  const moved = { glossary: [term('Revenue', ['Turnover']), term('Income', ['Sales'])] };
  await load(moved, { prefer: 'document' });
  expect(await words()).toEqual(['Income (income): ["Sales"]', 'Revenue (revenue): ["Turnover"]']);
  const before = await queryRows(t.db, 'SELECT * FROM onto.change_log');
  await expect(load({ glossary: [term('Gain', ['revenue'])] })).rejects.toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringMatching(/one of the names of Gain is one of the term Revenue/),
  });
  await expect(load({ glossary: [term('Turnover')] })).rejects.toMatchObject({ code: 'INVALID_STATE' });
  expect(await queryRows(t.db, 'SELECT * FROM onto.change_log')).toEqual(before);
});

test('a relationship that nobody found is there once, whoever accepts it', async () => {
  const columns = { id: 'bigint', owner_id: 'bigint' };
  await putTables(t, id, [{ table_key: 'shop.carts', columns }], { kept: ['shop.orders'] });
  const accepted = (source: string) => ({
    target_kind: 'relationship',
    target_key: 'shop.carts(owner_id)->shop.orders(id)',
    field: 'status',
    source,
    value: 'accepted',
    from_table: 'shop.carts',
    from_columns: ['owner_id'],
    to_table: 'shop.orders',
    to_columns: ['id'],
  });
  const edits = [accepted('agent'), accepted('human')];
  expect(await load({ edits })).toMatchObject([{ action: 'add' }, { action: 'add' }]);
  expect(await queryRows(t.db, 'SELECT relationship_key, status FROM onto.relationship')).toEqual([
    { relationship_key: 'shop.carts(owner_id)->shop.orders(id)', status: 'accepted' },
  ]);
  expect(await load({ edits })).toEqual([]);
});

test('a term that an import removed is not suggested again', async () => {
  const suggest = async () => {
    const terms = [{ term: 'Order value', definition: 'What an order is worth.' }];
    const item = await claimItem(t, id, 'GlossarySuggestion', 'glossary_suggestion', 'ontology');
    return endItem(t, id, item, { terms, answer: { terms }, model: 'm' });
  };
  expect(await suggest()).toMatchObject({ kept: 1 });
  expect(await queryRows(t.db, "SELECT field FROM onto.change_log WHERE source = 'inferred' ORDER BY field")).toEqual(
    ['definition', 'source', 'term'].map((field) => ({ field })),
  );
  expect(await load({ glossary: [] }, { prune: true })).toMatchObject([
    { action: 'remove', target_key: 'order value' },
  ]);
  expect(await suggest()).toMatchObject({ terms: 1, kept: 0 });
  expect(await words()).toEqual([]);
});

test('an import raises the version once, as does each word of a person', async () => {
  const before = await version();
  const edit = {
    target_kind: 'column',
    target_key: 'shop.orders.total',
    field: 'description',
    source: 'human',
    value: 'x',
  };
  await load({ edits: [edit], glossary: [term('Revenue')], knowledge: [{ fact: ' Totals are in cents. ' }] });
  expect(await version()).toBe(before + 1);
  expect(await load({ knowledge: [{ fact: 'Totals are in cents.' }] })).toEqual([]);
  await callProcedure(t.db, 'onto.usp_put_glossary_term', {
    datasource: 'shop',
    term: 'Revenue',
    document: { definition: 'y' },
  });
  await callProcedure(t.db, 'onto.usp_put_knowledge', { datasource: 'shop', fact: 'Closed on Sundays.' });
  expect(await version()).toBe(before + 3);
  await callProcedure(t.db, 'onto.usp_put_knowledge', { datasource: 'shop', fact: 'Closed on Sundays.' });
  expect(await version()).toBe(before + 3);
});

test('what somebody typed over several lines is taken', async () => {
  const document = '\r\n\t{"definition": "all that came in"}\n';
  await callProcedure(t.db, 'onto.usp_put_glossary_term', { datasource: 'shop', term: 'Gross', document });
  expect(await queryRows(t.db, "SELECT definition FROM onto.glossary_term WHERE term_key = 'gross'")).toEqual([
    { definition: 'all that came in' },
  ]);
  const options = '\n\t{"statement_timeout_ms": 1000}\r\n';
  const datasource = { name: 'typed', engine: 'postgres', url_env: 'TYPED_URL' };
  await callProcedure(t.db, 'onto.usp_put_datasource', { ...datasource, options });
  const [{ options: kept } = {}] = await queryRows(t.db, "SELECT options FROM onto.datasource WHERE name = 'typed'");
  expect(kept).toEqual({ statement_timeout_ms: 1000 });
});

test.each([
  [{ edits: {} }, /are lists/],
  [{ edits: [1] }, /edit 1 .*an edit is about/],
  [{ glossary: ['x'] }, /term 1 .*no name/],
  [{ glossary: [term('A', [], { aliases: 'b' })] }, /term 1 \(A\): aliases is a json array/],
  [{ glossary: [term('A', [], { columns_used: [1] })] }, /aliases and columns_used are lists of texts/],
  [{ glossary: [term('A', [], { colour: 'red' })] }, /colour is no field of a term/],
  [{ glossary: [term('A'), term(' a ')] }, /term 1 .*twice/],
  [{ knowledge: [{ fact: '  ' }] }, /fact 1 has not 1 to 2000 characters/],
  [{ knowledge: ['x'] }, /fact 1 has not/],
])('a document with %o is refused with a reason', async (document, reason) => {
  await expect(load(document)).rejects.toMatchObject({
    code: 'INVALID_PAYLOAD',
    message: expect.stringMatching(reason),
  });
});
