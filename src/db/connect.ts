import type { Driver } from './driver.ts';
import { type Engine, redactUrl, supportedEngine } from './url.ts';

/** A pool of connections to the database that holds the queue. */
export interface Database {
  engine: Engine;
  /** Without the password. */
  shown_url: string;
  driver: Driver;
  /** How long a statement may go unanswered before its connection counts as lost, ms. */
  answer_ms: number;
  /** Ends in seconds, even if the server is out of reach. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  url: string;
  /** As the server's list of sessions shows it; ours begin with `sproute`. */
  application_name: string;
  pool_max: number;
  /** See Database; ten minutes unless said otherwise. */
  answer_ms?: number;
  /** How long connecting may take, ms; ten seconds unless said otherwise. */
  connect_ms?: number;
}

const answerMs = 600_000;
const connectMs = 10_000;

/** Opens a pool and proves that it works. Throws DATABASE_UNREACHABLE, CONFIG_INVALID. */
export async function connect({
  answer_ms = answerMs,
  connect_ms = connectMs,
  ...given
}: ConnectOptions): Promise<Database> {
  const engine = supportedEngine(given.url);
  // Each engine loads its own driver only.
  const { openDriver } = engine === 'mssql' ? await import('./driver-mssql.ts') : await import('./driver-postgres.ts');
  const driver = await openDriver({ ...given, answer_ms, connect_ms });
  return { engine, shown_url: redactUrl(given.url), driver, answer_ms, close: () => driver.close() };
}
