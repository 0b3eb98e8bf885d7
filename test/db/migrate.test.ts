import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import { connect } from '../../src/db/connect.ts';
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

test('deploying twice is a no-op', async () => {
  expect(await deploy()).toMatchObject({ migrations: [], objects: [], dropped: [], contracts: [], job_types: [] });
});

test('a changed procedure is deployed alone, a removed one is dropped, and a dry run only shows', async () => {
  const file = join(root, 'procedures', 'postgres', 'llm.usp_read_queue_depth.sql');
  const extra = join(root, 'procedures', 'postgres', 'llm.fn_extra.sql');
  const sql = "CREATE OR REPLACE FUNCTION llm.fn_extra() RETURNS integer LANGUAGE sql AS 'SELECT 1';\n";
  writeFileSync(extra, sql);
  expect((await deploy(true)).objects).toEqual(['llm.fn_extra']);
  expect((await migrationStatus(t.url, root)).changed_objects).toEqual(['llm.fn_extra']);
  expect((await deploy()).objects).toEqual(['llm.fn_extra']);
  rmSync(extra);
  expect((await deploy()).dropped).toEqual(['llm.fn_extra']);
  expect(file).toContain('usp_read_queue_depth');
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
          { affected: 0, remaining: 0 },
        ]);
        await expect(queryRows(db, "UPDATE llm.job_type SET handler = 'x'")).rejects.toThrow();
      } else await expect(bump).rejects.toMatchObject({ code: 'DATABASE_ERROR' });
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

test('a URL is shown without its password', () => {
  expect(redactUrl('postgres://u:secret@h:5432/d')).toBe('postgres://u:***@h:5432/d');
  expect(engineOf('mssql://u@h/d')).toBe('mssql');
  expect(() => engineOf('mysql://u@h/d')).toThrow(/no such engine/);
});
