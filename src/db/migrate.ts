import { SprouteError } from '../errors.ts';
import { deployRegistry, type Registry, type RegistryReport } from './deploy-registry.ts';
import { refuseOlderProgram } from './deploy-release.ts';
import { type Deployed, type Deployment, type ObjectChange, openDeployment } from './deployment.ts';
import { type Migration, readMigrations, readObjects, type SqlObject, sqlFolder } from './sql-files.ts';
import { translateError } from './translate-error.ts';
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
  return withDeployment(options.url, 'Deploying', async (deployment) => {
    if (options.dry_run) return plan(deployment, migrations, objects, options);
    await deployment.takeLock(options.onWait ?? (() => {}));
    refuseOlderProgram((await deployment.readDeployed()).releases, program_version);
    const roles = await deployment.prepare();
    const pending = pendingMigrations(await deployment.readDeployed(), migrations);
    for (const migration of pending) await deployment.applyMigration(migration, program_version);
    const change = changeOf(deployment, await deployment.readDeployed(), objects);
    if (change.changed.length + change.dropped.length > 0) await deployment.applyObjects(change, program_version);
    const registered = await deployRegistry(deployment, registry);
    if (registered.contracts.length + registered.job_types.length > 0) await deployment.recordRelease(program_version);
    return { ...named(pending, change), roles, sql: [], ...registered };
  });
}

/** What is pending, without changing anything. Throws DATABASE_NEWER, MIGRATION_CHANGED. */
export async function migrationStatus(
  options: Pick<MigrateOptions, 'url' | 'program_version' | 'sql_root'>,
): Promise<MigrationStatus> {
  const { migrations, objects } = readSql(options);
  return withDeployment(
    options.url,
    'Reading what is deployed',
    async (deployment) => {
      const deployed = await deployment.readDeployed();
      const pending = pendingMigrations(deployed, migrations);
      refuseOlderProgram(deployed.releases, options.program_version);
      return {
        applied: migrations.length - pending.length,
        pending: pending.map(label),
        changed_objects: changeOf(deployment, deployed, objects).changed.map((object) => object.name),
      };
    },
    statusMs,
  );
}

/** Reading what is deployed is done in no time; a migration may take long. */
const statusMs = 60_000;

async function plan(
  deployment: Deployment,
  migrations: Migration[],
  objects: SqlObject[],
  { url, program_version }: MigrateOptions,
): Promise<MigrationReport> {
  const deployed = await deployment.readDeployed();
  const pending = pendingMigrations(deployed, migrations);
  refuseOlderProgram(deployed.releases, program_version);
  const change = changeOf(deployment, deployed, objects);
  // Each procedure of T-SQL is a batch of its own.
  const end = supportedEngine(url) === 'mssql' ? '\nGO' : '';
  const sql = [...pending, ...change.changed].map((each) => `${each.sql.trimEnd().replace(/\nGO$/i, '')}${end}`);
  return { ...named(pending, change), roles: true, sql, contracts: [], job_types: [] };
}

function readSql({ url, sql_root = sqlFolder }: Pick<MigrateOptions, 'url' | 'sql_root'>) {
  const engine = supportedEngine(url);
  return { migrations: readMigrations(sql_root, engine), objects: readObjects(sql_root, engine) };
}

async function withDeployment<T>(
  url: string,
  what: string,
  work: (deployment: Deployment) => Promise<T>,
  answer_ms?: number,
): Promise<T> {
  const deployment = await openDeployment(url, answer_ms);
  try {
    return await work(deployment);
  } catch (error) {
    throw translateError(error, what);
  } finally {
    await deployment.close();
  }
}

/** Those that the database does not have. */
function pendingMigrations(deployed: Deployed, migrations: Migration[]): Migration[] {
  for (const row of deployed.migrations) {
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
  return migrations.slice(deployed.migrations.length);
}

/** The objects whose text is not the deployed one, with those that have to be made again with them. */
function changeOf(deployment: Deployment, deployed: Deployed, objects: SqlObject[]): ObjectChange {
  const names = new Set(objects.map((object) => object.name));
  const dropped = [...deployed.objects.keys()].filter((name) => !names.has(name)).sort();
  const moved = objects.filter((object) => deployed.objects.get(object.name) !== object.checksum);
  const changed = deployment.inOrder(objects, new Set([...moved.map((object) => object.name), ...dropped]));
  return { objects, changed, dropped };
}

function named(pending: Migration[], { changed, dropped }: ObjectChange) {
  return { migrations: pending.map(label), objects: changed.map((object) => object.name), dropped };
}

function label(migration: Migration): string {
  return `${String(migration.number).padStart(4, '0')}_${migration.name}`;
}
