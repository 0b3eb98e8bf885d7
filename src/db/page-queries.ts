import type { Database } from './connect.ts';
import { characters, idList, instant, likeInAnyCase, likePattern, likePatternOf, type PerEngine } from './dialect.ts';
import { queryRows } from './query.ts';
import { joined, type SqlFragment } from './sql-fragment.ts';

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
  const conditions = given([
    [`source_page_id IN (${idList[db.engine]})`, filter.ids && JSON.stringify(filter.ids)],
    [likePatternOf[db.engine]('external_id'), likePattern(db.engine, filter.source_like)],
    [`ingested_at >= ${instant[db.engine]}`, filter.ingested_since],
  ]);
  return queryRows<PageRow>(
    db,
    `SELECT source_page_id, external_id, title FROM ingest.source_page
     WHERE superseded_at IS NULL AND source_page_id > ? ${conditions.sql}
     ORDER BY source_page_id OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    [after, ...conditions.values, limit],
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
  const isLike = likeInAnyCase[db.engine];
  const like = likePattern(db.engine, filter.like);
  const conditions = given([
    ['s.source_system = ?', filter.source_system],
    [`(${isLike('s.external_id')} OR ${isLike('s.title')})`, like, like],
    [`s.ingested_at >= ${instant[db.engine]}`, filter.ingested_since],
  ]);
  const ofState = given([['p.state = ?', filter.state]]);
  return queryRows<ListedPage>(
    db,
    `SELECT p.source_page_id, p.source_system, p.external_id, p.version, p.title, p.content_type, p.characters, p.state,
        p.ingested_at
     FROM (
        SELECT s.source_page_id, s.source_system, s.external_id, s.version, s.title, s.content_type,
            ${characters[db.engine]('s.content')} AS characters, ${isOld ? oldState : currentState} AS state, s.ingested_at
        FROM ingest.source_page AS s
        WHERE s.superseded_at IS ${isOld ? 'NOT NULL' : 'NULL'} AND s.source_page_id > ? ${conditions.sql}
     ) AS p
     WHERE 1 = 1 ${ofState.sql}
     ORDER BY p.source_page_id OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    [filter.after, ...conditions.values, ...ofState.values, filter.limit],
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
    `SELECT count(*) AS texts FROM ingest.page_archive WHERE archived_at < ${instant[db.engine]}`,
    [archived_before.toISOString()],
  );
  return row?.texts ?? 0;
}

/** How many of the pages have the job of this type that enqueueing them would find. */
export async function countWithJob(db: Database, jobType: string, pages: readonly PageRow[]): Promise<number> {
  const [row] = await queryRows<{ pages: number }>(
    db,
    `SELECT count(*) AS pages
     FROM (
        SELECT concat(t.job_type, ':page:', p.id, ':', t.contract_version) AS dedupe_key
        FROM (${idRows[db.engine]}) AS p CROSS JOIN llm.job_type AS t
        WHERE t.job_type = ?) AS k
     WHERE EXISTS (SELECT 1 FROM llm.job AS j WHERE j.dedupe_key = k.dedupe_key)
        OR EXISTS (SELECT 1 FROM llm.job_archive AS a WHERE a.dedupe_key = k.dedupe_key AND a.status = 'SUCCEEDED')`,
    [JSON.stringify(pages.map(({ source_page_id }) => source_page_id)), jobType],
  );
  return row?.pages ?? 0;
}

/** The highest rerun ordinal that any job of this type and page carries. */
export async function highestRerun(db: Database, jobType: string): Promise<number> {
  const [row] = await queryRows<{ rerun: number | null }>(
    db,
    {
      postgres: `SELECT max((input ->> 'rerun')::integer) AS rerun FROM llm.job WHERE job_type = ? AND input -> 'rerun' IS NOT NULL`,
      mssql: `SELECT MAX(TRY_CONVERT(int, JSON_VALUE(input, '$.rerun'))) AS rerun FROM llm.job WHERE job_type = ?`,
    },
    [jobType],
  );
  return row?.rerun ?? 0;
}

/** Those conditions whose value is given, each with AND before it. */
function given(conditions: readonly (readonly [sql: string, ...values: (string | undefined)[]])[]): SqlFragment {
  const kept = conditions.flatMap(([sql, ...values]) => {
    const known = values.filter((value) => value !== undefined);
    return known.length === values.length ? [{ sql: `AND ${sql}`, values: known }] : [];
  });
  return joined(kept, ' ');
}

const idRows: PerEngine<string> = {
  postgres: 'SELECT i.id FROM jsonb_array_elements_text(?::jsonb) AS i (id)',
  mssql: 'SELECT CONVERT(bigint, i.[value]) AS id FROM OPENJSON(?) AS i',
};
