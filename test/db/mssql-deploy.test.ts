import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { openConnection } from '../../src/db/deploy-mssql/connection.ts';
import { takeDeployLock } from '../../src/db/deploy-mssql/lock.ts';
import { migrate, migrationStatus } from '../../src/db/migrate.ts';
import { mssqlUrl, suiteName } from '../support/mssql.ts';
import { dropMssqlDatabases, mssqlServerUrl, onMssqlServer } from '../support/mssql-server.ts';

const name = `sproute_deploy_${randomUUID().slice(0, 8)}`;
let url = '';
let root = '';
const write = (folder: 'migrations' | 'procedures', file: string, sql: string) =>
  writeFileSync(join(root, folder, 'mssql', `${file}.sql`), sql);
const remove = (file: string) => rmSync(join(root, 'procedures', 'mssql', `${file}.sql`));

const registry = { contracts: [], job_types: [] };
const deploy = (options: Partial<Parameters<typeof migrate>[0]> = {}) =>
  migrate({ url, program_version: 'test', registry, sql_root: root, ...options });
const status = (program_version = 'test') => migrationStatus({ url, program_version, sql_root: root });
const query = (sql: string) => onMssqlServer(sql, name);

const shown = `CREATE OR ALTER VIEW llm.vw_shown AS
SELECT t.a, llm.fn_next(t.a) AS b FROM llm.thing AS t;\n`;
const next = (by: number) => `-- Purpose:     the next number.
-- Parameters:  @a.
CREATE OR ALTER FUNCTION llm.fn_next (@a int) RETURNS int AS BEGIN RETURN @a + ${by}; END;\n`;

describe.skipIf(mssqlUrl === '')(suiteName('deploying to SQL Server'), () => {
  beforeAll(async () => {
    if (inject('mssql_lacks').includes('create_or_alter')) await import('../support/rewrite-tsql.ts');
    url = mssqlServerUrl(name);
    await onMssqlServer(`CREATE DATABASE ${name};`);
    await query("CREATE TABLE dbo.thing (a int); EXEC (N'CREATE SCHEMA other;');");
  });
  afterAll(() => dropMssqlDatabases(name));

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sproute-sql-'));
    mkdirSync(join(root, 'migrations', 'mssql'), { recursive: true });
    mkdirSync(join(root, 'procedures', 'mssql'), { recursive: true });
    write(
      'migrations',
      '0001_llm',
      'CREATE TABLE llm.thing (a int NOT NULL, b nvarchar(9));\nGO\nINSERT INTO llm.thing (a) VALUES (1);\nGO\n',
    );
    write('procedures', 'llm.vw_shown', shown);
    write('procedures', 'llm.fn_next', next(1));
  });

  test('makes what is missing beside what is there, and does nothing the second time', async () => {
    const dry = await deploy({ dry_run: true });
    expect(dry.sql.every((sql) => sql.endsWith(';\nGO'))).toBe(true);
    expect(await status()).toEqual({
      applied: 0,
      pending: ['0001_llm'],
      changed_objects: ['llm.fn_next', 'llm.vw_shown'],
    });
    expect(await deploy()).toEqual({
      migrations: ['0001_llm'],
      objects: ['llm.fn_next', 'llm.vw_shown'],
      dropped: [],
      roles: true,
      sql: [],
      contracts: [],
      job_types: [],
    });
    expect(await query('SELECT a, b FROM llm.vw_shown')).toEqual([{ a: 1, b: 2 }]);
    expect(await deploy()).toMatchObject({ migrations: [], objects: [], dropped: [] });
    expect(await status()).toEqual({ applied: 1, pending: [], changed_objects: [] });
  });

  test('says of procedures, functions and views what their headers say', async () => {
    const told = async () =>
      (await query("SELECT e.value FROM sys.extended_properties AS e WHERE e.major_id = OBJECT_ID(N'llm.fn_next')"))[0];
    expect(await told()).toEqual({ value: 'The next number.\nParameters: @a.' });
    write('procedures', 'llm.fn_next', next(1).replace('the next', "what's the next"));
    await deploy();
    expect(await told()).toEqual({ value: "What's the next number.\nParameters: @a." });
  });

  test('makes views again that are made of a function that changed, and drops what is no more', async () => {
    write('procedures', 'llm.fn_next', next(5));
    expect((await deploy()).objects).toEqual(['llm.fn_next', 'llm.vw_shown']);
    expect(await query('SELECT b FROM llm.vw_shown')).toEqual([{ b: 6 }]);
    remove('llm.vw_shown');
    remove('llm.fn_next');
    expect(await deploy()).toMatchObject({ objects: [], dropped: ['llm.fn_next', 'llm.vw_shown'] });
    expect(await query("SELECT OBJECT_ID(N'llm.fn_next') AS f, OBJECT_ID(N'llm.vw_shown') AS v")).toEqual([
      { f: null, v: null },
    ]);
  });

  test('makes another kind of object of the same name', async () => {
    await deploy();
    remove('llm.vw_shown');
    write('procedures', 'llm.fn_next', 'CREATE OR ALTER PROCEDURE llm.fn_next AS SELECT 7 AS n;\n');
    await deploy();
    expect(await query('EXEC llm.fn_next')).toEqual([{ n: 7 }]);
    write('procedures', 'llm.fn_next', next(1));
    await deploy();
    expect(await query('SELECT llm.fn_next(1) AS n')).toEqual([{ n: 2 }]);
  });

  test('leaves nothing of a migration or of procedures that fail', async () => {
    await deploy();
    write('migrations', '0002_broken', 'CREATE TABLE llm.half (a int);\nGO\nSELECT 1 / 0;\n');
    await expect(deploy()).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
      message: expect.stringMatching(/0002_broken/),
    });
    expect(await query("SELECT OBJECT_ID(N'llm.half') AS id")).toEqual([{ id: null }]);
    rmSync(join(root, 'migrations', 'mssql', '0002_broken.sql'));
    write('procedures', 'llm.fn_a', 'CREATE OR ALTER FUNCTION llm.fn_a () RETURNS int AS BEGIN RETURN 1; END;\n');
    write('procedures', 'llm.usp_b', 'CREATE OR ALTER PROCEDURE llm.usp_b AS SELEC 1;\n');
    await expect(deploy()).rejects.toMatchObject({
      message: expect.stringMatching(/sql\/procedures\/mssql\/llm\.usp_b\.sql/),
    });
    expect(await query("SELECT OBJECT_ID(N'llm.fn_a') AS id")).toEqual([{ id: null }]);
  });

  test('refuses a landed migration that changed and a database that is newer', async () => {
    await deploy();
    write('migrations', '0001_llm', 'SELECT 1;');
    await expect(deploy()).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
    await expect(status()).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
    rmSync(join(root, 'migrations', 'mssql', '0001_llm.sql'));
    await expect(deploy()).rejects.toMatchObject({ code: 'DATABASE_NEWER' });
  });

  test('refuses to put older procedures in place of newer ones', async () => {
    write('procedures', 'llm.fn_next', next(3));
    await deploy({ program_version: '0.10.0' });
    const newer = { code: 'DATABASE_NEWER', message: expect.stringContaining('0.10.0') };
    await expect(deploy({ program_version: '0.9.1' })).rejects.toMatchObject(newer);
    await expect(status('0.9.1')).rejects.toMatchObject(newer);
    expect((await deploy({ program_version: '0.10.1' })).objects).toEqual([]);
    await query('DELETE FROM llm.schema_release');
  });

  test('tells who waits for another deploy, and goes on when it ends', async () => {
    await deploy();
    const [first, second] = [await openConnection(url, 0), await openConnection(url, 0)];
    try {
      await takeDeployLock(first, () => {});
      await expect(takeDeployLock(second, () => {}, 100)).rejects.toMatchObject({
        code: 'DATABASE_TRANSIENT',
        message: expect.stringMatching(/^Another deploy has not ended in 0\.1 s: (another session|session \d+ of )/),
        hint: expect.stringMatching(/KILL/),
      });
      const waiting = Promise.withResolvers<string>();
      const deployed = deploy({ onWait: waiting.resolve });
      await waiting.promise;
      await first.query(`EXEC sys.sp_releaseapplock @Resource = N'sproute deploy of ${name}', @LockOwner = N'Session'`);
      expect(await deployed).toMatchObject({ migrations: [] });
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  });

  test('two that deploy at once do not get in each other’s way', async () => {
    write('procedures', 'llm.fn_next', next(4));
    const reports = await Promise.all([deploy(), deploy()]);
    expect(reports.map(({ objects }) => objects.length).sort()).toEqual([0, 2]);
  });
});
