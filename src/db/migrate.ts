import pg from 'pg';
import { SprouteError } from '../errors.ts';
import { takeDeployLock } from './deploy-lock.ts';
import { applyObjects, changedObjects, droppedObjects } from './deploy-objects.ts';
import { deployRegistry, type Registry, type RegistryReport } from './deploy-registry.ts';
import { recordRelease, refuseOlderProgram, releaseLedger } from './deploy-release.ts';
import { ensureRoles } from './deploy-roles.ts';
import { ownerRole } from './roles.ts';
import { connectionSettings, Sockets } from './sockets.ts';
import { type Migration, readMigrations, readObjects, type SqlObject, sqlFolder } from './sql-files.ts';
import { inTransaction } from './transaction.ts';
import { translateError } from './translate-error.ts';
import { translatePostgresConnect } from './translate-error-postgres.ts';
import { supportedEngine } from './url.ts';

export interface MigrateOptions {
  url: string;
  program_version: string;
  registry: Registry;
  dry_run?: boolean;
  sql_root?: string;
  /** Told whom it waits for while another deploy goes on. */
  onWait?: (holder: string) => void;
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

/**
 * Brings a database to this program: migrations, then the procedures and views whose text changed, then rights, then
 * contracts and job types. Doing it twice changes nothing. Throws DATABASE_NEWER, MIGRATION_CHANGED, DATABASE_ERROR.
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const { program_version, registry } = options;
  const { migrations, objects } = readSql(options);
  return withClient(options.url, { what: 'Deploying' }, async (client) => {
    if (options.dry_run) return plan(client, migrations, objects, program_version);
    await takeDeployLock(client, options.onWait ?? (() => {}));
    await refuseOlderProgram(client, program_version);
    const roles = await ensureRoles(client);
    if (roles) await client.query(`SET ROLE ${ownerRole}`);
    await client.query(ledger + releaseLedger);
    const status = await readLedger(client, migrations);
    for (const migration of status.pending) await applyMigration(client, migration, program_version);
    const changed = await applyObjects(client, objects, roles, program_version);
    await client.query('RESET ROLE');
    const registered = await deployRegistry(client, registry);
    if (registered.contracts.length + registered.job_types.length > 0) {
      if (roles) await client.query(`SET ROLE ${ownerRole}`);
      await recordRelease(client, program_version);
    }
    return { migrations: status.pending.map(label), ...changed, roles, sql: [], ...registered };
  });
}

/** What is pending, without changing anything. Throws DATABASE_NEWER, MIGRATION_CHANGED. */
export async function migrationStatus(
  options: Pick<MigrateOptions, 'url' | 'program_version' | 'sql_root'>,
): Promise<MigrationStatus> {
  const { migrations, objects } = readSql(options);
  return withClient(options.url, { what: 'Reading what is deployed', query_timeout: statusMs }, async (client) => {
    const { pending } = await readLedger(client, migrations);
    await refuseOlderProgram(client, options.program_version);
    const changed = await changedObjects(client, objects);
    return {
      applied: migrations.length - pending.length,
      pending: pending.map(label),
      changed_objects: changed.map((object) => object.name),
    };
  });
}

function readSql({ url, sql_root = sqlFolder }: Pick<MigrateOptions, 'url' | 'sql_root'>) {
  const engine = supportedEngine(url);
  return { migrations: readMigrations(sql_root, engine), objects: readObjects(sql_root, engine) };
}

/** Reading what is deployed is done in no time; a migration may take long. */
const statusMs = 60_000;

async function withClient<T>(
  url: string,
  { what, ...settings }: { what: string; query_timeout?: number },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const sockets = new Sockets();
  const client = await open(url, settings, sockets);
  try {
    return await work(client);
  } catch (error) {
    throw translateError(error, what);
  } finally {
    await sockets.closeAfter(client.end());
  }
}

async function open(url: string, settings: { query_timeout?: number }, sockets: Sockets): Promise<pg.Client> {
  try {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'sproute migrate',
      ...connectionSettings,
      ...settings,
      stream: sockets.make,
    });
    client.on('error', () => {});
    await client.connect();
    return client;
  } catch (error) {
    await sockets.closeAfter(Promise.resolve());
    throw translatePostgresConnect(error);
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

async function plan(
  client: pg.Client,
  migrations: Migration[],
  objects: SqlObject[],
  program_version: string,
): Promise<MigrationReport> {
  const { pending } = await readLedger(client, migrations);
  await refuseOlderProgram(client, program_version);
  const changed = await changedObjects(client, objects);
  return {
    migrations: pending.map(label),
    objects: changed.map((object) => object.name),
    dropped: await droppedObjects(client, objects),
    roles: true,
    sql: [...pending, ...changed].map((each) => each.sql),
    contracts: [],
    job_types: [],
  };
}

function label(migration: Migration): string {
  return `${String(migration.number).padStart(4, '0')}_${migration.name}`;
}
