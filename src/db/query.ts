import type { Database } from './connect.ts';
import type { PerEngine } from './dialect.ts';
import type { StatementValue } from './driver.ts';
import { translateError } from './translate-error.ts';

/** A statement that every engine understands, or one for each. */
export type Sql = string | PerEngine<string>;

export interface QueryOptions {
  /** Columns of the result that are JSON, beside those that are so by their name (src/db/json-columns.ts). */
  json?: readonly string[];
}

/**
 * Reads rows with one statement, a question mark for each value; for the read-only views and tables that the command line
 * shows. Rows are the same on every engine.
 */
export async function queryRows<Row = Record<string, unknown>>(
  db: Database,
  sql: Sql,
  values: readonly StatementValue[] = [],
  { json = [] }: QueryOptions = {},
): Promise<Row[]> {
  try {
    return await db.driver.query<Row>({ sql: sqlOf(db, sql), values, json }, db.answer_ms);
  } catch (error) {
    throw translateError(error, 'A query');
  }
}

export function sqlOf({ engine }: Pick<Database, 'engine'>, sql: Sql): string {
  return typeof sql === 'string' ? sql : sql[engine];
}
