import { randomUUID } from 'node:crypto';
import { callProcedure, type ParameterValue } from '../../src/db/call.ts';
import { connect, type Database } from '../../src/db/connect.ts';
import { queryRows } from '../../src/db/query.ts';
import type { TestDatabase } from './database.ts';

// The conformance tests call procedures and read rows in SQL that every engine understands (no casts with ::, no now(),
// booleans as parameters). What else they do has its way on each engine, here.

/** Empties tables and whatever refers to them. */
export async function emptyTables(db: Database, ...tables: string[]): Promise<void> {
  if (db.engine === 'postgres') await queryRows(db, `TRUNCATE ${tables.join(', ')} CASCADE`);
  else await (await import('./mssql-pool.ts')).emptyMssqlTables(db, tables);
}

/** The rows of a table, with the transaction that wrote each where the engine tells it: whether any was written meanwhile. */
export function rowsOf(db: Database, table: string): Promise<Record<string, unknown>[]> {
  return queryRows(db, { postgres: `SELECT xmin::text, * FROM ${table}`, mssql: `SELECT * FROM ${table}` });
}

/** Resolves when a session of the database waits for a lock that another holds, in a call of the procedure if one is named. */
export async function untilWaiting(db: Database, procedure = ''): Promise<void> {
  const isWaiting = db.engine === 'postgres' ? isWaitingOnPostgres : (await import('./mssql-waiting.ts')).isWaiting;
  while (!(await isWaiting(db, procedure))) await new Promise((resolve) => setImmediate(resolve));
}

async function isWaitingOnPostgres(db: Database, procedure: string): Promise<boolean> {
  const waiting = `SELECT 1 FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE '%' || ? || '%'`;
  return (await queryRows(db, waiting, [procedure])).length > 0;
}

/** A transaction that stays open on a connection of its own, with whatever is done through `db`. */
export interface OpenTransaction {
  db: Database;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export async function beginTransaction({ url }: Pick<TestDatabase, 'url'>): Promise<OpenTransaction> {
  const { driver, ...rest } = await connect({ url, application_name: `sproute test ${randomUUID()}`, pool_max: 1 });
  // What fails in it is not repeated behind its end.
  const db = { ...rest, driver: { ...driver, isTransaction: true } };
  const end = async (how: 'COMMIT' | 'ROLLBACK') => {
    await queryRows(db, `${how} TRANSACTION`);
    await db.close();
  };
  await queryRows(db, 'BEGIN TRANSACTION');
  return { db, commit: () => end('COMMIT'), rollback: () => end('ROLLBACK') };
}

/** Calls a procedure in a transaction that stays open while `inside` goes on, and then commits it. */
export async function whileOpen(
  { url }: TestDatabase,
  procedure: string,
  parameters: Record<string, ParameterValue>,
  inside: () => Promise<void>,
): Promise<void> {
  const open = await beginTransaction({ url });
  try {
    await callProcedure(open.db, procedure, parameters);
    await inside();
    await open.commit();
  } finally {
    await open.db.close();
  }
}

/** How many rows of a table a call reads, by index or not; what it did is undone. */
export async function rowsRead(
  { url }: TestDatabase,
  table: string,
  procedure: string,
  parameters: Record<string, ParameterValue>,
): Promise<number> {
  const open = await beginTransaction({ url });
  try {
    await callProcedure(open.db, procedure, parameters);
    const [row] = await queryRows<{ read: string }>(
      open.db,
      {
        postgres: 'SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_xact_all_tables WHERE relid = ?::regclass',
        // On a T-SQL server that can say it (test/support/mssql.ts: rows_read).
        mssql:
          'SELECT s.seq_tup_read + s.idx_tup_fetch AS [read] FROM pg_catalog.pg_stat_xact_all_tables AS s WHERE s.relid = OBJECT_ID(?)',
      },
      [table],
    );
    return Number(row?.read);
  } finally {
    await open.rollback();
  }
}
