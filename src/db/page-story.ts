import type { Database } from './connect.ts';
import { characters, keyIs } from './dialect.ts';
import { queryRows } from './query.ts';
import type { Engine } from './url.ts';

/** A page version with all that is known of it. */
export interface PageStory {
  page: PageVersion & { content: string };
  versions: PageVersion[];
  /** By chunking policy. */
  chunks: { policy_sha256: string; chunks: number; tokens: number; largest_tokens: number }[];
  /** Of all versions, newest first. */
  jobs: Record<string, unknown>[];
  extractions: Record<string, unknown>[];
  /** Live assertions by job type and kind. */
  items: { job_type: string; item_kind: string; items: number; quarantined: number }[];
}

export interface PageVersion {
  source_page_id: number;
  source_system: string;
  external_id: string;
  version: number;
  title: string;
  content_type: string;
  content_sha256: string;
  characters: number;
  metadata: Record<string, unknown>;
  ingested_at: Date;
  superseded_at: Date | null;
  archived_at: Date | null;
}

const versionColumns = (
  engine: Engine,
) => `s.source_page_id, s.source_system, s.external_id, s.version, s.title, s.content_type, s.content_sha256,
    ${characters[engine]('coalesce(a.content, s.content)')} AS characters, s.metadata, s.ingested_at, s.superseded_at, s.archived_at`;
const versionTables =
  'ingest.source_page AS s LEFT JOIN ingest.page_archive AS a ON a.source_page_id = s.source_page_id';

/**
 * The versions that a person may mean: the version of a source_page_id, or the current ones of an external id. Digits are
 * an external id only if the source is given, so that none is ever taken for the other.
 */
export function findVersions(db: Database, name: string, source?: string): Promise<PageVersion[]> {
  const isId = source === undefined && /^[1-9]\d{0,14}$/.test(name);
  const key = keyIs(db.engine, 's.external_id', name);
  return queryRows<PageVersion>(
    db,
    `SELECT ${versionColumns(db.engine)} FROM ${versionTables}
     WHERE ${isId ? 's.source_page_id = ?' : `${key.sql} AND s.superseded_at IS NULL`}
       ${source === undefined ? '' : 'AND s.source_system = ?'}
     ORDER BY s.source_page_id`,
    [...(isId ? [Number(name)] : key.values), ...(source === undefined ? [] : [source])],
  );
}

/** The text of a version, also of an archived one; null if that was purged. */
export async function readPageText(db: Database, source_page_id: number): Promise<string | null> {
  const [row] = await queryRows<{ content: string | null }>(
    db,
    `SELECT CASE WHEN s.archived_at IS NULL THEN s.content ELSE a.content END AS content
     FROM ${versionTables} WHERE s.source_page_id = ?`,
    [source_page_id],
  );
  return row?.content ?? null;
}

/** Everything about a page but its text. */
export async function readPageStory(db: Database, page: PageVersion): Promise<Omit<PageStory, 'page'>> {
  const { source_system, external_id, source_page_id } = page;
  const key = keyIs(db.engine, 's.external_id', external_id);
  const named = [source_system, ...key.values];
  const ofPage = `SELECT s.source_page_id FROM ingest.source_page AS s WHERE s.source_system = ? AND ${key.sql}`;
  const [versions, chunks, jobs, extractions, items] = await Promise.all([
    queryRows<PageVersion>(
      db,
      `SELECT ${versionColumns(db.engine)} FROM ${versionTables} WHERE s.source_system = ? AND ${key.sql} ORDER BY s.version`,
      named,
    ),
    queryRows<PageStory['chunks'][number]>(
      db,
      `SELECT policy_sha256, count(*) AS chunks, sum(token_count) AS tokens, max(token_count) AS largest_tokens
       FROM ingest.chunk
       WHERE source_page_id = ? GROUP BY policy_sha256 ORDER BY policy_sha256`,
      [source_page_id],
    ),
    queryRows(
      db,
      `SELECT job_id, job_type, source_page_id, status, attempt_count, created_at, finished_at, last_error_code FROM llm.job
       WHERE source_page_id IN (${ofPage}) ORDER BY job_id DESC OFFSET 0 ROWS FETCH NEXT 200 ROWS ONLY`,
      named,
    ),
    queryRows(
      db,
      `SELECT source_page_id, job_type, contract_version, model, run_id, counts, routed_at FROM kb.extraction
       WHERE source_page_id IN (${ofPage}) ORDER BY extraction_id DESC OFFSET 0 ROWS FETCH NEXT 200 ROWS ONLY`,
      named,
    ),
    queryRows<PageStory['items'][number]>(
      db,
      `SELECT job_type, item_kind, count(*) AS items, count(quarantine_reason) AS quarantined
       FROM kb.assertion WHERE source_page_id IN (${ofPage}) AND retracted_at IS NULL
       GROUP BY job_type, item_kind ORDER BY job_type, item_kind`,
      named,
    ),
  ]);
  return { versions, chunks, jobs, extractions, items };
}
