import type { Migration, SqlObject } from './sql-files.ts';
import { supportedEngine } from './url.ts';

/** What the ledgers of a database say; nothing where there are none yet. */
export interface Deployed {
  migrations: { number: number; name: string; checksum: string }[];
  /** Checksums of procedures, functions and views by name. */
  objects: Map<string, string>;
  /** The versions of the program that changed anything. */
  releases: string[];
}

/** What brings procedures, functions and views to this program. */
export interface ObjectChange {
  /** All there are to be. */
  objects: SqlObject[];
  /** Those to be made (again), in the order of making. */
  changed: SqlObject[];
  /** Names of those that are no more. */
  dropped: string[];
}

/** One connection that deploys, on either engine; each method but the first two changes the database. */
export interface Deployment {
  readDeployed(): Promise<Deployed>;
  /** `objects` in the order of making, `moved` and whatever else has to be made again when those are made or dropped. */
  inOrder(objects: SqlObject[], moved: ReadonlySet<string>): SqlObject[];
  /** Makes this session the only one that deploys; `onWait` is told whom it waits for. Throws DATABASE_TRANSIENT. */
  takeLock(onWait: (holder: string) => void): Promise<void>;
  /** Makes the roles, if the login may, and the ledgers. Says whether there are roles. */
  prepare(): Promise<boolean>;
  /** One transaction, with its row of the ledger. */
  applyMigration(migration: Migration, program_version: string): Promise<void>;
  /** One transaction: nobody ever sees half a deploy. Rights and comments are given anew, as far as they differ. */
  applyObjects(change: ObjectChange, program_version: string): Promise<void>;
  /** Objects go as JSON. */
  call<Row extends object>(procedure: string, parameters: Record<string, string | object>): Promise<Row[]>;
  recordRelease(program_version: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens it; `answer_ms` is how long a statement may take, without limit unless said otherwise. */
export async function openDeployment(url: string, answer_ms = 0): Promise<Deployment> {
  // Each engine loads its own driver only.
  if (supportedEngine(url) === 'mssql') {
    return (await import('./deploy-mssql/deployment.ts')).openMssqlDeployment(url, answer_ms);
  }
  return (await import('./deploy-postgres/deployment.ts')).openPostgresDeployment(url, answer_ms);
}
