import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callProcedure } from '../../src/db/call.ts';
import { readDags, readProgress } from '../../src/db/ontology-dag-queries.ts';
import { readTables } from '../../src/db/ontology-queries.ts';
import { queryRows } from '../../src/db/query.ts';
import { ontologyNodes } from '../../src/ontology/nodes.ts';
import { finish, projectFolder, type Ran, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type CustomerDatabase, createCustomerDatabase } from '../support/datasource.ts';

const tables = `
  CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, email text);
  CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, status text);
  INSERT INTO customers SELECT n, 'Customer ' || n, n || '@example.org' FROM generate_series(1, 200) AS n;
  INSERT INTO orders SELECT n, 1 + n % 200, (ARRAY['new', 'paid', 'sent'])[1 + n % 3] FROM generate_series(1, 900) AS n;`;

let t: TestDatabase;
let shop: CustomerDatabase;
let folder: string;
let settings: Record<string, string>;

beforeAll(async () => {
  t = await createTestDatabase();
  folder = projectFolder();
});
afterAll(() => t.close());
beforeEach(async () => {
  await queryRows(t.db, 'TRUNCATE onto.datasource, llm.dag, llm.dag_node, llm.job, llm.run, llm.worker CASCADE');
  shop = await createCustomerDatabase(tables);
  settings = { DATABASE_URL: t.url, SHOP_URL: shop.reader_url };
  await callProcedure(t.db, 'onto.usp_put_datasource', { name: 'shop', engine: 'postgres', url_env: 'SHOP_URL' });
  return () => shop.close();
});

const cli = (...args: string[]): Promise<Ran> => runCli(args, folder, settings);
/** What follows from the schema is for tests of its own. */
const schemaOnly = [
  '--without',
  ontologyNodes
    .map(({ name }) => name)
    .filter((name) => name !== 'SchemaProfile')
    .join(','),
];
const extract = (...more: string[]) => cli('ontology', 'extract', 'shop', ...schemaOnly, ...more);
const ontologyId = async () =>
  (await queryRows<{ ontology_id: number }>(t.db, 'SELECT ontology_id FROM onto.ontology'))[0]?.ontology_id ?? 0;
const lastDag = async () => (await readDags(t.db, { datasource: 'shop', limit: 1 }))[0];

describe('an extraction', () => {
  test('profiles every table, and again only what changed', async () => {
    const first = await extract('--json');
    expect(first.code, first.stderr).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({
      datasource: 'shop',
      status: 'COMPLETED',
      changed: true,
      delta: { tables_added: 2 },
      nodes: [{ name: 'SchemaProfile', status: 'COMPLETED', done: 2, failed: 0, total: 2 }],
      failures: [],
      calls: 0,
    });
    expect(first.stderr).toContain('✓ Collecting column metadata (2/2): found 2 tables with 6 columns and 1 declared');
    const found = await readTables(t.db, await ontologyId());
    expect(found.map((row) => [row.table_key, row.profile_status, row.row_count])).toEqual([
      ['public.customers', 'PROFILED', 200],
      ['public.orders', 'PROFILED', 900],
    ]);
    const columns = () => queryRows(t.db, 'SELECT xmin::text, * FROM onto.schema_column ORDER BY schema_column_id');
    const before = await columns();
    const second = await extract();
    expect(second.stdout).toMatch(/^No changes detected \(/);
    expect(await columns()).toEqual(before);

    await shop.query(
      'ALTER TABLE orders ADD COLUMN note text; DROP TABLE customers CASCADE; CREATE TABLE items (id int)',
    );
    await shop.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${shop.reader}`);
    const third = JSON.parse((await extract('--json')).stdout);
    expect(third).toMatchObject({
      delta: { tables_added: 1, tables_dropped: 1, columns_added: 1 },
      nodes: [{ total: 2, message: expect.stringContaining('1 new, 1 gone (public.customers)') }],
    });
    expect((await readTables(t.db, await ontologyId())).map(({ table_key }) => table_key)).toEqual([
      'public.items',
      'public.orders',
    ]);
    await shop.query(`DROP TABLE orders, items; CREATE TABLE other (id int); GRANT SELECT ON other TO ${shop.reader}`);
    expect((await extract()).stderr).toContain('none that was known before: is it the right database?');
  });

  test('says before what it would do, and changes nothing', async () => {
    const { code, stdout } = await extract('--dry-run', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ nodes: [{ node: 'SchemaProfile', items: 2 }], cost: null });
    expect(await queryRows(t.db, 'SELECT * FROM onto.ontology')).toEqual([]);
  });

  test('is about the tables that the datasource lets in, and about chosen ones', async () => {
    await cli('datasource', 'add', 'shop', '--url-env', 'SHOP_URL', '--exclude-tables', 'cust*', '--row-limit', '500');
    await extract();
    const [orders, ...others] = await readTables(t.db, await ontologyId());
    expect(others).toEqual([]);
    expect(orders).toMatchObject({ table_key: 'public.orders', is_row_count_exact: false });
    const refused = await extract('--tables', 'public.nothing');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('has no table public.nothing');
    const full = await extract('--tables', 'public.orders', '--full', '--yes', '--json');
    expect(JSON.parse(full.stdout).nodes).toMatchObject([{ total: 1 }]);
  });

  test('whose login sees no table any more keeps what is known, fails, and goes on with a retry', async () => {
    await extract();
    await shop.query(`REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM ${shop.reader}`);
    const failed = await extract();
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      'Collecting column metadata: DATASOURCE_FAILED: The login of the datasource shop may read none of 2 tables any more.',
    );
    expect(failed.stderr).toContain('Next: sproute ontology retry shop');
    const status = await cli('ontology', 'status', 'shop');
    expect(status.stdout).toMatch(/FAILED\n└─ ✗ Collecting column metadata: The login of .* any more/);
    expect(await readTables(t.db, await ontologyId())).toHaveLength(2);
    await shop.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${shop.reader}`);
    const retried = await cli('ontology', 'retry', 'shop');
    expect(retried.code, retried.stderr).toBe(0);
    expect((await cli('ontology', 'retry', 'shop')).stdout).toContain('No item of dag');
  });

  test('of everything again says before what that costs, also of what came from the cache', async () => {
    await extract();
    await queryRows(
      t.db,
      `INSERT INTO onto.answer (ontology_id, job_type, subject_key, input_sha256, contract_name, contract_version, model, answer, run_id, answered_at)
       SELECT ontology_id, 'enum_analysis', CASE n WHEN 1 THEN 'public.orders.status' ELSE n::text END, repeat('a', 64), 'enum_analysis', '1.0.0', 'm', '{}', gen_random_uuid(), now()
       FROM onto.ontology, generate_series(1, 10) AS n`,
    );
    await queryRows(
      t.db,
      `INSERT INTO llm.call (run_id, call_no, chunk_index, purpose, request_sha256, cache_hit, model, input_tokens, output_tokens, cost_usd, duration_ms, started_at)
       SELECT run_id, 1, 0, 'extract', repeat('a', 64), subject_key BETWEEN '5' AND 'a', 'm', CASE WHEN subject_key BETWEEN '5' AND 'a' THEN 0 ELSE 1000 END, CASE WHEN subject_key BETWEEN '5' AND 'a' THEN 0 ELSE 50 END,
           CASE WHEN subject_key BETWEEN '5' AND 'a' THEN 0 ELSE 0.02 END, 1, now() FROM onto.answer WHERE model = 'm'`,
    );
    const asked = await extract('--full');
    const one = await extract('--full', '--tables', 'public.orders');
    expect(one.stderr).toContain(
      'Everything about 1 table is asked again: about 1 answers, 1 model calls, 1 000 tokens',
    );
    expect(asked.stderr).toContain(
      'Everything is asked again: about 10 answers, 10 model calls, 10 000 tokens in, 500 out, 0.20 USD. Edits stay.',
    );
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('CONFIRMATION_REQUIRED')]);
  });

  test('names what is wrong with its options', async () => {
    const wrong = await cli('ontology', 'extract', 'shop', '--without', 'SchemaProfile');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('no node that can be left out')]);
    const unknown = await cli('ontology', 'extract', 'nowhere');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('No datasource is called "nowhere"')]);
    const nobody = await cli('ontology', 'status', 'nowhere');
    expect(nobody.stderr).toContain('No datasource is called "nowhere"');
    const none = await cli('ontology', 'status', 'shop');
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('has not been extracted')]);
  });
});

test('a datasource that is not set up is refused at once; one with nothing to read says so', async () => {
  const { SHOP_URL: _, ...bare } = settings;
  const refused = await runCli(['ontology', 'extract', 'shop'], folder, bare);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the environment variable SHOP_URL is not set'),
  });
  expect(await readDags(t.db, { datasource: 'shop' })).toEqual([]);
  await shop.query(`REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM ${shop.reader}`);
  const blind = await cli('ontology', 'extract', 'shop');
  expect(blind).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Nothing is known of shop: its login may read none of 2 tables\. Grant it SELECT/),
    stderr: expect.stringContaining('✓ Discovering entities: no entities: no table may be read'),
  });
  await shop.query('DROP TABLE orders, customers');
  const empty = await cli('ontology', 'extract', 'shop');
  expect(empty).toMatchObject({
    stdout: expect.stringMatching(/^Nothing is known of shop: its login sees no table\./),
    stderr: expect.stringContaining('no entities: there is no table'),
  });
});

describe('a detached extraction', () => {
  beforeEach(async () => {
    expect((await extract('--detach', '--json')).code).toBe(0);
  });

  test('is the only one of its datasource, is done by whoever runs jobs, and is watched', async () => {
    const waiting = await cli('ontology', 'status', 'shop');
    expect(waiting.stderr).toContain('No runner is at work on it: sproute ontology extract shop goes on with it');
    const other = await extract('--full', '--yes');
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('is being extracted (dag')]);
    const watching = finish(startCli(['ontology', 'status', 'shop', '--watch'], folder, settings));
    expect((await cli('run', '--drain')).code).toBe(0);
    const watched = await watching;
    expect(watched.stdout).toContain('COMPLETED\n└─ ✓ Collecting column metadata (2/2)');
    const listed = JSON.parse((await cli('ontology', 'ls', '--json')).stdout);
    expect(listed).toMatchObject([{ datasource: 'shop', version: 1, tables: 2, last_status: 'COMPLETED' }]);
    const history = JSON.parse((await cli('ontology', 'history', 'shop', '--json')).stdout);
    expect(history).toMatchObject([{ kind: 'ontology', status: 'COMPLETED', items: 2, failed: 0 }]);
  });

  test('is cancelled: what is open is skipped, and the next one does what was not done', async () => {
    const { stdout } = await cli('ontology', 'cancel', 'shop');
    expect(stdout).toMatch(/^Dag \d+ is cancelled: its open phases are skipped, 1 job will not be done\./);
    const dag = await lastDag();
    expect((await readProgress(t.db, dag?.dag_id ?? 0)).map(({ status, dag_status }) => [status, dag_status])).toEqual([
      ['SKIPPED', 'CANCELLED'],
    ]);
    expect((await cli('ontology', 'cancel', 'shop')).stdout).toContain('Nothing of shop runs');
    expect(dag).toMatchObject({ status: 'CANCELLED', failed: 0 });
    expect(JSON.parse((await extract('--json')).stdout)).toMatchObject({
      status: 'COMPLETED',
      delta: { tables_added: 2 },
    });
  });

  test('keeps its ontology from being deleted until it is cancelled', async () => {
    const words = ['--confirm', 'delete ontology'];
    const refused = await cli('ontology', 'delete', 'shop', ...words);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('DAG_RUNNING')]);
    await cli('ontology', 'cancel', 'shop');
    expect((await cli('ontology', 'delete', 'shop')).stderr).toContain('Add --confirm "delete ontology" to go ahead.');
    expect((await cli('ontology', 'delete', 'shop', '--confirm', 'yes')).stderr).toContain('CONFIRMATION_REQUIRED');
    expect((await cli('ontology', 'delete', 'shop', ...words)).stdout).toContain('The ontology of shop is deleted');
    expect(await queryRows(t.db, 'SELECT * FROM onto.ontology')).toEqual([]);
  });
});

/** A view that takes long to read, so that something is under way. */
const slow = 'CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(30)::text AS waited';

/** Waits until the extraction reads the slow view. */
async function untilReading(): Promise<void> {
  for (;;) {
    const rows = await queryRows(t.db, "SELECT 1 FROM llm.job WHERE subject = 'public.slow' AND status = 'RUNNING'");
    const asked = await shop.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'sproute datasource' AND state = 'active' AND datname = current_database()",
    );
    if (rows.length > 0 && asked.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('an extraction that is killed goes on where it was with the same command', async () => {
  await shop.query(`${slow}; GRANT SELECT ON slow TO ${shop.reader}`);
  const child = startCli(['ontology', 'extract', 'shop', ...schemaOnly], folder, settings);
  await untilReading();
  child.kill('SIGKILL');
  await finish(child);
  // The server reads on for somebody who is gone.
  await shop.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sproute datasource' AND datname = current_database()",
  );
  await shop.query('DROP VIEW slow; CREATE VIEW slow AS SELECT 1 AS id, NULL::text AS waited');
  await shop.query(`GRANT SELECT ON slow TO ${shop.reader}`);
  // Nobody waits a minute for the lease in a test.
  await queryRows(t.db, "UPDATE llm.job SET lease_expires_at = now() WHERE status = 'RUNNING'");
  const other = await cli('ontology', 'extract', 'shop', '--glossary');
  expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('The same command as then, or')]);
  const again = await cli('ontology', 'extract', 'shop', ...schemaOnly, '--json');
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain('is under way since');
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'COMPLETED', nodes: [{ done: 3, total: 3, failed: 0 }] });
  expect(await readDags(t.db, { datasource: 'shop' })).toHaveLength(1);
});

test('Ctrl-C drains, says how to go on, and leaves nothing half-done', async () => {
  await shop.query(`${slow}; GRANT SELECT ON slow TO ${shop.reader}`);
  const child = startCli(['ontology', 'extract', 'shop'], folder, settings);
  const ended = finish(child);
  await untilReading();
  child.kill('SIGINT');
  // What is under way may end by itself; here it ends sooner, whatever statement it has come to.
  let isOver = false;
  const over = ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await shop.query(
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'sproute datasource' AND state = 'active' AND datname = current_database()",
    );
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  const { code, stderr } = await ended;
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('goes on with it (or sproute run), ontology cancel ends it'),
  ]);
  expect(await queryRows(t.db, "SELECT 1 FROM llm.job WHERE status = 'RUNNING'")).toEqual([]);
});
