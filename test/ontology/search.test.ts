import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rank } from '../../src/ontology/serve/rank.ts';
import { searchOntology } from '../../src/ontology/serve/search-ontology.ts';
import { likeness, wordsOf } from '../../src/ontology/serve/words.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createShop } from '../support/served-shop.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
  await createShop(t);
});
afterAll(() => t.close());

const find = async (query: string, more: object = {}) =>
  (await searchOntology(t.db, { datasource: 'shop', query, ...more })).results;

describe('search_ontology finds what people call so', () => {
  test.each([
    ['customers', 'shop.customers', 'a name, in the plural'],
    ['client', 'shop.customers', 'an alias'],
    ['mail address', 'shop.customers', 'a synonym of a key column'],
    ['contact', 'shop.customers.email', 'a synonym of a column'],
    ['price', 'shop.orders.total', 'a synonym of a column'],
    ['refunded', 'shop.orders.state', 'the label of a value'],
    ['turnover', 'Revenue', 'another name of a term'],
    ['payee', 'shop.orders.payee_id', 'the role of a foreign key'],
    ['custmer', 'shop.customers', 'a slip'],
    ['ORDER LINES', 'shop."order lines"', 'any case, names with spaces'],
    ['what the order costs', 'shop.orders.total', 'a description'],
  ])('%s: %s (%s)', async (query, key) => {
    expect((await find(query))[0]).toMatchObject({ key });
  });

  test('only the kinds that are wanted, so many at most, and nothing for what is not there', async () => {
    expect(new Set((await find('order', { kinds: ['column'] })).map(({ kind }) => kind))).toEqual(new Set(['column']));
    expect(await find('order', { limit: 2 })).toHaveLength(2);
    expect(await find('zeppelin')).toEqual([]);
  });

  test('no value of a sensitive column is found', async () => {
    expect(await find('ann@example.org')).toEqual(
      expect.not.arrayContaining([expect.objectContaining({ key: 'shop.secrets.pin' })]),
    );
  });
});

test('words are compared without case, accents and the way names are written', () => {
  expect(wordsOf('orderLine_ID')).toEqual(['order', 'line', 'id']);
  expect(wordsOf('Crème brûlée-2')).toEqual(['creme', 'brulee', '2']);
  expect(wordsOf('顧客 名')).toEqual(['顧客', '名']);
  expect(likeness('companies', 'company')).toBe(0.95);
  expect(likeness('adress', 'address')).toBe(0.5);
  expect(likeness('id', 'paid')).toBe(0);
});

test('what has all the words comes before what has some, and what is called so before what speaks of it', () => {
  const things = [
    { key: 'a', texts: [['description', 'an order of a customer']] as const },
    { key: 'b', texts: [['name', 'order']] as const },
    { key: 'c', texts: [['name', 'customer order']] as const },
    { key: 'd', texts: [['name', 'invoice']] as const },
  ];
  expect(rank('customer order', things).map(({ thing }) => thing.key)).toEqual(['c', 'a', 'b']);
});

test('any query and any texts are ranked, the same each time', () => {
  const thing = fc.record({
    key: fc.string(),
    texts: fc.array(fc.tuple(fc.constantFrom('name', 'alias', 'description'), fc.string()), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.string(), fc.array(thing, { maxLength: 8 }), (query, things) => {
      const found = rank(query, things);
      expect(found).toEqual(rank(query, things));
      for (const { score } of found) expect(score).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('sproute ontology search and relationships tell people', async () => {
  const settings = { DATABASE_URL: t.url };
  const found = await runCli(['ontology', 'search', 'shop', 'customer', 'mail'], projectFolder(), settings);
  expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining('shop.customers') });
  expect(found.stderr).toContain("Next: sproute ontology show shop --depth columns --tables 'shop.customers'");
  const rejected = await runCli(
    ['ontology', 'relationships', 'shop', '--status', 'rejected'],
    projectFolder(),
    settings,
  );
  expect(rejected.stdout).toMatch(
    /^shop\.\S+->shop\.\S+\n {2}rejected, inferred.*; .+\n {2}An amount names no customer\.$/m,
  );
  const nothing = await runCli(['ontology', 'search', 'shop', 'zzz'], projectFolder(), settings);
  expect(nothing.stdout).toBe('Nothing of shop matches "zzz".\n');
});
