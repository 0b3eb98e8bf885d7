import pg from 'pg';
import { SprouteError } from '../errors.ts';
import { deployRegistry, type Registry, type RegistryReport } from './deploy-registry.ts';
import { ensureRoles, grantStatements } from './deploy-roles.ts';
import { ownerRole } from './roles.ts';
import { connectionSettings, Sockets } from './sockets.ts';
import { isView, type Migration, readMigrations, readObjects, type SqlObject, sqlFolder } from './sql-files.ts';
import { translateError } from './translate-error.ts';
import { engineOf } from './url.ts';

export interface MigrateOptions {
  url: string;
  program_version: string;
  registry: Registry;
  dry_run?: boolean;
  sql_root?: string;
}

export interface MigrationReport extends RegistryReport {
  /** Names of what was (or with dry_run would be) applied. */
  migrations: string[];
  objects: string[];
  dropped: string[];
  /** False if the login may not create roles: then it owns everything. */
  roles: boolean;
  /** The SQL, with dry_run. */
  sql: string[];
}

/** What stands between the database and this program. */
export interface MigrationStatus {
  applied: number;
  pending: string[];
  changed_objects: string[];
}

/** Held by the session, so a killed deploy leaves nothing behind; a second deploy waits for the first. */
const deployLock = 7_365_526_002;

/**
 * Brings a database to this program: migrations, then the procedures and views whose text changed, then rights, then
 * contracts and job types. Doing it twice changes nothing. Throws DATABASE_NEWER, MIGRATION_CHANGED, DATABASE_ERROR.
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const root = options.sql_root ?? sqlFolder;
  const engine = engineOf(options.url);
  const migrations = readMigrations(root, engine);
  const objects = readObjects(root, engine);
  return withClient(options.url, { what: 'Deploying' }, async (client) => {
    if (options.dry_run) return plan(client, migrations, objects);
    await client.query('SELECT pg_advisory_lock($1)', [deployLock]);
    const roles = await ensureRoles(client);
    if (roles) await client.query(`SET ROLE ${ownerRole}`);
    await client.query(ledger);
    const status = await readLedger(client, migrations);
    for (const migration of status.pending) await applyMigration(client, migration, options.program_version);
    const changed = await applyObjects(client, objects, roles);
    await client.query('RESET ROLE');
    const registered = await deployRegistry(client, options.registry);
    return { migrations: status.pending.map(label), ...changed, roles, sql: [], ...registered };
  });
}

/** What is pending, without changing anything. */
export async function migrationStatus(url: string, sqlRoot = sqlFolder): Promise<MigrationStatus> {
  const engine = engineOf(url);
  const migrations = readMigrations(sqlRoot, engine);
  const objects = readObjects(sqlRoot, engine);
  return withClient(url, { what: 'Reading what is deployed', query_timeout: statusMs }, async (client) => {
    const { pending } = await readLedger(client, migrations);
    const changed = await changedObjects(client, objects);
    return {
      applied: migrations.length - pending.length,
      pending: pending.map(label),
      changed_objects: changed.map((object) => object.name),
    };
  });
}

/** Reading what is deployed is done in no time; a migration may take long. */
const statusMs = 60_000;

async function withClient<T>(
  url: string,
  { what, ...settings }: { what: string; query_timeout?: number },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const sockets = new Sockets();
  const client = new pg.Client({
    connectionString: url,
    application_name: 'sproute migrate',
    ...connectionSettings,
    ...settings,
    stream: sockets.make,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw translateError(error, what);
  } finally {
    await sockets.closeAfter(client.end());
  }
}

const ledger = `
CREATE SCHEMA IF NOT EXISTS llm;
CREATE TABLE IF NOT EXISTS llm.schema_migration (
    number          integer     NOT NULL,
    name            text        NOT NULL,
    checksum        text        NOT NULL,
    applied_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_by      text        NOT NULL DEFAULT session_user,
    program_version text        NOT NULL,
    CONSTRAINT pk_schema_migration PRIMARY KEY (number)
);
CREATE TABLE IF NOT EXISTS llm.schema_object (
    name        text        COLLATE "C" NOT NULL,
    checksum    text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_schema_object PRIMARY KEY (name)
);`;

async function readLedger(client: pg.Client, migrations: Migration[]): Promise<{ pending: Migration[] }> {
  const exists = await client.query<{ found: string | null }>("SELECT to_regclass('llm.schema_migration') AS found");
  if (exists.rows[0]?.found == null) return { pending: migrations };
  const applied = await client.query<{ number: number; name: string; checksum: string }>(
    'SELECT number, name, checksum FROM llm.schema_migration ORDER BY number',
  );
  for (const row of applied.rows) {
    const own = migrations.find((migration) => migration.number === row.number);
    if (!own) {
      throw new SprouteError(
        'DATABASE_NEWER',
        `The database has migration ${row.number} (${row.name}), which this program does not know.`,
        {
          hint: 'It was migrated by a newer version: update this program.',
        },
      );
    }
    if (own.checksum !== row.checksum) {
      throw new SprouteError('MIGRATION_CHANGED', `Migration ${label(own)} was changed after it was applied.`, {
        hint: 'Restore the file; put the change into a new migration.',
      });
    }
  }
  return { pending: migrations.slice(applied.rows.length) };
}

async function applyMigration(client: pg.Client, migration: Migration, version: string): Promise<void> {
  await inTransaction(client, `Migration ${label(migration)}`, async () => {
    await client.query(migration.sql);
    await client.query(
      'INSERT INTO llm.schema_migration (number, name, checksum, program_version) VALUES ($1, $2, $3, $4)',
      [migration.number, migration.name, migration.checksum, version],
    );
  });
}

async function changedObjects(client: pg.Client, objects: SqlObject[]): Promise<SqlObject[]> {
  const exists = await client.query<{ found: string | null }>("SELECT to_regclass('llm.schema_object') AS found");
  if (exists.rows[0]?.found == null) return objects;
  const stored = await client.query<{ name: string; checksum: string }>('SELECT name, checksum FROM llm.schema_object');
  const known = new Map(stored.rows.map((row) => [row.name, row.checksum]));
  const changed = objects.filter((object) => known.get(object.name) !== object.checksum);
  const names = new Set(objects.map((object) => object.name));
  const viewsMove =
    changed.some((object) => object.isView) || stored.rows.some((row) => isView(row.name) && !names.has(row.name));
  return viewsMove ? objects.filter((object) => object.isView || changed.includes(object)) : changed;
}

/** All in one transaction: nobody ever sees half a deploy. Views are dropped and made again when any of them changed. */
async function applyObjects(
  client: pg.Client,
  objects: SqlObject[],
  roles: boolean,
): Promise<{ objects: string[]; dropped: string[] }> {
  const changed = await changedObjects(client, objects);
  const stored = await client.query<{ name: string }>('SELECT name FROM llm.schema_object ORDER BY name');
  const names = new Set(objects.map((object) => object.name));
  const dropped = stored.rows.map((row) => row.name).filter((name) => !names.has(name));
  if (changed.length === 0 && dropped.length === 0) return { objects: [], dropped };
  await inTransaction(client, 'Procedures', async () => {
    await client.query('SET LOCAL check_function_bodies = off');
    const views = changed.filter((object) => object.isView).map((object) => object.name);
    for (const view of [...views, ...dropped.filter((name) => isView(name))].reverse()) {
      await client.query(`DROP VIEW IF EXISTS ${view} CASCADE`);
    }
    for (const name of dropped.filter((each) => !isView(each))) await dropFunctions(client, name);
    for (const object of changed) await applyObject(client, object);
    for (const name of dropped) await client.query('DELETE FROM llm.schema_object WHERE name = $1', [name]);
    if (roles) for (const statement of await grantStatements(client)) await client.query(statement);
  });
  return { objects: changed.map((object) => object.name), dropped };
}

async function applyObject(client: pg.Client, object: SqlObject): Promise<void> {
  try {
    await client.query(object.sql);
  } catch (error) {
    throw translateError(error, `sql/procedures/postgres/${object.name}.sql`);
  }
  await client.query(
    `INSERT INTO llm.schema_object (name, checksum) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET checksum = EXCLUDED.checksum, applied_at = clock_timestamp()`,
    [object.name, object.checksum],
  );
}

async function dropFunctions(client: pg.Client, name: string): Promise<void> {
  const found = await client.query<{ signature: string }>(
    `SELECT p.oid::regprocedure::text AS signature FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
     WHERE n.nspname || '.' || p.proname = $1`,
    [name],
  );
  for (const { signature } of found.rows) await client.query(`DROP FUNCTION ${signature}`);
}

async function inTransaction(client: pg.Client, what: string, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw translateError(error, what);
  }
}

async function plan(client: pg.Client, migrations: Migration[], objects: SqlObject[]): Promise<MigrationReport> {
  const { pending } = await readLedger(client, migrations);
  const changed = await changedObjects(client, objects);
  return {
    migrations: pending.map(label),
    objects: changed.map((object) => object.name),
    dropped: [],
    roles: true,
    sql: [...pending, ...changed].map((each) => each.sql),
    contracts: [],
    job_types: [],
  };
}

function label(migration: Migration): string {
  return `${String(migration.number).padStart(4, '0')}_${migration.name}`;
}
