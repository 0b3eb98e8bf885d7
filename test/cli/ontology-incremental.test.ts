import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDags, readItems } from '../../src/db/ontology-dag-queries.ts';
import { readColumns, readEntities, readTables } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { plannerOf } from '../../src/ontology/plan/planners.ts';
import { projectFolder, type Ran, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase } from '../support/datasource.ts';

const tables = `
  CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, email text UNIQUE, is_active boolean NOT NULL);
  CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, status text NOT NULL, total_cents bigint NOT NULL,
    currency text NOT NULL, placed_at timestamptz NOT NULL, removed_timestamp timestamptz);
  CREATE TABLE order_lines (order_id bigint REFERENCES orders, line integer, article text NOT NULL, quantity integer NOT NULL, PRIMARY KEY (order_id, line));
  CREATE TABLE audit_notes (id bigint PRIMARY KEY, note text NOT NULL, written_at timestamptz NOT NULL);
  INSERT INTO customers SELECT n, 'Customer ' || n, 'c' || n || '@example.org', n % 7 > 0 FROM generate_series(1, 200) AS n;
  INSERT INTO orders SELECT n, 1 + n % 200, (ARRAY['new', 'paid', 'sent'])[1 + n % 3], 100 * (n % 97), (ARRAY['EUR', 'USD'])[1 + n % 2],
    timestamptz '2024-01-01' + n * interval '1 hour', CASE WHEN n % 20 = 0 THEN timestamptz '2025-01-01' END FROM generate_series(1, 900) AS n;
  INSERT INTO order_lines SELECT n, k, 'Article ' || (n * k) % 50, k FROM generate_series(1, 900) AS n, generate_series(1, 2) AS k;
  INSERT INTO audit_notes SELECT n, 'Note number ' || n || ' says something', timestamptz '2024-01-01' + n * interval '1 day' FROM generate_series(1, 50) AS n;
  ANALYZE;`;

let t: TestDatabase;
let shop: CustomerDatabase;
let folder: string;
beforeAll(async () => {
  t = await createTestDatabase();
  shop = await createCustomerDatabase(tables);
  folder = projectFolder();
  await cli('datasource', 'add', 'shop', '--url-env', 'SHOP_URL');
});
afterAll(async () => {
  await shop.close();
  await t.close();
});

const cli = (...args: string[]): Promise<Ran> =>
  runCli(args, folder, { DATABASE_URL: t.url, SHOP_URL: shop.reader_url });
/** Nodes that nothing plans yet. */
const open = ontologyNodes
  .map(({ name }) => name)
  .filter((name) => {
    try {
      return plannerOf(name) === undefined;
    } catch {
      return true;
    }
  })
  .filter((name) => name !== 'GlossarySuggestion');

async function extract(): Promise<{ calls: number; items: string[]; changed: boolean; dag_id: number }> {
  const without = open.length > 0 ? ['--without', open.join(',')] : [];
  const ran = await cli('ontology', 'extract', 'shop', ...without, '--json');
  expect(ran.code, ran.stderr + ran.stdout).toBe(0);
  const { calls, changed, dag_id } = JSON.parse(ran.stdout);
  const rows = await readItems(t.db, dag_id);
  const items = rows.filter(({ is_plan }) => !is_plan).map(({ node, subject_key }) => `${node} ${subject_key}`);
  return { calls, changed, dag_id, items };
}
const exported = async () => (await cli('ontology', 'export', 'shop')).stdout;
const delta = async () => JSON.parse((await cli('ontology', 'delta', 'shop', '--json')).stdout);
const ontologyId = async () =>
  (await queryRows<{ ontology_id: number }>(t.db, 'SELECT ontology_id FROM onto.ontology'))[0]?.ontology_id ?? 0;

test('a second extraction asks nothing, and after changes only what depends on them is asked', async () => {
  const first = await extract();
  expect(first.calls).toBeGreaterThan(20);
  const before = await exported();
  expect(JSON.parse(before).tables).toHaveLength(4);

  const versions = async () => JSON.parse((await cli('ontology', 'ls', '--json')).stdout)[0].version;
  const version = await versions();
  const second = await extract();
  expect(second).toMatchObject({ calls: 0, changed: false, items: [] });
  expect(await exported()).toBe(before);
  expect(await versions()).toBe(version);
  expect(await delta()).toMatchObject({ tables: { added: [], dropped: [], changed: [] }, items: [], inferred: 0 });

  const id = await ontologyId();
  const edit = (...args: string[]) => cli('ontology', 'edit', 'shop', ...args, '--by', 'Eve', '--no-run');
  await edit('column', 'public.customers.name', '--set', 'description=What we call them');
  await edit('entity', 'public.customers', '--set', 'name=Buyer');
  await extract();
  expect((await delta()).items).toContainEqual(
    expect.objectContaining({
      node: 'EntityEnrichment',
      because: expect.stringMatching(/^what it depends .* was edited/),
    }),
  );
  const steady = await exported();
  expect(await extract()).toMatchObject({ calls: 0, items: [] });
  expect(await exported()).toBe(steady);

  await shop.query(
    `ALTER TABLE customers ADD COLUMN loyalty_points integer NOT NULL DEFAULT 0; DROP TABLE audit_notes`,
  );
  await shop.query('UPDATE customers SET loyalty_points = id * 3; ANALYZE customers');
  const third = await extract();
  expect(third.items).toContain('ColumnClassification public.customers.loyalty_points');
  // Keys are looked up in again: no model is asked for that.
  const elsewhere = third.items.filter(
    (item) =>
      !/^RelationshipDiscovery|loyalty_points/.test(item) && /public\.(orders|order_lines|audit_notes)/.test(item),
  );
  expect(elsewhere).toEqual([]);
  const classified = third.items.filter((item) => item.startsWith('ColumnClassification'));
  expect(classified).toEqual(['ColumnClassification public.customers.loyalty_points']);
  expect(await versions()).toBeGreaterThan(version);
  const report = await delta();
  expect(report).toMatchObject({
    dag_id: third.dag_id,
    tables: { added: [], dropped: ['public.audit_notes'] },
    columns: { added: ['public.customers.loyalty_points'], dropped: [] },
  });
  const why = Object.fromEntries(
    report.items.map(({ node, because }: { node: string; because: string }) => [node, because]),
  );
  expect(why).toMatchObject({
    SchemaProfile: 'its definition changed: public.customers.loyalty_points is new',
    ColumnClassification: 'it is new',
  });
  expect((await readTables(t.db, id)).map(({ table_key }) => table_key)).not.toContain('public.audit_notes');
  const name = (await readColumns(t.db, id)).find(({ subject_key }) => subject_key === 'public.customers.name');
  expect(name?.description).toBe('What we call them');
  expect((await readEntities(t.db, id, 'public.customers'))[0]?.name).toBe('Buyer');
  expect(await extract()).toMatchObject({ calls: 0, items: [] });

  const again = await cli('ontology', 'edit', 'shop', 'entity', 'public.orders', '--set', 'name=Purchase', '--json');
  expect(again.code, again.stderr).toBe(0);
  const { after } = JSON.parse(again.stdout);
  expect(after).toMatchObject({ status: 'COMPLETED', items: 1, failed: 0 });
  const [dag] = await readDags(t.db, { dag_id: after.dag_id });
  expect(dag).toMatchObject({ kind: 'ontology:item', target: 'entity public.orders', status: 'COMPLETED' });
  expect((await readEntities(t.db, id, 'public.orders'))[0]?.name).toBe('Purchase');
  const sensitive = await cli(
    'ontology',
    'edit',
    'shop',
    'column',
    'public.customers.email',
    '--set',
    'is_sensitive=true',
  );
  expect(sensitive.code, sensitive.stderr).toBe(0);
  const rows = await queryRows(t.db, 'SELECT * FROM onto.schema_column UNION ALL SELECT * FROM onto.schema_column');
  expect(JSON.stringify(rows)).not.toContain('@example.org');
});
