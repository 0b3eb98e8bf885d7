import type { Database } from './connect.ts';
import type { StatementValue } from './driver.ts';
import { queryRows } from './query.ts';

/** Which rows of a list are read. */
export interface RowWindow {
  offset: number;
  /** Null: all. */
  limit: number | null;
}

/** The rows of a statement that has an order, so many of them after some that are passed over. */
export async function queryWindow<Row>(
  db: Database,
  sql: string,
  values: readonly StatementValue[],
  { offset, limit }: RowWindow,
): Promise<Row[]> {
  // SQL Server refuses to fetch none.
  if (limit === 0) return [];
  const skipped = `OFFSET ${Math.trunc(offset)} ROWS`;
  const window = limit === null ? skipped : `${skipped} FETCH NEXT ${Math.trunc(limit)} ROWS ONLY`;
  return queryRows<Row>(db, `${sql} ${window}`, values);
}
