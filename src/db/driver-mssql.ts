import mssql from 'mssql';
import { SprouteError } from '../errors.ts';
import { within } from '../within.ts';
import type { ConnectOptions } from './connect.ts';
import { connectMssql } from './connect-mssql.ts';
import type { Driver, DriverStatement, ParameterValue, Snapshot } from './driver.ts';
import { closeMssqlPool } from './mssql-pool.ts';
import { type RowSource, rowReader } from './mssql-row.ts';
import { boundJson, parameterName } from './parameters.ts';

const rollbackMs = 5_000;

/** Throws DATABASE_UNREACHABLE, CONFIG_INVALID. */
export async function openDriver({ url, answer_ms, ...options }: Required<ConnectOptions>): Promise<Driver> {
  const open = () => connectMssql(url, { ...options, request_ms: answer_ms });
  const pool = await open();
  let snapshots: Promise<mssql.ConnectionPool> | undefined;
  /** The level of isolation of a snapshot stays with its connection, whatever becomes of it: those are used for nothing else. */
  const snapshotPool = () => {
    snapshots ??= open().catch((error: unknown) => {
      snapshots = undefined;
      throw error;
    });
    return snapshots;
  };
  return {
    ...statementsOn((answer_ms) => requestOf(pool, answer_ms)),
    isTransaction: false,
    snapshot: async () => openSnapshot(await snapshotPool()),
    async close() {
      const others = snapshots?.then(closeMssqlPool).catch(() => {});
      await Promise.all([closeMssqlPool(pool), others]);
    },
  };
}

/** What goes through a transaction, which is one connection. */
function driverIn(transaction: mssql.Transaction, end: () => Promise<void>): Driver {
  return {
    ...statementsOn((answer_ms) => requestOf(transaction, answer_ms)),
    isTransaction: true,
    snapshot: () => Promise.reject(new TypeError('a snapshot within a snapshot')),
    close: end,
  };
}

/** `overrides` is what the constructor makes of its second argument, of which its types say nothing. */
function requestOf(parent: mssql.ConnectionPool | mssql.Transaction, answer_ms: number): mssql.Request {
  const request = parent instanceof mssql.Transaction ? new mssql.Request(parent) : new mssql.Request(parent);
  return Object.assign(request, { overrides: { requestTimeout: answer_ms } });
}

function statementsOn(request: (answer_ms: number) => mssql.Request): Pick<Driver, 'call' | 'query'> {
  return {
    async call<Row>(procedure: string, parameters: Record<string, ParameterValue>, answer_ms: number): Promise<Row[]> {
      const call = request(answer_ms);
      for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined) bind(call, parameterName(name), value);
      }
      const { recordset } = await call.execute<Row>(procedure);
      return rowsOf(recordset, { schema: procedure.split('.')[0] });
    },
    async query<Row>({ sql, values, json }: DriverStatement, answer_ms: number): Promise<Row[]> {
      const statement = request(answer_ms);
      for (const [at, value] of values.entries()) bind(statement, `p${at}`, value);
      const text = numbered(sql);
      // What has no values is sent as it is, so that it may open a transaction.
      const { recordset } = await (values.length === 0 ? statement.batch<Row>(text) : statement.query<Row>(text));
      return rowsOf(recordset, { json });
    },
  };
}

/** SNAPSHOT where the database allows it, and otherwise SERIALIZABLE: as right, but writers wait. */
async function openSnapshot(pool: mssql.ConnectionPool): Promise<Snapshot> {
  const { recordset } = await new mssql.Request(pool).query<{ snapshot_isolation_state: number }>(
    'SELECT d.snapshot_isolation_state FROM sys.databases AS d WHERE d.name = DB_NAME();',
  );
  const isAllowed = recordset[0]?.snapshot_isolation_state === 1;
  const transaction = new mssql.Transaction(pool);
  await transaction.begin(isAllowed ? mssql.ISOLATION_LEVEL.SNAPSHOT : mssql.ISOLATION_LEVEL.SERIALIZABLE);
  // On a connection that is lost, or whose transaction the server gave up, there is nothing to roll back.
  const end = async () => void (await within(rollbackMs, transaction.rollback()));
  async function* rows<Row>(sql: string, answer_ms: number): AsyncGenerator<Row> {
    const request = requestOf(transaction, answer_ms);
    let read: ((row: unknown) => void) | undefined;
    request.on('recordset', (columns: mssql.IColumnMetadata) => {
      read = rowReader(columns, {});
    });
    const stream = request.toReadableStream({ highWaterMark: 16 });
    // Errors reach the stream.
    const finished = request.batch(numbered(sql)).catch(() => {});
    try {
      for await (const row of stream) {
        read?.(row);
        yield row;
      }
    } finally {
      request.cancel();
      await finished;
    }
  }
  return { driver: driverIn(transaction, end), rows, end };
}

/** What a statement returns is what its caller says: that is not looked at on any engine. */
function rowsOf<Row>(recordset: mssql.IRecordSet<Row> | undefined, source: RowSource): Row[] {
  if (recordset === undefined) return [];
  const read = rowReader(recordset.columns, source);
  for (const row of recordset) read(row);
  return recordset;
}

/** Texts of the length that most columns have, so that a statement is planned once and not for every length. */
const shortText = 4_000;

function bind(request: mssql.Request, name: string, value: Exclude<ParameterValue, undefined>): void {
  if (value instanceof Date) {
    request.input(name, mssql.DateTime2(3), value);
    return;
  }
  const bound = boundJson(value);
  if (typeof bound === 'string' && hasNul(bound, typeof value === 'object')) {
    throw new SprouteError('INVALID_PAYLOAD', `${name}: a text holds a NUL character, which cannot be stored.`, {
      hint: 'Take it out, or put U+FFFD in its place.',
    });
  }
  if (typeof bound === 'boolean') request.input(name, mssql.Bit, bound);
  else if (typeof bound === 'number')
    request.input(name, Number.isSafeInteger(bound) ? mssql.BigInt : mssql.Float, bound);
  else {
    // Half a character is U+FFFD on PostgreSQL, which keeps UTF-8.
    const text = bound?.toWellFormed() ?? null;
    request.input(name, mssql.NVarChar((text?.length ?? 0) > shortText ? mssql.MAX : shortText), text);
  }
}

/** SQL Server would store it, and nothing else could. In JSON it is an escape, unless its backslash is one itself. */
function hasNul(text: string, isJson: boolean): boolean {
  if (!isJson) return text.includes('\0');
  // Payloads are large, and hardly any of them has one.
  return text.includes('\\u0000') && /(?<!\\)(\\\\)*\\u0000/.test(text);
}

/** `?` as the parameters @p0, @p1, ...; `\?` is a question mark. */
function numbered(sql: string): string {
  let at = 0;
  return sql.replaceAll(/\\\?|\?/g, (mark) => (mark === '?' ? `@p${at++}` : '?'));
}
