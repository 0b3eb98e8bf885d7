import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';
import { takeDeployLock } from '../../src/db/deploy-postgres/lock.ts';
import { migrate, migrationStatus } from '../../src/db/migrate.ts';
import { queryRows } from '../../src/db/query.ts';
import { sqlFolder } from '../../src/db/sql-files.ts';
import { engineOf, redactUrl } from '../../src/db/url.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const registry = { contracts: loadContracts(), job_types: loadJobTypes() };
let t: TestDatabase;
let root: string;
beforeAll(async () => {
  t = await createTestDatabase();
});
afterAll(() => t.close());
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sproute-sql-'));
  cpSync(sqlFolder, root, { recursive: true });
});

/** The migrations of this program, in order. */
const landed = readdirSync(join(sqlFolder, 'migrations', 'postgres')).sort();
const numbered = (number: number, name: string) => `${String(number).padStart(4, '0')}_${name}.sql`;

const deploy = (dry_run = false) => migrate({ url: t.url, program_version: 'test', registry, sql_root: root, dry_run });

const status = (program_version = 'test') => migrationStatus({ url: t.url, program_version, sql_root: root });

/** A connection of its own, closed at the end of the test. */
async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: t.url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test('deploying twice is a no-op', async () => {
  expect(await deploy()).toMatchObject({ migrations: [], objects: [], dropped: [], contracts: [], job_types: [] });
});

test('a changed procedure is deployed alone, a removed one is dropped, and a dry run only shows', async () => {
  const file = join(root, 'procedures', 'postgres', 'llm.usp_read_queue_depth.sql');
  const extra = join(root, 'procedures', 'postgres', 'llm.fn_extra.sql');
  const sql = "CREATE OR REPLACE FUNCTION llm.fn_extra() RETURNS integer LANGUAGE sql AS 'SELECT 1';\n";
  writeFileSync(extra, sql);
  expect((await deploy(true)).objects).toEqual(['llm.fn_extra']);
  expect((await status()).changed_objects).toEqual(['llm.fn_extra']);
  expect((await deploy()).objects).toEqual(['llm.fn_extra']);
  rmSync(extra);
  expect((await deploy()).dropped).toEqual(['llm.fn_extra']);
  expect(file).toContain('usp_read_queue_depth');
});

test('a function that has other parameters than before takes the place of the former one', async () => {
  const extra = join(root, 'procedures', 'postgres', 'llm.fn_extra.sql');
  for (const parameters of ['p_a integer DEFAULT 1', 'p_a integer DEFAULT 1, p_b integer DEFAULT 2']) {
    writeFileSync(
      extra,
      `CREATE OR REPLACE FUNCTION llm.fn_extra(${parameters}) RETURNS integer LANGUAGE sql AS 'SELECT 1';\n`,
    );
    await deploy();
    expect(await queryRows(t.db, 'SELECT llm.fn_extra() AS said')).toEqual([{ said: 1 }]);
  }
  rmSync(extra);
  await deploy();
});

test('a migration that fails leaves nothing behind', async () => {
  writeFileSync(
    join(root, 'migrations', 'postgres', numbered(landed.length + 1, 'broken')),
    'CREATE TABLE llm.half (a integer); SELECT 1 / 0;',
  );
  await expect(deploy()).rejects.toMatchObject({
    code: 'DATABASE_ERROR',
    message: expect.stringContaining('_broken'),
  });
  expect(await queryRows(t.db, "SELECT to_regclass('llm.half') AS found")).toEqual([{ found: null }]);
});

test('a landed migration that changed, a gap, and a newer database are refused', async () => {
  const folder = join(root, 'migrations', 'postgres');
  writeFileSync(join(folder, '0001_llm.sql'), '-- other');
  await expect(deploy()).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
  rmSync(join(folder, landed.at(-1) ?? ''));
  cpSync(join(sqlFolder, 'migrations', 'postgres', '0001_llm.sql'), join(folder, '0001_llm.sql'));
  await expect(deploy()).rejects.toMatchObject({ code: 'DATABASE_NEWER' });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, numbered(landed.length + 5, 'far')), 'SELECT 1;');
  await expect(deploy()).rejects.toThrow(/without gap/);
});

test('two that deploy at once do not get in each other’s way', async () => {
  const extra = join(root, 'procedures', 'postgres', 'llm.fn_extra.sql');
  writeFileSync(extra, "CREATE OR REPLACE FUNCTION llm.fn_extra() RETURNS integer LANGUAGE sql AS 'SELECT 2';\n");
  const reports = await Promise.all([deploy(), deploy()]);
  expect(reports.map((report) => report.objects.length).sort()).toEqual([0, 1]);
  rmSync(extra);
  await deploy();
});

test('who waits for another deploy is told for whom, and goes on when it ends', async () => {
  await withClient(async (client) => {
    await takeDeployLock(client, () => {});
    const waiting = Promise.withResolvers<string>();
    const deployed = migrate({
      url: t.url,
      program_version: 'test',
      registry,
      sql_root: root,
      onWait: waiting.resolve,
    });
    expect(await waiting.promise).toMatch(/^process \d+ of sproute at 127\.0\.0\.1, connected since 20/);
    await withClient(async (second) => {
      await expect(takeDeployLock(second, () => {}, 100)).rejects.toMatchObject({
        code: 'DATABASE_TRANSIENT',
        message: expect.stringMatching(/^Another deploy has not ended in 0\.1 s: process \d+/),
        hint: expect.stringMatching(/pg_terminate_backend\(\d+\)/),
      });
    });
    await client.query('SELECT pg_advisory_unlock_all()');
    expect(await deployed).toMatchObject({ migrations: [], objects: [] });
  });
});

test('enqueueing, which takes locks of its own, is no deploy to be waited for', async () => {
  await withClient(async (client) => {
    await client.query('BEGIN');
    await client.query(`SELECT * FROM llm.usp_enqueue_jobs('[{"job_type": "page_classification"}]')`);
    const waited: string[] = [];
    await migrate({
      url: t.url,
      program_version: 'test',
      registry,
      sql_root: root,
      onWait: (holder) => waited.push(holder),
    });
    expect(waited).toEqual([]);
    await client.query('ROLLBACK');
  });
});

test('an older program refuses a database whose procedures a newer one deployed, and leaves them as they are', async () => {
  const url = t.url;
  const as = (program_version: string, dry_run = false) =>
    migrate({ url, program_version, registry, sql_root: root, dry_run });
  const extra = join(root, 'procedures', 'postgres', 'llm.fn_extra.sql');
  writeFileSync(extra, "CREATE OR REPLACE FUNCTION llm.fn_extra() RETURNS integer LANGUAGE sql AS 'SELECT 3';\n");
  expect((await as('0.10.0')).objects).toEqual(['llm.fn_extra']);
  rmSync(extra);
  const newer = { code: 'DATABASE_NEWER', message: expect.stringContaining('0.10.0') };
  await expect(as('0.9.1')).rejects.toMatchObject(newer);
  await expect(as('0.9.1', true)).rejects.toMatchObject(newer);
  await expect(status('0.9.1')).rejects.toMatchObject(newer);
  expect(await queryRows(t.db, 'SELECT llm.fn_extra() AS said')).toEqual([{ said: 3 }]);
  expect((await as('0.10.0', true)).dropped).toEqual(['llm.fn_extra']);
  expect((await as('1.0.0')).dropped).toEqual(['llm.fn_extra']);
  await queryRows(t.db, 'DELETE FROM llm.schema_release');
});

test('a version that changed nothing here is none that an older program has to mind', async () => {
  await migrate({ url: t.url, program_version: '7.0.0', registry, sql_root: root });
  expect(await status('0.1.0')).toMatchObject({ pending: [], changed_objects: [] });
});

test('a contract version whose bytes changed is refused', async () => {
  const changed = registry.contracts.map((each, index) => (index === 0 ? { ...each, sha256: '0'.repeat(64) } : each));
  const deployed = migrate({ url: t.url, program_version: 'test', registry: { ...registry, contracts: changed } });
  await expect(deployed).rejects.toMatchObject({ code: 'CONTRACT_MISMATCH' });
});

test('the runner role executes its procedures and touches no table', async () => {
  await queryRows(
    t.db,
    "DO $$ BEGIN CREATE ROLE sproute_test_login LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
  );
  await queryRows(t.db, 'GRANT sproute_runner TO sproute_test_login');
  const url = new URL(t.url);
  url.username = 'sproute_test_login';
  url.password = 'pw';
  const runner = await connect({ url: url.toString(), application_name: 'sproute test', pool_max: 1 });
  try {
    expect(
      await callProcedure(runner, 'llm.usp_claim_jobs', { worker_id: '00000000-0000-4000-8000-000000000001' }),
    ).toEqual([]);
    for (const table of ['llm.job', 'llm.run', 'ingest.source_page', 'kb.dim_entity', 'kb.assertion']) {
      await expect(queryRows(runner, `SELECT 1 FROM ${table}`)).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
      await expect(queryRows(runner, `DELETE FROM ${table}`)).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
    }
    await expect(callProcedure(runner, 'llm.usp_cancel_jobs', { filter: { job_ids: [1] } })).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
    });
    await expect(callProcedure(runner, 'llm.usp_hold_job', { job_id: 1 })).rejects.toThrow();
  } finally {
    await runner.close();
  }
});

/** Settings of docs/knowledge.md; nothing is left of it. */
const settingChanges = [
  "INSERT INTO kb.governance_policy VALUES ('x', 'fact', 0.8, 0.5)",
  "UPDATE kb.governance_policy SET auto_promote = 0.9 WHERE job_type = 'x'",
  "DELETE FROM kb.governance_policy WHERE job_type = 'x'",
  "INSERT INTO kb.type_map VALUES ('entity', 'x', 'x', 'x')",
  "UPDATE kb.type_map SET family = 'y' WHERE type_key = 'x'",
  "DELETE FROM kb.type_map WHERE type_key = 'x'",
  "INSERT INTO kb.type_family VALUES ('x', 'work')",
  "DELETE FROM kb.type_family WHERE family = 'x'",
  "INSERT INTO kb.relation_inverse VALUES ('x', 'y')",
  "DELETE FROM kb.relation_inverse WHERE canonical = 'x'",
  "INSERT INTO kb.relation_end VALUES ('x', 'y')",
  "DELETE FROM kb.relation_end WHERE canonical = 'x'",
  "INSERT INTO kb.item_kind VALUES ('x', 'x')",
  "DELETE FROM kb.item_kind WHERE item_kind = 'x'",
];

test('the reader and the operator read every view, and the operator steers the queue', async () => {
  const views = await queryRows<{ name: string }>(
    t.db,
    "SELECT schemaname || '.' || viewname AS name FROM pg_views WHERE schemaname IN ('llm', 'kb') ORDER BY 1",
  );
  expect(views.length).toBeGreaterThanOrEqual(8);
  for (const role of ['reader', 'operator']) {
    const login = `sproute_test_${role}`;
    await queryRows(
      t.db,
      `DO $$ BEGIN CREATE ROLE ${login} LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    await queryRows(t.db, `GRANT sproute_${role} TO ${login}`);
    const url = new URL(t.url);
    url.username = login;
    url.password = 'pw';
    const db = await connect({ url: url.toString(), application_name: 'sproute test', pool_max: 1 });
    try {
      for (const { name } of views) await queryRows(db, `SELECT * FROM ${name} LIMIT 1`);
      await queryRows(db, "SELECT ingest.fn_slice('abc', 1, 2)");
      const bump = queryRows(db, "UPDATE llm.job SET priority = 1 WHERE job_type = 'x'");
      if (role === 'operator') {
        await bump;
        await queryRows(db, "UPDATE llm.job_type SET paused = false WHERE job_type = 'x'");
        expect(await callProcedure(db, 'llm.usp_cancel_jobs', { filter: { job_ids: [1] } })).toEqual([
          { affected: 0, remaining: 0, last_job_id: 0 },
        ]);
        await expect(queryRows(db, "UPDATE llm.job_type SET handler = 'x'")).rejects.toThrow();
      } else await expect(bump).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
      for (const change of settingChanges) {
        const changed = queryRows(db, change);
        if (role === 'operator') await changed;
        else await expect(changed).rejects.toThrow('permission denied');
      }
      await expect(queryRows(db, 'UPDATE kb.dim_entity SET entity_name = entity_name')).rejects.toThrow();
    } finally {
      await db.close();
    }
  }
});

test('wrong credentials, a missing database and nobody listening are told apart', async () => {
  const url = new URL(t.url);
  const reach = (to: URL | string) => connect({ url: to.toString(), application_name: 'sproute test', pool_max: 1 });
  const wrong = new URL(url);
  wrong.password = 'wrong-password';
  const refused = await reach(wrong).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('refused the login'),
  });
  expect(String(refused)).not.toContain('wrong-password');
  const missing = new URL(url);
  missing.pathname = '/no_such_database';
  await expect(reach(missing)).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('does not exist'),
  });
  await expect(reach('postgres://u:p@127.0.0.1:1/db')).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining('cannot be reached'),
  });
});

test('an engine that there is none of, and settings that nobody can use, are named before anything is connected to', async () => {
  const looks = (url: string) => [
    migrationStatus({ url, program_version: 'test' }),
    migrate({ url, program_version: 'test', registry }),
    connect({ url, application_name: 'sproute test', pool_max: 1 }),
  ];
  const refusals = async (url: string) => Promise.allSettled(looks(url));
  for (const refused of await refusals('mysql://sa:secret@nowhere.invalid/db')) {
    expect(refused).toMatchObject({ reason: { code: 'CONFIG_INVALID', hint: expect.stringContaining('mssql://') } });
  }
  for (const refused of await refusals(`${t.url}?sslmode=nonsense`)) {
    expect(refused).toMatchObject({ reason: { code: 'CONFIG_INVALID', hint: expect.stringContaining('verify-full') } });
  }
  for (const refused of await refusals(`${t.url}?sslmode=verify-full&sslrootcert=/no/such/file`)) {
    expect(refused).toMatchObject({
      reason: { code: 'CONFIG_INVALID', message: expect.stringContaining('/no/such/file') },
    });
  }
});

test('what goes wrong while connecting is no failed deploy: a server without SSL, a database that takes no writes', async () => {
  const secure = `${t.url}?sslmode=verify-full`;
  const without = {
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringMatching(/^The database cannot be reached as asked: The server does not support SSL/),
    hint: expect.stringContaining('sslmode=disable'),
  };
  await expect(migrationStatus({ url: secure, program_version: 'test' })).rejects.toMatchObject(without);
  await expect(connect({ url: secure, application_name: 'sproute test', pool_max: 1 })).rejects.toMatchObject(without);
  const readOnly = `${t.url}?options=${encodeURIComponent('-c default_transaction_read_only=on')}`;
  writeFileSync(join(root, 'migrations', 'postgres', numbered(landed.length + 1, 'more')), 'CREATE TABLE llm.more ();');
  await expect(migrate({ url: readOnly, program_version: 'test', registry, sql_root: root })).rejects.toMatchObject({
    code: 'DATABASE_TRANSIENT',
    hint: expect.stringContaining('primary'),
  });
});

test('a URL is shown without its password', () => {
  expect(redactUrl('postgres://u:secret@h:5432/d')).toBe('postgres://u:***@h:5432/d');
  expect(redactUrl('mssql://h/d?authentication=active-directory-access-token&token=eyJ')).not.toContain('eyJ');
  expect(engineOf('mssql://u@h/d')).toBe('mssql');
  expect(() => engineOf('mysql://u@h/d')).toThrow(/no such engine/);
});
