import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBusiness } from '../support/business.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase } from '../support/datasource.ts';

let t: TestDatabase;
let customer: CustomerDatabase;
const folder = projectFolder();

beforeAll(async () => {
  customer = await createCustomerDatabase('CREATE TABLE transactions (id bigint PRIMARY KEY, amount bigint)');
  t = await createTestDatabase();
  await createBusiness(t);
});
afterAll(async () => {
  await t.close();
  await customer.close();
});

const sproute = (...args: string[]) =>
  runCli(['ontology', ...args], folder, { DATABASE_URL: t.url, NO_SUCH_URL: customer.reader_url });

test('a term is added, tried on the datasource, changed, shown and removed', async () => {
  const sql = 'SELECT sum(amount) FROM transactions';
  const definition = 'What came in.';
  expect(await sproute('glossary', 'add', 'shop', 'Revenue', '--definition', definition, '--sql', sql)).toMatchObject({
    code: 0,
    stdout: 'The term Revenue is added.\n',
  });
  const wrong = await sproute('glossary', 'edit', 'shop', 'revenue', '--sql', 'DELETE FROM transactions');
  expect(wrong.stderr).toContain('The datasource does not take its statement');
  await sproute('glossary', 'edit', 'shop', ' REVENUE', '--sql', sql, '--aliases', 'income,earnings');
  const shown = await sproute('glossary', 'show', 'shop', 'Income', '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({
    term: 'Revenue',
    definition,
    sql_pattern: sql,
    sql_is_valid: true,
    sql_error: null,
    aliases: ['earnings', 'income'],
    source: 'user',
  });
  const bare = await sproute(
    'glossary',
    'edit',
    'shop',
    'revenue',
    '--aliases',
    '',
    '--base-table',
    'transactions',
    '--json',
  );
  expect(JSON.parse(bare.stdout)).toMatchObject({ aliases: [], base_table: 'public.transactions' });
  const nowhere = await sproute('glossary', 'edit', 'shop', 'revenue', '--base-table', 'public.nothing');
  expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('has no table "public.nothing"') });
  const twice = await sproute('glossary', 'add', 'shop', ' REVENUE ', '--definition', 'x');
  expect(twice.stderr).toBe(
    'INVALID_STATE: there is a term REVENUE already\nsproute ontology glossary edit changes it.\n',
  );
  expect((await sproute('glossary', 'ls', 'shop')).stdout).toContain('Revenue');
  expect((await sproute('glossary', 'rm', 'shop', 'revenue')).stdout).toBe('The term revenue is removed.\n');
  expect(await sproute('glossary', 'rm', 'shop', 'revenue')).toMatchObject({ code: 1 });
});

test('a term without a meaning, a change of nothing and an unknown term are refused in a sentence', async () => {
  expect(await sproute('glossary', 'add', 'shop', 'Churn')).toMatchObject({ code: 2 });
  expect(await sproute('glossary', 'edit', 'shop', 'Churn')).toMatchObject({ code: 2 });
  const unknown = await sproute('glossary', 'show', 'shop', 'Churn');
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no term "Churn".') });
});

test('a fact is told, listed and taken back', async () => {
  const told = await sproute('knowledge', 'add', 'shop', 'Users pay', '--about', 'public.users', '--json');
  const { knowledge_id } = JSON.parse(told.stdout);
  expect((await sproute('knowledge', 'add', 'shop', 'Users pay', '--about', 'public.users')).stdout).toContain(
    'known already',
  );
  const listed = await sproute('knowledge', 'ls', 'shop', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject([{ knowledge_id, about: 'public.users', fact: 'Users pay' }]);
  expect(await sproute('knowledge', 'add', 'shop', 'x', '--about', 'public.nothing')).toMatchObject({ code: 1 });
  expect((await sproute('knowledge', 'rm', 'shop', String(knowledge_id))).stdout).toContain('is taken back');
  expect(await sproute('knowledge', 'rm', 'shop', String(knowledge_id))).toMatchObject({ code: 1 });
});
