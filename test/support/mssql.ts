import { randomUUID } from 'node:crypto';
import type mssql from 'mssql';
import { vi } from 'vitest';
import type { Datasource } from '../../src/datasource/datasource.ts';
import { quoteMssql } from '../../src/datasource/quote.ts';
import { openMssqlPool } from '../../src/db/mssql-pool.ts';
import { mssqlSettings } from '../../src/db/mssql-url.ts';
import { datasourceAt } from './datasource.ts';

/** The server of these tests: a login that may make databases and logins, on SQL Server or one that speaks T-SQL. */
export const mssqlUrl = process.env.TEST_MSSQL_URL ?? '';

/** What a suite is called: one that is skipped says why. */
export function suiteName(name: string): string {
  return mssqlUrl === '' ? `${name} (skipped: TEST_MSSQL_URL is not set)` : name;
}

/** What not every server that speaks T-SQL can do; a test that needs it is skipped and says so. */
export type Capability = 'temporal_tables' | 'passwords' | 'descriptions_for_readers';

export interface MssqlDatabase {
  /** As the login that made it. */
  url: string;
  /** As a login that may only SELECT. */
  reader_url: string;
  reader: string;
  /** One batch. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  can(capability: Capability): Promise<boolean>;
  close(): Promise<void>;
}

/** A database of its own, with what the batches make, and a login that can only read the tables and views in it. */
export async function createMssqlDatabase(batches: readonly string[]): Promise<MssqlDatabase> {
  const name = `sr_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const reader = `${name}_reader`;
  const server = await open(mssqlUrl);
  await server.request().batch(`CREATE DATABASE ${name}`);
  const url = new URL(mssqlUrl);
  url.pathname = `/${name}`;
  const pool = await open(url.toString());
  const query = async (sql: string) => {
    const { recordset } = await pool.request().batch<Record<string, unknown>>(sql);
    return recordset ?? [];
  };
  // Where rowversion is taken only when it is asked for.
  await query(
    "IF @@VERSION LIKE N'%Babelfish%' EXEC sp_babelfish_configure 'babelfishpg_tsql.escape_hatch_rowversion', 'ignore'",
  );
  for (const batch of batches) await query(batch);
  await query(`CREATE LOGIN ${reader} WITH PASSWORD = 'Read-secret-1'`);
  await query(`CREATE USER ${reader} FOR LOGIN ${reader}`);
  const objects = await query(
    "SELECT CAST(s.name AS nvarchar(128)) AS s, CAST(o.name AS nvarchar(128)) AS o FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V')",
  );
  for (const { s, o } of objects) await query(`GRANT SELECT ON ${quoteMssql(String(s), String(o))} TO ${reader}`);
  const readerUrl = new URL(url);
  readerUrl.username = reader;
  readerUrl.password = 'Read-secret-1';
  const database: MssqlDatabase = {
    url: url.toString(),
    reader_url: readerUrl.toString(),
    reader,
    query,
    can: (capability) => trials[capability](database),
    close: async () => {
      await pool.close();
      // Sessions that were just let go may still be there for a moment.
      await vi.waitFor(() => server.request().batch(`DROP DATABASE ${name}`), { timeout: 30_000, interval: 100 });
      await server.request().batch(`DROP LOGIN ${reader}`);
      await server.close();
    },
  };
  return database;
}

/** A datasource of SQL Server whose URL is in an environment variable of this process. */
export function mssqlDatasourceAt(url: string, options: Partial<Datasource['options']> = {}): Datasource {
  const datasource = datasourceAt(url);
  return { ...datasource, engine: 'mssql', options: { ...datasource.options, ...options } };
}

/** Tried out, not read off the server's name. */
const trials: Record<Capability, (database: MssqlDatabase) => Promise<boolean>> = {
  temporal_tables: (database) =>
    works(
      database.query(
        `CREATE TABLE dbo.trial (id int PRIMARY KEY, a datetime2 GENERATED ALWAYS AS ROW START, b datetime2 GENERATED ALWAYS AS ROW END,
         PERIOD FOR SYSTEM_TIME (a, b)) WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.trial_history))`,
      ),
    ),
  passwords: async ({ reader_url }) => {
    const url = new URL(reader_url);
    url.password = 'Another-secret-1';
    return !(await works(open(url.toString()).then((pool) => pool.close())));
  },
  descriptions_for_readers: async ({ reader_url }) => {
    const pool = await open(reader_url);
    const isAble = await works(pool.request().query("EXEC sys.sp_describe_first_result_set N'SELECT 1 AS a'"));
    await pool.close();
    return isAble;
  },
};

function works(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

function open(url: string): Promise<mssql.ConnectionPool> {
  const settings = mssqlSettings(url, { whose: 'The server of TEST_MSSQL_URL', readsOnly: false });
  return openMssqlPool(settings, {
    application_name: 'sproute test',
    pool_max: 1,
    connect_ms: 15_000,
    request_ms: 120_000,
    acquire_ms: 30_000,
  });
}
