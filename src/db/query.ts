import type { Database } from './connect.ts';
import type { StatementValue } from './driver.ts';
import { translateError } from './translate-error.ts';
import type { Engine } from './url.ts';

/** A statement that every engine understands, or one for each. */
export type Sql = string | Readonly<Record<Engine, string>>;

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
    return await db.driver.query<Row>(sqlOf(db, sql), values, json);
  } catch (error) {
    throw translateError(error, 'A query');
  }
}

export function sqlOf({ engine }: Pick<Database, 'engine'>, sql: Sql): string {
  return typeof sql === 'string' ? sql : sql[engine];
}
