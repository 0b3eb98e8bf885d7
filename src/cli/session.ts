import { type Config, readConfig } from '../config.ts';
import { connect, type Database } from '../db/connect.ts';
import { type EmbeddedUse, openEmbedded } from '../db/embedded.ts';
import { type MigrationReport, type MigrationStatus, migrate, migrationStatus } from '../db/migrate.ts';
import { SprouteError } from '../errors.ts';
import { readVersion } from '../package-root.ts';
import { counted, say } from './output.ts';

/** What a command that needs the database is given. */
export interface Session {
  config: Config;
  db: Database;
  url: string;
  /** Starts the embedded server again if it died; undefined with a database of one's own. */
  revive: (() => Promise<void>) | undefined;
}

export const programVersion = readVersion();

/**
 * Runs a command with a database: the one of DATABASE_URL, or the embedded one, which is started if need be and brought
 * to this program. A database of one's own is never migrated behind one's back. Throws DATABASE_OUTDATED.
 */
export async function withSession<T>(
  work: (session: Session) => Promise<T>,
  options: { pool_max?: number; answer_ms?: number } = {},
): Promise<T> {
  const config = readConfig();
  return withUrl(config, async (url, embedded) => {
    await bringUp(url, embedded !== undefined);
    const db = await connect({
      url,
      application_name: 'sproute cli',
      pool_max: options.pool_max ?? 4,
      ...(options.answer_ms !== undefined && { answer_ms: options.answer_ms }),
    });
    try {
      return await work({ config, db, url, revive: embedded?.revive });
    } finally {
      await db.close();
    }
  });
}

/** Runs a step with the database's URL alone; the embedded server is started and given back. */
export async function withUrl<T>(
  config: Config,
  work: (url: string, embedded: EmbeddedUse | undefined) => Promise<T>,
): Promise<T> {
  if (config.database_url !== undefined) return work(config.database_url, undefined);
  const use = await openEmbedded(process.cwd());
  try {
    return await work(use.url, use);
  } finally {
    await use.release();
  }
}

export async function migrateDatabase(url: string, dry_run = false): Promise<MigrationReport> {
  // Loaded for a deploy alone: what validates contracts takes longer to start than most commands.
  const [{ loadContracts }, { loadJobTypes }] = await Promise.all([
    import('../contracts/registry.ts'),
    import('../contracts/job-types.ts'),
  ]);
  return migrate({
    url,
    program_version: programVersion,
    registry: { contracts: loadContracts(), job_types: loadJobTypes() },
    dry_run,
    onWait: (holder) => say(`Waiting for another deploy to end: ${holder}.`),
  });
}

async function bringUp(url: string, isEmbedded: boolean): Promise<void> {
  const status = await migrationStatus({ url, program_version: programVersion });
  if (status.pending.length === 0 && status.changed_objects.length === 0) return;
  if (!isEmbedded) {
    throw new SprouteError('DATABASE_OUTDATED', `The database lacks ${undeployed(status)} of this program.`, {
      hint: 'Run `sproute db migrate`.',
    });
  }
  await migrateDatabase(url);
  say(`Embedded PostgreSQL: ${undeployed(status)} deployed.`);
}

/** What a database lacks: `2 migrations and 1 procedure`. */
export function undeployed({ pending, changed_objects }: MigrationStatus): string {
  const kinds = [
    { count: pending.length, noun: 'migration' },
    { count: changed_objects.length, noun: 'procedure' },
  ];
  const lacked = kinds.filter(({ count }) => count > 0).map(({ count, noun }) => counted(count, noun));
  return lacked.join(' and ');
}
