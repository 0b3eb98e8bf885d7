import pg from 'pg';
import { passwordsIn } from '../db/url.ts';
import { applicationName, connectTimeout_ms, type DatasourceConnection, lockTimeout_ms } from './connection.ts';
import type { Datasource } from './datasource.ts';
import { type Place, unusableUrl } from './datasource-error.ts';
import { postgresError } from './datasource-error-postgres.ts';
import { datasourceUrl } from './datasource-url.ts';

/** Every statement runs in a transaction that cannot write; the server stops those that take too long. */
export async function connectPostgres(datasource: Datasource): Promise<DatasourceConnection> {
  const url = datasourceUrl(datasource);
  const place = { name: datasource.name, secrets: passwordsIn(url) };
  const failed = (error: unknown) => postgresError(error, place);
  const client = clientFor(place, url);
  // The error reaches the query that was running; without one there is nothing to tell.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(session(datasource.options.statement_timeout_ms));
  } catch (error) {
    await client.end().catch(() => {});
    throw failed(error);
  }
  const readOnly = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await client.query('BEGIN READ ONLY');
      return await work();
    } catch (error) {
      throw failed(error);
    } finally {
      await client.query('ROLLBACK').catch(() => {});
    }
  };
  return {
    engine: 'postgres',
    name: datasource.name,
    query: (sql, values = []) =>
      readOnly(async () => (await client.query({ text: sql, values: [...values], ...oneStatement })).rows),
    async *stream(sql) {
      try {
        await client.query('BEGIN READ ONLY');
        // A statement of one's own finds what is wrong with the query; then no part of it can leave the cursor.
        await client.query({ text: `DECLARE rows_of_query NO SCROLL CURSOR FOR ${sql}`, values: [], ...oneStatement });
        yield* fetchAll(client);
      } catch (error) {
        throw failed(error);
      } finally {
        await client.query('ROLLBACK').catch(() => {});
      }
    },
    plan: async (sql) => {
      // A cursor is of a SELECT that writes nothing, and is not opened here. A comment at its end would hide what follows.
      const text = `EXPLAIN (COSTS FALSE) DECLARE check_select NO SCROLL CURSOR FOR ${sql}\n`;
      await readOnly(() => client.query({ text, values: [], ...oneStatement }));
    },
    close: () => client.end().catch(() => {}),
  };
}

/** The driver reads the certificates that the URL names while it takes the URL apart. */
function clientFor(place: Place, url: string): pg.Client {
  try {
    return new pg.Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: connectTimeout_ms,
      keepAlive: true,
      types: rowTypes,
    });
  } catch (error) {
    throw unusableUrl(error, place);
  }
}

/** The extended protocol takes one statement; `;` cannot smuggle in another. */
const oneStatement = { queryMode: 'extended' } as const;

/** Every transaction says READ ONLY itself; this is the belt to those braces, and for what runs outside of one. */
function session(statement_timeout_ms: number): string {
  return `SET default_transaction_read_only = on; SET statement_timeout = ${Number(statement_timeout_ms)};
    SET lock_timeout = ${lockTimeout_ms}; SET idle_in_transaction_session_timeout = 600000; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'`;
}

const bytesInMemory = 16 * 1024 * 1024;
/** So few that large rows behind small ones fit as well. */
const mostRows = 100;

/** As many rows at a time as fit the memory, judging by those before. */
async function* fetchAll(client: pg.Client): AsyncGenerator<Record<string, unknown>> {
  for (let rows = 10; ; ) {
    const { rows: batch } = await client.query<Record<string, unknown>>(`FETCH ${rows} FROM rows_of_query`);
    if (batch.length === 0) return;
    yield* batch;
    const bytes = batch.reduce((sum, row) => sum + sizeOf(row), 1);
    rows = Math.min(mostRows, rows * 4, Math.max(1, Math.floor((bytesInMemory * batch.length) / bytes)));
  }
}

/** Of a row or of what is in it: documents and lists count as much as texts. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 16;
  return Object.entries(value).reduce((sum, [key, each]) => sum + key.length + sizeOf(each), 16);
}

/** Exact and the same on every machine: numbers beyond 2^53, decimals, dates and times stay as the server writes them. */
const rowTypes = new pg.TypeOverrides();
const { INT8, NUMERIC, DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, INTERVAL, BYTEA } = pg.types.builtins;
for (const type of [INT8, NUMERIC, DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, INTERVAL, BYTEA]) {
  rowTypes.setTypeParser(type, (text: string) => text);
}
/** Lists of them are lists of such texts. In the same order: the server's numbers of their array types. */
const TEXT_ARRAY: number = 1009;
const textList: (text: string) => unknown = pg.types.getTypeParser(TEXT_ARRAY);
for (const type of [1016, 1231, 1182, 1183, 1270, 1115, 1185, 1187, 1001]) rowTypes.setTypeParser(type, textList);
