import { createHash } from 'node:crypto';
import knex, { type Knex } from 'knex';
import pg, { type QueryConfig } from 'pg';
import { messageOf } from '../errors.ts';
import { within } from '../within.ts';
import type { ConnectOptions } from './connect.ts';
import type { Driver, DriverStatement, ParameterValue, Snapshot } from './driver.ts';
import { boundJson, parameterName } from './parameters.ts';
import { connectionSettings, Sockets } from './sockets.ts';
import { isBusyPostgres, isUnansweredPostgres, translatePostgresConnect } from './translate-error-postgres.ts';
import { whileBusy } from './while-busy.ts';

interface Statement extends QueryConfig {
  query_timeout: number;
}

/** A connection of pg, as knex keeps them: one that carries a reason to be disposed of is not used again. */
interface Connection<Row> {
  query(statement: Statement): Promise<{ rows: Row[] }>;
  __knex__disposed?: unknown;
}

/** A pool, and proof that it works. Throws DATABASE_UNREACHABLE, CONFIG_INVALID. */
export async function openDriver(options: Required<ConnectOptions>): Promise<Driver> {
  try {
    return await whileBusy(isBusyPostgres, () => open(options));
  } catch (error) {
    throw translatePostgresConnect(error);
  }
}

async function open(options: Required<ConnectOptions>): Promise<Driver> {
  const sockets = new Sockets();
  const pool = openPool(options, sockets);
  const close = () => sockets.closeAfter(pool.destroy());
  try {
    await pool.raw('SELECT 1').timeout(options.connect_ms);
    return driverOf(pool, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function openPool({ url, application_name, pool_max, connect_ms }: Required<ConnectOptions>, sockets: Sockets): Knex {
  return knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name,
      types: {
        getTypeParser: (oid: number, format: string) =>
          rowTypes.getTypeParser(oid, format === 'binary' ? 'binary' : 'text'),
      },
      ...connectionSettings,
      connectionTimeoutMillis: connect_ms,
      stream: sockets.make,
    },
    pool: { min: 0, max: pool_max, idleTimeoutMillis: 30_000 },
    acquireConnectionTimeout: 30_000,
    // Its own warnings go to the console; errors reach the caller anyway.
    log: { warn: () => {}, error: () => {}, debug: () => {}, deprecate: () => {} },
  });
}

const rollbackMs = 5_000;
const pageOfRows = 1_000;

function driverOf(pool: Knex, close: () => Promise<void>): Driver {
  const { isTransaction = false } = pool;
  /** Behind a pooler that keeps no prepared statements, or once a procedure changed while it was used. */
  let mayPrepare = !isTransaction;

  async function run<Row>(statement: Statement): Promise<Row[]> {
    // By itself: what knex would do around the statement costs a tenth of a short call.
    const connection: Connection<Row> = await pool.client.acquireConnection();
    try {
      return (await connection.query(statement)).rows;
    } catch (error) {
      // Its answer may still come, and would be taken for that of the next statement.
      if (isUnansweredPostgres(error)) connection.__knex__disposed = error;
      throw error;
    } finally {
      await pool.client.releaseConnection(connection);
    }
  }

  return {
    isTransaction,
    close,
    async call<Row>(procedure: string, parameters: Record<string, ParameterValue>, answer_ms: number): Promise<Row[]> {
      const statement = { ...statementFor(procedure, parameters), query_timeout: answer_ms };
      if (!mayPrepare) return run<Row>(statement);
      try {
        return await run<Row>({ ...statement, name: nameOf(statement.text) });
      } catch (error) {
        if (!cannotPrepare(error)) throw error;
        mayPrepare = false;
        return run<Row>(statement);
      }
    },
    async query<Row>({ sql, values }: DriverStatement, answer_ms: number): Promise<Row[]> {
      const result: { rows: Row[] } = await pool.raw(sql, [...values]).timeout(answer_ms);
      return result.rows;
    },
    async snapshot(): Promise<Snapshot> {
      const transaction = await pool.transaction({ isolationLevel: 'repeatable read', readOnly: true });
      // On a connection that is lost there is nothing to roll back.
      const end = async () => void (await within(rollbackMs, transaction.rollback()));
      const driver = driverOf(transaction, end);
      async function* rows<Row>(sql: string, answer_ms: number): AsyncGenerator<Row> {
        const run = (text: string) => driver.query<Row>({ sql: text, values: [], json: [] }, answer_ms);
        await run(`DECLARE kept_rows NO SCROLL CURSOR FOR ${sql}`);
        for (;;) {
          const page = await run(`FETCH ${pageOfRows} FROM kept_rows`);
          if (page.length === 0) return;
          yield* page;
        }
      }
      return { driver, rows, end };
    },
  };
}

const names = new Map<string, string>();

/**
 * Calls are prepared once a connection. Their name is a hash of their text: where a pooler lets connections see each
 * other's statements, one of that name is always the same.
 */
function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = `sproute_${createHash('sha256').update(sql).digest('hex').slice(0, 40)}`;
  names.set(sql, name);
  return name;
}

/** The statement is unknown, known already, or returns other columns than it did: it was refused before it ran. */
function cannotPrepare(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === '26000' || code === '42P05' || (code === '0A000' && /cached plan/.test(messageOf(error)));
}

/** `SELECT * FROM schema.name(p_x => $1)`, so that the order of parameters is never relied on. */
function statementFor(procedure: string, parameters: Record<string, ParameterValue>) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const list = given.map(([name], at) => `p_${parameterName(name)} => $${at + 1}`).join(', ');
  return { text: `SELECT * FROM ${procedure}(${list})`, values: given.map(([, value]) => bound(value)) };
}

function bound(value: ParameterValue): string | number | boolean | null {
  return value instanceof Date ? value.toISOString() : boundJson(value);
}

/** bigint and numeric as numbers (ids and sums stay below 2^53); the rest as pg does. */
export const rowTypes = new pg.TypeOverrides();
rowTypes.setTypeParser(pg.types.builtins.INT8, Number);
rowTypes.setTypeParser(pg.types.builtins.NUMERIC, Number);
// A date is a day, not an instant in the machine's time zone.
rowTypes.setTypeParser(pg.types.builtins.DATE, (text: string) => text);
