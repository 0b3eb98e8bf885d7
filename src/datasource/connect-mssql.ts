import { hash } from 'node:crypto';
import mssql from 'mssql';
import { closeMssqlPool, MssqlConnectError, openMssqlPool } from '../db/mssql-pool.ts';
import { type MssqlSettings, mssqlSettings, secretsOf } from '../db/mssql-url.ts';
import { passwordsIn } from '../db/url.ts';
import { SprouteError } from '../errors.ts';
import { applicationName, connectTimeout_ms, type DatasourceConnection, lockTimeout_ms } from './connection.ts';
import type { Datasource } from './datasource.ts';
import type { Place } from './datasource-error.ts';
import { mssqlError, tooSlow } from './datasource-error-mssql.ts';
import { datasourceUrl } from './datasource-url.ts';
import { exactValue, type ResultColumn } from './mssql-value.ts';
import { selectFault } from './one-select.ts';
import { mssqlRights } from './probe-mssql.ts';

/**
 * One connection at a time. SQL Server has no read-only transactions: what a login may do is looked at first, a text that is
 * not one SELECT is not sent, and each statement runs in a transaction that is rolled back.
 */
export async function connectMssql(datasource: Datasource): Promise<DatasourceConnection> {
  const url = datasourceUrl(datasource);
  const settings = mssqlSettings(url, { whose: `The datasource ${datasource.name}`, readsOnly: true });
  const place = { name: datasource.name, secrets: [...passwordsIn(url), ...secretsOf(settings)] };
  const connection = connectionOf(await open(settings, datasource, place), datasource, place);
  try {
    if (datasource.options.accept_writing_login !== true) await refuseWriters(connection, url);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function open(settings: MssqlSettings, datasource: Datasource, place: Place): Promise<mssql.ConnectionPool> {
  try {
    return await openMssqlPool(settings, {
      application_name: applicationName,
      pool_max: 1,
      connect_ms: connectTimeout_ms,
      request_ms: datasource.options.statement_timeout_ms,
      acquire_ms: 2 ** 31 - 1,
    });
  } catch (error) {
    if (!(error instanceof MssqlConnectError)) throw error;
    throw error.isClear ? notEncrypted(place) : mssqlError(error.cause, place, error.said);
  }
}

function notEncrypted({ name }: Place): SprouteError {
  return new SprouteError('CONFIG_INVALID', `The datasource ${name} cannot be used: its server does not encrypt.`, {
    hint: 'Have the server encrypt; where nobody can listen in between, write encrypt=false in the URL that it refers to.',
  });
}

function connectionOf(pool: mssql.ConnectionPool, datasource: Datasource, place: Place): DatasourceConnection {
  const { statement_timeout_ms } = datasource.options;
  let running: mssql.Request | undefined;
  let isClosed = false;

  /** A request in a transaction of its own; what it did is undone, whatever it was. */
  async function* within<T>(
    sql: string,
    work: (request: mssql.Request, text: string) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    const transaction = new mssql.Transaction(pool);
    try {
      await transaction.begin(mssql.ISOLATION_LEVEL.READ_COMMITTED);
      if (isClosed) throw gone();
      running = new mssql.Request(transaction);
      yield* work(running, `${session} ${sql}`);
    } catch (error) {
      throw mssqlError(isClosed ? gone() : error, place);
    } finally {
      running = undefined;
      await transaction.rollback().catch(() => {});
    }
  }

  async function run<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const all: Row[] = [];
    const work = async function* (request: mssql.Request, text: string) {
      for (const [at, value] of values.entries()) request.input(`p${at + 1}`, value);
      const { recordset } = await inTime(request, statement_timeout_ms, request.query<Row>(text));
      yield* recordset ?? [];
    };
    for await (const row of within(sql, work)) all.push(row);
    return all;
  }

  const only = (sql: string): string => {
    const fault = selectFault(sql);
    if (fault === undefined) return sql;
    throw new SprouteError('DATASOURCE_FAILED', `The datasource ${place.name} refused the query: ${fault}.`, {
      hint: 'The query is one SELECT, with WITH before it or without; nothing else is sent to SQL Server.',
    });
  };

  return {
    engine: 'mssql',
    name: datasource.name,
    query: async (sql, values) => run(only(sql), values),
    async *stream(sql) {
      yield* within(only(sql), (request, text) => rowsOf(request, text, statement_timeout_ms));
    },
    plan: async (sql) => {
      await run('EXEC sys.sp_describe_first_result_set @tsql = @p1;', [only(sql)]);
    },
    close: async () => {
      isClosed = true;
      running?.cancel();
      await closeMssqlPool(pool);
    },
  };
}

function gone(): Error {
  return new mssql.ConnectionError('the connection was closed', 'ECONNCLOSED');
}

/** In a deadlock it is never the customer's own work that is given up. */
const session = `SET NOCOUNT ON; SET LOCK_TIMEOUT ${lockTimeout_ms}; SET DEADLOCK_PRIORITY LOW;`;

/** SQL Server has no time-out of its own for a statement; it is told to stop. */
async function inTime<T>(request: mssql.Request, limit_ms: number, work: Promise<T>): Promise<T> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    request.cancel();
  }, limit_ms);
  try {
    return await work;
  } catch (error) {
    throw isLate ? tooSlow(limit_ms) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** The driver stops reading while nobody takes its rows; only the server's own time counts. */
async function* rowsOf(request: mssql.Request, sql: string, limit_ms: number): AsyncGenerator<Record<string, unknown>> {
  let columns: ResultColumn[] = [];
  request.arrayRowMode = true;
  request.on('recordset', (described: unknown) => {
    columns = Array.isArray(described) ? described.map(columnOf) : [];
  });
  const stream = request.toReadableStream({ highWaterMark: 16 });
  // Errors reach the stream.
  const finished = request.query(sql).catch(() => {});
  const rows = stream[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await inTime(request, limit_ms, rows.next());
      if (done) break;
      const row: unknown[] = value;
      yield Object.fromEntries(columns.map((column, at) => [column.name, exactValue(row[at], column)]));
    }
    isOver = true;
  } finally {
    if (!isOver) {
      request.cancel();
      request.resume();
      await finished;
    }
  }
}

function columnOf(described: { name: string; scale?: number; type?: { declaration?: string } }): ResultColumn {
  return { name: described.name, type: described.type?.declaration ?? '', scale: described.scale };
}

/** Logins that were found to read only; a program that runs on and on looks again. */
const readers = new Map<string, number>();
const trusted_ms = 600_000;

/** Throws CONFIG_INVALID for a login that may do more than read. */
async function refuseWriters(connection: DatasourceConnection, url: string): Promise<void> {
  const key = hash('sha256', url);
  if (Date.now() - (readers.get(key) ?? Number.NEGATIVE_INFINITY) < trusted_ms) return;
  const { login, may_write } = await mssqlRights(connection);
  if (may_write.length > 0) {
    throw new SprouteError(
      'CONFIG_INVALID',
      `The datasource ${connection.name} is not read with the login ${login}, for it may write: ${may_write.join(', ')}.`,
      {
        hint: 'Name a login that may only SELECT (docs/profiling.md shows how to make one), or take this one with `sproute datasource add --accept-writing-login`.',
      },
    );
  }
  readers.set(key, Date.now());
}
