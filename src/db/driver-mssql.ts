import mssql from 'mssql';
import { SprouteError } from '../errors.ts';
import { within } from '../within.ts';
import type { ConnectOptions } from './connect.ts';
import { connectMssql } from './connect-mssql.ts';
import type { Driver, DriverStatement, ParameterValue, Snapshot } from './driver.ts';
import { type RowSource, rowReader } from './mssql-row.ts';
import { boundJson, parameterName } from './parameters.ts';

const closeMs = 3_000;
const rollbackMs = 5_000;

/** Throws DATABASE_UNREACHABLE, CONFIG_INVALID. */
export async function openDriver({ url, answer_ms, ...options }: Required<ConnectOptions>): Promise<Driver> {
  const pool = await connectMssql(url, { ...options, request_ms: answer_ms });
  const close = async () => void (await within(closeMs, pool.close()));
  return driverOf(pool, close);
}

/** Of a pool, or of a transaction, which is one connection of it. */
function driverOf(pool: mssql.ConnectionPool, close: () => Promise<void>, transaction?: mssql.Transaction): Driver {
  const request = (answer_ms: number) => {
    const made = transaction === undefined ? new mssql.Request(pool) : new mssql.Request(transaction);
    return Object.assign(made, { overrides: { requestTimeout: answer_ms } });
  };
  return {
    isTransaction: transaction !== undefined,
    close,
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
    snapshot: () => openSnapshot(pool),
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
  /** The level stays with the connection, and others come after. */
  const leave = async () => {
    await new mssql.Request(transaction).batch('SET TRANSACTION ISOLATION LEVEL READ COMMITTED;');
    await transaction.rollback();
  };
  const end = async () => void (await within(rollbackMs, leave()));
  async function* rows<Row>(sql: string, answer_ms: number): AsyncGenerator<Row> {
    const request = Object.assign(new mssql.Request(transaction), { overrides: { requestTimeout: answer_ms } });
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
  return { driver: driverOf(pool, end, transaction), rows, end };
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
  else request.input(name, mssql.NVarChar((bound?.length ?? 0) > shortText ? mssql.MAX : shortText), bound);
}

/** SQL Server would store it, and nothing else could. In JSON it is an escape. */
function hasNul(text: string, isJson: boolean): boolean {
  return isJson ? /(?<!\\)(\\\\)*\\u0000/.test(text) : text.includes('\0');
}

/** `?` as the parameters @p0, @p1, ...; `\?` is a question mark. */
function numbered(sql: string): string {
  let at = 0;
  return sql.replaceAll(/\\\?|\?/g, (mark) => (mark === '?' ? `@p${at++}` : '?'));
}
