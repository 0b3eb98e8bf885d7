import type { Database } from './connect.ts';
import type { PerEngine } from './dialect.ts';
import type { StatementValue } from './driver.ts';
import { repeated } from './repeated.ts';

/** A statement that every engine understands, or one for each. */
export type Sql = string | PerEngine<string>;

export interface QueryOptions {
  /** Columns of the result that are JSON, beside those that are so by their name (src/db/json-columns.ts). */
  json?: readonly string[];
}

/**
 * Reads rows with one statement, a question mark for each value; for the read-only views and tables that the command line
 * shows. Rows are the same on every engine. A transient failure repeats it (see repeated): where readers wait for writers,
 * SQL Server may give up a reader in a deadlock.
 */
export function queryRows<Row = Record<string, unknown>>(
  db: Database,
  sql: Sql,
  values: readonly StatementValue[] = [],
  { json = [] }: QueryOptions = {},
): Promise<Row[]> {
  return repeated(db, 'A query', () => db.driver.query<Row>({ sql: sqlOf(db, sql), values, json }, db.answer_ms));
}

export function sqlOf({ engine }: Pick<Database, 'engine'>, sql: Sql): string {
  return typeof sql === 'string' ? sql : sql[engine];
}
