import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { loadJobTypes } from '../../src/contracts/job-types.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { callProcedure } from '../../src/db/call.ts';
import { connect, type Database } from '../../src/db/connect.ts';
import { type MigrateOptions, migrate, migrationStatus } from '../../src/db/migrate.ts';
import { queryRows } from '../../src/db/query.ts';
import { readMigrations, sqlFolder } from '../../src/db/sql-files.ts';
import { catalogOf, viewsOf } from '../support/catalog.ts';
import { cloneDatabase, createEmptyDatabase } from '../support/database.ts';
import { beginTransaction, untilWaiting } from '../support/engine.ts';
import { keptRows, type Rows, readAllRows } from '../support/older/changes.ts';
import { addOlderRows } from '../support/older/rows.ts';
import { claimOne } from '../support/routing.ts';

// One database climbs from version to version as the releases of the time would have brought it there: what is in
// sql/migrations up to a number is that release, for landed files do not change. Each version adds rows to its tables.

const engine = inject('engine');
const landed = readMigrations(sqlFolder, engine).map(
  ({ number, name }) => `${String(number).padStart(4, '0')}_${name}`,
);
const newest = landed.length;
const older = landed.slice(0, -1).map((_, index) => index + 1);
/** From where else it goes to the newest at once. Without clones each of them is made from nothing. */
const jumps = engine === 'postgres' ? older : [1, 12, 26];
/** The first whose releases told which of them deployed: before it there was no llm.schema_release. */
const telling = 11;

const registry = { contracts: loadContracts(), job_types: loadJobTypes() };
let t: { url: string; close(): Promise<void> };
/** What a database is that was made from nothing. */
let made: string[];
/** The rows of the one that climbs, as the version that it has left them. */
let rows: Rows | undefined;

beforeAll(async () => {
  t = await createEmptyDatabase();
  const other = await createEmptyDatabase();
  await release(other.url, newest);
  made = await using(other.url, catalogOf);
  await other.close();
});
afterAll(() => t?.close());

describe('a database of an older version', () => {
  for (const version of older) {
    test(`has what a release with ${landed[version - 1]} gave it`, async () => {
      expect((await release(t.url, version)).migrations).toEqual([landed[version - 1]]);
      await using(t.url, async (db) => {
        await expectKept(db, rows, version - 1, version);
        await addOlderRows(db, version);
        rows = await readAllRows(db);
      });
    });

    if (jumps.includes(version)) {
      test(`of version ${version} becomes the newest at once`, async () => {
        const { url, close } = engine === 'postgres' ? await cloneDatabase(t) : await makeOlder(version);
        try {
          const before = await using(url, async (db) => {
            if (version < telling) await queryRows(db, 'DROP TABLE llm.schema_release');
            return engine === 'postgres' ? rows : readAllRows(db);
          });
          expect((await release(url, newest)).migrations).toEqual(landed.slice(version));
          await using(url, async (db) => {
            await expectKept(db, before, version, newest);
            expect(await catalogOf(db)).toEqual(made);
          });
        } finally {
          await close();
        }
      });
    }

    if (version === 16) {
      test('is left whole by a deploy that is killed in the middle', async () => {
        const before = await using(t.url, catalogOf);
        const blocking = await beginTransaction(t);
        await queryRows(blocking.db, 'UPDATE llm.call SET duration_ms = duration_ms');
        const refused = release(t.url, newest).catch((error: unknown) => error);
        await using(t.url, async (db) => {
          await untilWaiting(db);
          await killDeploy(db);
        });
        expect(await refused).toMatchObject({
          code: 'DATABASE_TRANSIENT',
          message: expect.stringMatching(/^Migration 0017_budgets failed/),
          hint: expect.stringContaining('try again'),
        });
        await blocking.rollback();
        await expectUntouched(version, before);
      });
    }

    if (version === 22) {
      test('is left whole by a migration that something is in the way of, and named it', async () => {
        await using(t.url, (db) => queryRows(db, 'CREATE TABLE llm.job_event (a int NOT NULL)'));
        const before = await using(t.url, catalogOf);
        rows?.set('llm.job_event', []);
        await expect(release(t.url, newest)).rejects.toMatchObject({
          code: 'DATABASE_ERROR',
          message: expect.stringMatching(/^Migration 0023_trace failed: .*job_event/),
        });
        await expectUntouched(version, before);
        await using(t.url, (db) => queryRows(db, 'DROP TABLE llm.job_event'));
        rows?.delete('llm.job_event');
      });
    }
  }
});

describe('a database that was brought to the newest version step by step', () => {
  test('is as one made from nothing, with all its rows, and names every version', async () => {
    expect((await release(t.url, newest)).migrations).toEqual([landed.at(-1)]);
    await using(t.url, async (db) => {
      await expectKept(db, rows, newest - 1, newest);
      expect(await catalogOf(db)).toEqual(made);
      expect(await ledgerOf(db)).toEqual(landed.map((name, index) => ({ name, program_version: `0.${index + 1}.0` })));
    });
    await expectNothingToDo(t.url);
  });

  test('works with the procedures of today: old jobs are done, views read old rows', async () => {
    const program = { url: t.url, program_version: '1.0.0', registry };
    const deployed = await migrate(program);
    expect(deployed).toMatchObject({ migrations: [], dropped: [] });
    expect(deployed.objects.length).toBeGreaterThan(100);
    expect(await migrate(program)).toMatchObject({ ...nothing, dropped: [] });
    await using(t.url, async (db) => {
      const types = ['thing_v1'];
      // Its type lets two run, and one is still said to.
      for (const _ of ['NEW', 'SCHEDULED']) {
        const { job_id, run_id } = await claimOne(db, types);
        const done = await callProcedure(db, 'llm.usp_complete_job', { job_id, run_id, outcome: { n: 1 } });
        expect(done).toEqual([{ status: 'SUCCEEDED', outcome: { n: 1 } }]);
      }
      const filter = { job_types: types, status: 'DEADLETTER' };
      expect(await callProcedure(db, 'llm.usp_retry_jobs', { filter })).toMatchObject([{ affected: 1, remaining: 0 }]);
      expect(await claimOne(db, types)).toMatchObject({ job_type: 'thing_v1', attempt: 1 });
      for (const view of await viewsOf(db)) await queryRows(db, `SELECT COUNT(*) AS n FROM ${view}`);
    });
  });
});

describe('a migration that is yet to come', () => {
  const next = `${String(newest + 1).padStart(4, '0')}_one_host`;
  let root: string;
  const program = (more: Partial<MigrateOptions> = {}) =>
    migrate({ url: t.url, program_version: '1.1.0', registry, sql_root: root, ...more });
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'sproute-sql-'));
    cpSync(sqlFolder, root, { recursive: true });
  });
  const write = (sql: string) => writeFileSync(join(root, 'migrations', engine, `${next}.sql`), sql);

  test('says what it does not find', async () => {
    write('CREATE TABLE llm.added (a int NOT NULL); UPDATE llm.gone SET a = 1;');
    await expect(program()).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
      message: expect.stringMatching(new RegExp(`^Migration ${next} failed: .*gone`)),
    });
  });

  test('changes nothing where rows break its key, says which key, and goes on once they are mended', async () => {
    const before = await using(t.url, async (db) => {
      rows = await readAllRows(db);
      return catalogOf(db);
    });
    write(`
      CREATE TABLE llm.added (a int NOT NULL);
      UPDATE llm.worker SET running = 0;
      ALTER TABLE llm.worker ADD CONSTRAINT ux_worker_host UNIQUE (host);`);
    await expect(program()).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
      message: expect.stringMatching(new RegExp(`^Migration ${next} failed: .*ux_worker_host`)),
    });
    await expectUntouched(newest, before);
    await using(t.url, (db) => queryRows(db, 'UPDATE llm.worker SET host = version'));
    expect(await program()).toMatchObject({ migrations: [next], objects: [], dropped: [] });
    await using(t.url, async (db) => {
      expect(await queryRows(db, 'SELECT DISTINCT w.running FROM llm.worker AS w')).toEqual([{ running: 0 }]);
    });
  });

  test('makes a database that the program of today refuses, and leaves as it is', async () => {
    const newer = { code: 'DATABASE_NEWER', message: expect.stringContaining(`migration ${newest + 1} (one_host)`) };
    const today = { url: t.url, program_version: '1.2.0', registry };
    await expect(migrate(today)).rejects.toMatchObject(newer);
    await expect(migrate({ ...today, dry_run: true })).rejects.toMatchObject(newer);
    await expect(migrationStatus(today)).rejects.toMatchObject(newer);
    await expect(migrationStatus({ ...today, program_version: '1.0.0' })).rejects.toMatchObject(newer);
    expect(await using(t.url, ledgerOf)).toHaveLength(newest + 1);
  });

  test('is refused by a program in which the text of an earlier one was changed', async () => {
    writeFileSync(join(root, 'migrations', engine, `${landed[4]}.sql`), '-- other\n');
    const changed = {
      code: 'MIGRATION_CHANGED',
      message: `Migration ${landed[4]} was changed after it was applied.`,
      hint: expect.stringContaining('new migration'),
    };
    await expect(program()).rejects.toMatchObject(changed);
    await expect(program({ dry_run: true })).rejects.toMatchObject(changed);
    const asked = { url: t.url, program_version: '1.1.0', sql_root: root };
    await expect(migrationStatus(asked)).rejects.toMatchObject(changed);
  });
});

const nothing = { migrations: [], objects: [], contracts: [], job_types: [] };

/** Deploys the migrations up to one, as the release of that version did. Procedures are another matter. */
function release(url: string, version: number) {
  const root = mkdtempSync(join(tmpdir(), 'sproute-release-'));
  const folder = join(root, 'migrations', engine);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(join(sqlFolder, 'migrations', engine))
    .sort()
    .slice(0, version)) {
    cpSync(join(sqlFolder, 'migrations', engine, file), join(folder, file));
  }
  const deployed = migrate({
    url,
    program_version: `0.${version}.0`,
    registry: { contracts: [], job_types: [] },
    sql_root: root,
  });
  return deployed.finally(() => rmSync(root, { recursive: true }));
}

/** One with the rows of a version and none of those before it. */
async function makeOlder(version: number) {
  const other = await createEmptyDatabase();
  await release(other.url, version);
  await using(other.url, (db) => addOlderRows(db, version));
  return other;
}

async function expectKept(db: Database, before: Rows | undefined, from: number, to: number): Promise<void> {
  if (before === undefined) return;
  const { expected, found } = keptRows(before, from, await readAllRows(db), to);
  expect(found).toEqual(expected);
}

async function expectUntouched(version: number, catalog: string[]): Promise<void> {
  await using(t.url, async (db) => {
    expect((await ledgerOf(db)).map(({ name }) => name)).toEqual(landed.slice(0, version));
    expect(await catalogOf(db)).toEqual(catalog);
    await expectKept(db, rows, version, version);
  });
}

async function expectNothingToDo(url: string): Promise<void> {
  const before = await using(url, ledgerOf);
  expect(await release(url, newest)).toMatchObject(nothing);
  expect(await using(url, ledgerOf)).toEqual(before);
}

async function ledgerOf(db: Database): Promise<{ name: string; program_version: string }[]> {
  const found = await queryRows<{ number: number; name: string; program_version: string }>(
    db,
    'SELECT m.number, m.name, m.program_version FROM llm.schema_migration AS m ORDER BY m.number',
  );
  return found.map(({ number, name, program_version }) => ({
    name: `${String(number).padStart(4, '0')}_${name}`,
    program_version,
  }));
}

/** Ends the sessions that deploy to the database. */
async function killDeploy(db: Database): Promise<void> {
  if (db.engine === 'postgres') {
    await queryRows(
      db,
      `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity AS a
       WHERE a.datname = current_database() AND a.application_name = 'sproute migrate'`,
    );
    return;
  }
  const sessions = await queryRows<{ session_id: number }>(
    db,
    "SELECT s.session_id FROM sys.dm_exec_sessions AS s WHERE s.database_id = DB_ID() AND s.program_name = N'sproute migrate'",
  );
  for (const { session_id } of sessions) await queryRows(db, `KILL ${session_id}`);
}

/** A connection that is closed afterwards: a database is cloned while nobody is connected to it. */
async function using<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await connect({ url, application_name: 'sproute test', pool_max: 1 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
