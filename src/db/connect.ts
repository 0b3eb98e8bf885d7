import { setTimeout as wait } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { connectionSettings, Sockets } from './sockets.ts';
import { translateConnectError } from './translate-error.ts';
import { type Engine, redactUrl, supportedEngine } from './url.ts';

/** A pool of connections to the database that holds the queue. */
export interface Database {
  engine: Engine;
  /** Without the password. */
  shown_url: string;
  knex: Knex;
  /** How long a statement may go unanswered before its connection counts as lost, ms. */
  answer_ms: number;
  /** Ends in seconds, even if the server is out of reach. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  url: string;
  /** As pg_stat_activity shows it; ours begin with `sproute`. */
  application_name: string;
  pool_max: number;
  /** See Database; ten minutes unless said otherwise. */
  answer_ms?: number;
  /** How long connecting may take, ms; ten seconds unless said otherwise. */
  connect_ms?: number;
}

const answerMs = 600_000;

/** Opens a pool and proves that it works. Throws DATABASE_UNREACHABLE, CONFIG_INVALID. */
export async function connect(options: ConnectOptions): Promise<Database> {
  for (let attempt = 1; ; attempt += 1) {
    const database = openPool(options);
    try {
      await database.knex.raw('SELECT 1').timeout(connectionSettings.connectionTimeoutMillis);
      return database;
    } catch (error) {
      await database.close();
      if (!isBusy(error) || attempt >= 6) throw translateConnectError(error);
      await wait(Math.random() * Math.min(2_000, 100 * 2 ** attempt));
    }
  }
}

/** It has no connection left, or is just starting: worth another try. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '53300' || error.code === '57P03');
}

function openPool({ url, application_name, pool_max, answer_ms = answerMs, connect_ms }: ConnectOptions): Database {
  const engine = supportedEngine(url);
  const sockets = new Sockets();
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name,
      types: {
        getTypeParser: (oid: number, format: string) =>
          rowTypes.getTypeParser(oid, format === 'binary' ? 'binary' : 'text'),
      },
      ...connectionSettings,
      ...(connect_ms !== undefined && { connectionTimeoutMillis: connect_ms }),
      stream: sockets.make,
    },
    pool: { min: 0, max: pool_max, idleTimeoutMillis: 30_000 },
    acquireConnectionTimeout: 30_000,
    // Its own warnings go to the console; errors reach the caller anyway.
    log: { warn: () => {}, error: () => {}, debug: () => {}, deprecate: () => {} },
  });
  const close = () => sockets.closeAfter(pool.destroy());
  return { engine, shown_url: redactUrl(url), knex: pool, answer_ms, close };
}

/** bigint and numeric as numbers (ids and sums stay below 2^53); the rest as pg does. */
export const rowTypes = new pg.TypeOverrides();
rowTypes.setTypeParser(pg.types.builtins.INT8, Number);
rowTypes.setTypeParser(pg.types.builtins.NUMERIC, Number);
// A date is a day, not an instant in the machine's time zone.
rowTypes.setTypeParser(pg.types.builtins.DATE, (text: string) => text);
