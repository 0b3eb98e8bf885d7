import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

export interface PageRow {
  source_page_id: number;
  external_id: string;
  title: string;
}

export interface PageFilter {
  ids?: number[] | undefined;
  /** SQL LIKE pattern on external_id. */
  source_like?: string | undefined;
  ingested_since?: string | undefined;
}

/** Current page versions after `after`, in order of id, at most `limit`; undefined conditions do not count. */
export function readPages(db: Database, filter: PageFilter, after: number, limit: number): Promise<PageRow[]> {
  return queryRows<PageRow>(
    db,
    `SELECT source_page_id, external_id, title FROM ingest.source_page
     WHERE superseded_at IS NULL AND source_page_id > ?
       AND (?::jsonb IS NULL OR ?::jsonb @> to_jsonb(source_page_id))
       AND (?::text IS NULL OR external_id LIKE ?::text)
       AND (?::timestamptz IS NULL OR ingested_at >= ?::timestamptz)
     ORDER BY source_page_id LIMIT ?`,
    [
      after,
      ...twice(filter.ids === undefined ? null : JSON.stringify(filter.ids)),
      ...twice(filter.source_like ?? null),
      ...twice(filter.ingested_since ?? null),
      limit,
    ],
  );
}

/** The highest rerun ordinal that any job of this type and page carries. */
export async function highestRerun(db: Database, jobType: string): Promise<number> {
  const [row] = await queryRows<{ rerun: number | null }>(
    db,
    `SELECT max((input ->> 'rerun')::integer) AS rerun FROM llm.job WHERE job_type = ? AND input -> 'rerun' IS NOT NULL`,
    [jobType],
  );
  return row?.rerun ?? 0;
}

function twice(value: string | null): [string | null, string | null] {
  return [value, value];
}
