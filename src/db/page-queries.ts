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

/** Where a page stands: a current one by its jobs and extractions, an old version by what became of it. */
export const pageStates = ['new', 'waiting', 'failed', 'read', 'superseded', 'archived'] as const;

export interface ListedPage {
  source_page_id: number;
  source_system: string;
  external_id: string;
  version: number;
  title: string;
  content_type: string;
  characters: number;
  state: (typeof pageStates)[number];
  ingested_at: Date;
}

export interface PageListFilter {
  source_system?: string | undefined;
  /** SQL LIKE pattern on external_id or title, case-insensitive. */
  like?: string | undefined;
  /** ISO 8601. */
  ingested_since?: string | undefined;
  state?: string | undefined;
  /** Only pages after this source_page_id. */
  after: number;
  limit: number;
}

/** Pages in order of id: current ones, or old versions if their state is asked for. */
export function listPages(db: Database, filter: PageListFilter): Promise<ListedPage[]> {
  const isOld = filter.state === 'superseded' || filter.state === 'archived';
  return queryRows<ListedPage>(
    db,
    `SELECT p.* FROM (
        SELECT s.source_page_id, s.source_system, s.external_id, s.version, s.title, s.content_type,
            length(s.content) AS characters, ${isOld ? oldState : currentState} AS state, s.ingested_at
        FROM ingest.source_page AS s
        WHERE s.superseded_at IS ${isOld ? 'NOT NULL' : 'NULL'} AND s.source_page_id > ?
          AND (?::text IS NULL OR s.source_system = ?::text)
          AND (?::text IS NULL OR s.external_id ILIKE ?::text OR s.title ILIKE ?::text)
          AND (?::timestamptz IS NULL OR s.ingested_at >= ?::timestamptz)
     ) AS p
     WHERE ?::text IS NULL OR p.state = ?::text
     ORDER BY p.source_page_id LIMIT ?`,
    [
      filter.after,
      ...twice(filter.source_system ?? null),
      filter.like ?? null,
      ...twice(filter.like ?? null),
      ...twice(filter.ingested_since ?? null),
      ...twice(filter.state ?? null),
      filter.limit,
    ],
  );
}

const oldState = "CASE WHEN s.archived_at IS NULL THEN 'superseded' ELSE 'archived' END";
const hasJob = (statuses: string) =>
  `EXISTS (SELECT 1 FROM llm.job AS j WHERE j.source_page_id = s.source_page_id AND j.status IN (${statuses}))`;
const currentState = `CASE WHEN ${hasJob("'NEW', 'SCHEDULED', 'RUNNING'")} THEN 'waiting'
    WHEN ${hasJob("'DEADLETTER'")} THEN 'failed'
    WHEN EXISTS (SELECT 1 FROM kb.extraction AS x WHERE x.source_page_id = s.source_page_id) THEN 'read' ELSE 'new' END`;

/** Archived texts that are older than an instant. */
export async function countArchivedTexts(db: Database, archived_before: Date): Promise<number> {
  const [row] = await queryRows<{ texts: number }>(
    db,
    'SELECT count(*)::integer AS texts FROM ingest.page_archive WHERE archived_at < ?::timestamptz',
    [archived_before.toISOString()],
  );
  return row?.texts ?? 0;
}

/** How many of the pages have the job of this type that enqueueing them would find. */
export async function countWithJob(db: Database, jobType: string, pages: readonly PageRow[]): Promise<number> {
  const [row] = await queryRows<{ pages: number }>(
    db,
    `SELECT count(*)::integer AS pages
     FROM llm.job_type AS t, jsonb_array_elements_text(?::jsonb) AS p (id),
       LATERAL (SELECT t.job_type || ':page:' || p.id || ':' || t.contract_version AS dedupe_key) AS k
     WHERE t.job_type = ?
       AND (EXISTS (SELECT FROM llm.job AS j WHERE j.dedupe_key = k.dedupe_key)
         OR EXISTS (SELECT FROM llm.job_archive AS a WHERE a.dedupe_key = k.dedupe_key AND a.status = 'SUCCEEDED'))`,
    [JSON.stringify(pages.map(({ source_page_id }) => source_page_id)), jobType],
  );
  return row?.pages ?? 0;
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
