import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

/** A row of llm.retention_policy. */
export interface RetentionPolicy {
  what: string;
  /** null: for ever. */
  keep_days: number | null;
  batch: number;
  description: string;
  next_at: Date;
  last_at: Date | null;
  removed_total: number;
}

export function readRetention(db: Database): Promise<RetentionPolicy[]> {
  return queryRows<RetentionPolicy>(
    db,
    `SELECT what, keep_days, batch, description, next_at, last_at, removed_total
     FROM llm.retention_policy ORDER BY what`,
  );
}

/** Changes what is given; what is undefined stays. False if there is no such policy. */
export async function changeRetention(
  db: Database,
  what: string,
  { keep_days, batch }: { keep_days: number | null | undefined; batch: number | undefined },
): Promise<boolean> {
  const rows = await queryRows(
    db,
    {
      postgres: `UPDATE llm.retention_policy
        SET keep_days = CASE WHEN ?::boolean THEN ?::integer ELSE keep_days END, batch = coalesce(?::integer, batch)
        WHERE what = ? RETURNING what`,
      mssql: `UPDATE llm.retention_policy
        SET keep_days = CASE WHEN ? = 1 THEN CONVERT(int, ?) ELSE keep_days END, batch = COALESCE(CONVERT(int, ?), batch)
        OUTPUT inserted.what
        WHERE what = ?`,
    },
    [keep_days !== undefined, keep_days ?? null, batch ?? null, what],
  );
  return rows.length > 0;
}
