import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { readDags, readProgress } from '../../src/db/ontology-dag-queries.ts';
import { readColumns } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { projectFolder, type Ran, runCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createOntology, putTables } from '../support/ontology.ts';

let t: TestDatabase;
let id: number;
let folder: string;
beforeAll(async () => {
  t = await createTestDatabase();
  folder = projectFolder();
  id = await createOntology(t);
  await putTables(t, id, [
    { table_key: 'shop.orders', columns: { id: 'bigint', status: 'text', customer_id: 'bigint' } },
    { table_key: 'shop.customers', columns: { id: 'bigint', name: 'text' } },
  ]);
  await queryRows(
    t.db,
    `INSERT INTO onto.entity (ontology_id, schema_table_id, kind, name, created_at, updated_at)
     SELECT ontology_id, schema_table_id, 'entity', table_name, now(), now() FROM onto.schema_table`,
  );
});
afterAll(() => t.close());

const cli = (...args: string[]): Promise<Ran> => runCli(['ontology', ...args], folder, { DATABASE_URL: t.url });
const editStatus = (...more: string[]) =>
  cli('edit', 'shop', 'column', 'shop.orders.status', '--by', 'Eve', '--no-run', ...more);
const infer = (description: string) =>
  queryRows(
    t.db,
    `INSERT INTO onto.column_feature AS f (schema_column_id, classification_path, description, run_id, analyzed_at, updated_at)
     SELECT c.schema_column_id, 'text', ?, gen_random_uuid(), now(), now() FROM onto.schema_column AS c WHERE c.column_key = 'status'
     ON CONFLICT (schema_column_id) DO UPDATE SET description = EXCLUDED.description`,
    [description],
  );

test('a column is edited, looked at in the log, and given back to what is inferred', async () => {
  const set = await editStatus('--set', 'description=Where it is', '--set', 'synonyms=state, phase');
  expect(set.code, set.stderr).toBe(0);
  expect(set.stdout).toBe(
    'description of shop.orders.status: (none) -> "Where it is"\nsynonyms of shop.orders.status: (none) -> ["state","phase"]\n',
  );
  expect(set.stderr).toContain('Next: sproute ontology extract shop');
  const log = await cli('log', 'shop', '--target', 'shop.orders.status', '--source', 'human', '--json');
  expect(JSON.parse(log.stdout)).toMatchObject([
    { field: 'synonyms', changed_by: 'Eve' },
    { field: 'description', changed_by: 'Eve', after: 'Where it is' },
  ]);
  const unset = await editStatus('--unset', 'description', '--unset', 'role', '--json');
  expect(JSON.parse(unset.stdout)).toMatchObject({
    edits: [
      { field: 'description', changed: true, override_id: null },
      { field: 'role', changed: false },
    ],
    after: { dag_id: null },
  });
  const [column] = (await readColumns(t.db, id)).filter(({ subject_key }) => subject_key === 'shop.orders.status');
  expect(column).toMatchObject({ description: null, edited: 'synonyms' });
});

test.each([
  [['edit', 'shop', 'column', 'shop.orders.status', '--set', 'colour=red'], 2, /These can: description, semantic_type/],
  [['edit', 'shop', 'column', 'shop.orders.status', '--set', 'is_sensitive=yes'], 2, /is_sensitive is true or false/],
  [['edit', 'shop', 'column', 'shop.orders.state', '--set', 'role=x'], 1, /Did you mean shop\.orders\.status/],
  [['relationship', 'add', 'shop', 'shop.orders', 'shop.customers(id)'], 2, /names no columns/],
  [['edit', 'shop', 'column', 'shop.orders.status', '--set', 'role=flag'], 1, /role is primary_key, .* not "flag"/],
  [['pending', 'apply', 'shop'], 2, /Which of them/],
  [['pending', 'apply', 'shop', '999999'], 1, /Nothing is pending for 999999/],
])('%j is refused with a reason', async (args, code, reason) => {
  const ran = await cli(...args);
  expect(ran.stderr).toMatch(reason);
  expect(ran.code).toBe(code);
  expect(ran.stdout).toBe('');
});

test('edits of different things start small dags beside each other, of the same thing one', async () => {
  const entity = (key: string, name: string) =>
    cli('edit', 'shop', 'entity', key, '--set', `name=${name}`, '--as', 'agent', '--detach', '--json');
  const dagOf = (ran: Ran): number => JSON.parse(ran.stdout).after.dag_id;
  const [orders, customers] = await Promise.all([entity('shop.orders', 'Order'), entity('shop.customers', 'Customer')]);
  const again = await entity('shop.orders', 'Purchase');
  expect(again.stderr).toContain('A dag about entity shop.orders is under way');
  expect(dagOf(again)).toBeNull();
  const add = ['relationship', 'add', 'shop', 'shop.orders(customer_id)', 'shop.customers(id)', '--to-role', 'buyer'];
  const added = await cli(...add, '--detach', '--json');
  expect(added.code, added.stderr).toBe(0);
  const running = (await readDags(t.db, { datasource: 'shop', kind: 'ontology:item' })).filter(
    ({ status }) => status === 'RUNNING',
  );
  expect(running.map(({ dag_id, target }) => [dag_id, target]).toSorted()).toEqual(
    [
      [dagOf(orders), 'entity shop.orders'],
      [dagOf(customers), 'entity shop.customers'],
      [dagOf(added), 'relationship shop.orders(customer_id)->shop.customers(id)'],
    ].toSorted(),
  );
  expect((await readProgress(t.db, dagOf(orders))).map(({ name }) => name)).toEqual(['EntityEnrichment']);
  expect((await readProgress(t.db, dagOf(added))).map(({ name }) => name)).toEqual([
    'RelationshipDiscovery',
    'RelationshipEnrichment',
    'EntityEnrichment',
    'ColumnEnrichment',
  ]);
  const rejected = await cli(
    'relationship',
    'reject',
    'shop',
    'shop.orders(customer_id)->shop.customers(id)',
    '--no-run',
  );
  expect(rejected.stdout).toContain('"accepted" -> "rejected"');
});

test('what a run found under an edit is listed, refused and applied', async () => {
  await infer('first');
  await editStatus('--set', 'description=mine');
  await infer('second');
  const pending = async () => JSON.parse((await cli('pending', 'ls', 'shop', '--json')).stdout);
  const [row] = await pending();
  expect(row).toMatchObject({ key: 'shop.orders.status', edit: 'mine', found: 'second', edited_by: 'Eve' });
  const dry = await cli('pending', 'apply', 'shop', '--all', '--dry-run');
  expect(dry.stderr).toContain('1 would be decided; nothing was changed.');
  expect((await cli('pending', 'refuse', 'shop', String(row.id))).stdout).toContain('is "mine"');
  expect(await pending()).toEqual([]);
  await infer('third');
  const applied = await cli('pending', 'apply', 'shop', '--target', 'shop.orders.status', '--by', 'Ann', '--no-run');
  expect(applied.stdout).toBe('description of shop.orders.status is "third"\n');
  expect(await pending()).toEqual([]);
  const [last] = JSON.parse((await cli('log', 'shop', '--limit', '1', '--json')).stdout);
  expect(last).toMatchObject({ before: 'mine', after: 'third', changed_by: 'Ann' });
});

test('what people said goes through a file into another state of the database, conflicts named', async () => {
  await editStatus('--set', 'description=as exported');
  const out = await cli('export', 'shop', '-o', 'shop.json');
  expect(out.stderr).toContain('is written to shop.json');
  const document = await cli('export', 'shop');
  expect(JSON.parse(document.stdout)).toMatchObject({
    format: 'sproute-ontology',
    version: findContract('ontology_document').version,
    datasource: 'shop',
  });
  await editStatus('--set', 'description=said since');
  const refused = await cli('import', 'shop', 'shop.json');
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(/conflict +edit +shop\.orders\.status +description/);
  expect(refused.stderr).toContain('1 conflict:');
  const dry = await cli('import', 'shop', 'shop.json', '--dry-run', '--prefer', 'document', '--json');
  expect(JSON.parse(dry.stdout)).toMatchObject({ applied: false, conflicts: 0, changes: [{ action: 'change' }] });
  expect((await cli('import', 'shop', 'shop.json', '--prefer', 'document')).stdout).toContain('1 change made.');
  expect((await cli('export', 'shop')).stdout).toBe(document.stdout);
  writeFileSync(join(folder, 'other.json'), JSON.stringify({ ...JSON.parse(document.stdout), datasource: 'wares' }));
  const foreign = await cli('import', 'shop', 'other.json');
  expect(foreign.stderr).toContain('The document was exported from wares.');
  expect(foreign.stdout).toBe('The database has all of it already; nothing was changed.\n');
});
