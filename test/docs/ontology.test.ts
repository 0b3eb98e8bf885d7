import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { queryRows } from '../../src/db/query.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { packageRoot } from '../../src/package-root.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase } from '../support/datasource.ts';

const page = readFileSync(join(packageRoot, 'docs', 'ontology.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);

let t: TestDatabase;
let shop: CustomerDatabase;
beforeAll(async () => {
  t = await createTestDatabase();
  shop = await createCustomerDatabase(`
    CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, status text);
    INSERT INTO customers SELECT n, 'Customer ' || n FROM generate_series(1, 50) AS n;
    INSERT INTO orders SELECT n, 1 + n % 50, (ARRAY['new', 'paid', 'sent'])[1 + n % 3] FROM generate_series(1, 300) AS n;`);
});
afterAll(async () => {
  await shop.close();
  await t.close();
});

test('docs/ontology.md does what it says: commands and statements, with the built-in model', async () => {
  const folder = projectFolder();
  const settings = { DATABASE_URL: t.url, SHOP_URL: shop.reader_url, LOG_LEVEL: 'fatal' };
  const [commands = ''] = blocks('sh');
  let said = '';
  for (const line of commands.split('\n').filter((each) => each.startsWith('sproute '))) {
    const args = [...line.slice('sproute '.length).matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, plain = '']) => quoted ?? plain,
    );
    const ran = await runCli(args, folder, settings);
    expect(ran.code, `${line}: ${ran.stderr}`).toBe(0);
    said = ran.stdout;
  }
  expect(said).toContain('COMPLETED');
  for (const statement of blocks('sql')) await queryRows(t.db, statement);
  const edit = { datasource: 'shop', target_kind: 'column', target_key: 'public.orders.status', field: 'description' };
  expect(await callProcedure(t.db, 'onto.usp_delete_override', edit)).toEqual([{ deleted: false }]);
  expect(await queryRows(t.db, "SELECT status FROM onto.vw_relationship WHERE from_table = 'public.orders'")).toEqual([
    { status: 'accepted' },
  ]);
});

test('chosen tables are described again at once, and everything is asked again only on demand', async () => {
  const settings = { DATABASE_URL: t.url, SHOP_URL: shop.reader_url, LOG_LEVEL: 'fatal' };
  const cli = (...args: string[]) => runCli(['ontology', ...args], projectFolder(), settings);
  const enriched = await cli('enrich', 'shop', '--tables', 'public.orders', '--json');
  expect(enriched.code, enriched.stderr).toBe(0);
  expect(JSON.parse(enriched.stdout)).toMatchObject({
    status: 'COMPLETED',
    tables_enriched: ['public.orders'],
    tables_failed: {},
    duration_ms: expect.any(Number),
  });
  const history = JSON.parse((await cli('history', 'shop', '--json')).stdout);
  expect(history).toMatchObject([{ kind: 'ontology:item', target: 'public.orders', items: 2 }, { kind: 'ontology' }]);
  const unknown = await cli('enrich', 'shop', '--tables', 'public.nothing');
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('has no table "public.nothing"')]);
  const again = JSON.parse((await cli('extract', 'shop', '--json')).stdout);
  expect(again).toMatchObject({ status: 'COMPLETED', calls: 0 });
});

test('docs/ontology.md names every node, in order', () => {
  const rows = [...page.matchAll(/^\| ([A-Z][A-Za-z]+) \|/gm)].map(([, name]) => name);
  expect(rows.filter((name) => ontologyNodes.some((node) => node.name === name))).toEqual(
    ontologyNodes.map(({ name }) => name),
  );
});
