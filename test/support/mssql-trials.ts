import { randomUUID } from 'node:crypto';
import type mssql from 'mssql';
import { connectMssql } from '../../src/db/connect-mssql.ts';
import { dropMssqlDatabases, mssqlServerUrl, onMssqlServer } from './mssql-server.ts';

type Trial = (query: Query, other: Query, database: string) => Promise<unknown>;
type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/** Each comes to nothing on a server that cannot do it: what it can is tried out, not read off its name. */
const trials = {
  /** CREATE OR ALTER; without it rewrite-tsql.ts is loaded. */
  create_or_alter: async (query) => {
    await query('CREATE OR ALTER VIEW dbo.trial AS SELECT 1 AS a;');
    return true;
  },
  /** Strings in JSON come out without their escapes. */
  json_escapes: async (query) => (await query(`SELECT JSON_VALUE(N'{"a":"x\\"\\n"}', '$.a') AS a`))[0]?.a === 'x"\n',
  /** OPENJSON ... WITH gives all of a text that is longer than 4 000 characters. */
  long_json: async (query) => {
    const rows = await query(`SELECT LEN(j.a) AS n
      FROM OPENJSON(CONCAT(N'{"a":"', REPLICATE(CONVERT(nvarchar(max), N'x'), 5000), N'"}')) WITH (a nvarchar(max) '$.a') AS j;`);
    return Number(rows[0]?.n) === 5_000;
  },
  /** UPDLOCK locks what is read, READPAST passes it over. */
  row_locks: async (query, other) => {
    await query(
      'CREATE TABLE dbo.trial_row (a int NOT NULL PRIMARY KEY); INSERT INTO dbo.trial_row (a) VALUES (1), (2);',
    );
    await query('BEGIN TRANSACTION; SELECT t.a FROM dbo.trial_row AS t WITH (UPDLOCK, ROWLOCK) WHERE t.a = 1;');
    const rows = await other(
      'SELECT t.a FROM dbo.trial_row AS t WITH (UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK);',
    );
    await query('ROLLBACK TRANSACTION;');
    return rows.length === 1;
  },
  /** Characters beyond U+FFFF count as two in a binary collation. */
  utf16: async (query) =>
    (await query('SELECT LEN(NCHAR(55357) + NCHAR(56832) COLLATE Latin1_General_100_BIN2) AS n'))[0]?.n === 2,
  /** It says how many rows of a table a transaction read, and plans by how many there are without being told to count. */
  rows_read: async (query) => {
    await query('CREATE TABLE dbo.trial_read (a int); INSERT INTO dbo.trial_read (a) VALUES (1);');
    await query('SELECT TOP (1) s.seq_tup_read FROM pg_catalog.pg_stat_xact_all_tables AS s;');
    const [table] = await query(
      "SELECT c.reltuples AS n FROM pg_catalog.pg_class AS c WHERE c.relname = 'trial_read';",
    );
    return Number(table?.n) > 0;
  },
  /** Who may execute a procedure may do what it does to tables of the same owner. */
  ownership_chaining: async (query, _, database) => {
    await query('CREATE TABLE dbo.trial_owned (a int);');
    await query('CREATE PROCEDURE dbo.trial_read AS SELECT a FROM dbo.trial_owned;');
    await query(`CREATE LOGIN ${database} WITH PASSWORD = 'Read-secret-1';`);
    await query(`CREATE USER ${database} FOR LOGIN ${database};`);
    await query(`GRANT EXECUTE ON dbo.trial_read TO ${database};`);
    const url = new URL(mssqlServerUrl(database));
    url.username = database;
    url.password = 'Read-secret-1';
    const pool = await open(url.toString());
    try {
      await pool.request().batch('EXEC dbo.trial_read;');
      return true;
    } finally {
      await pool.close();
    }
  },
} as const satisfies Record<string, Trial>;

export type Capability = keyof typeof trials;

/** What the server of TEST_MSSQL_URL cannot do. */
export async function missingCapabilities(): Promise<Capability[]> {
  const name = `sproute_trial_${randomUUID().slice(0, 8)}`;
  await onMssqlServer(`CREATE DATABASE ${name};`);
  const pools = [await open(mssqlServerUrl(name)), await open(mssqlServerUrl(name))] as const;
  const [query, other] = pools.map(queryOn);
  try {
    const missing: Capability[] = [];
    for (const capability of Object.keys(trials).filter(isCapability)) {
      const isThere = query && other && (await trials[capability](query, other, name).catch(() => false));
      if (!isThere) missing.push(capability);
    }
    return missing;
  } finally {
    for (const pool of pools) await pool.close();
    await dropMssqlDatabases(name);
    // Its user went with the database.
    await onMssqlServer(`IF SUSER_ID(N'${name}') IS NOT NULL DROP LOGIN ${name};`);
  }
}

function open(url: string): Promise<mssql.ConnectionPool> {
  return connectMssql(url, { application_name: 'sproute test', pool_max: 1, request_ms: 60_000 });
}

function queryOn(pool: mssql.ConnectionPool): Query {
  return async (sql) => (await pool.request().batch<Record<string, unknown>>(sql)).recordset ?? [];
}

function isCapability(name: string): name is Capability {
  return name in trials;
}
