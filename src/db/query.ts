import type { Database } from './connect.ts';
import { translateError } from './translate-error.ts';

/** Reads rows with one statement; for the read-only views and tables that the command line shows. */
export async function queryRows<Row = Record<string, unknown>>(
  db: Database,
  sql: string,
  values: (string | number | boolean | null)[] = [],
): Promise<Row[]> {
  try {
    const result: { rows: Row[] } = await db.knex.raw(sql, values).timeout(db.answer_ms);
    return result.rows;
  } catch (error) {
    throw translateError(error, 'A query');
  }
}
