import { pageConditions } from './backfill-page-sql.ts';
import type { Database } from './connect.ts';
import { queryRows } from './query.ts';
import { joined, type SqlFragment } from './sql-fragment.ts';

/** Which stored answers a replay is for; every condition that is given must hold. */
export interface ReplaySelection {
  job_type?: string | undefined;
  page_ids?: number[] | undefined;
  page_patterns?: string[] | undefined;
  /** Of the routing, an ISO instant. */
  since?: string | undefined;
  /** The source run. */
  run_id?: string | undefined;
}

/** The answers that the live items of a page, or those about an entity, of one job type rest on. */
export interface ReplayRow {
  job_type: string;
  source_page_id: number | null;
  /** Where the answers are about an entity. */
  entity_id: number | null;
  title: string;
  /** The run that asked the model, even if its answers were replayed since. */
  run_id: string;
  contract_version: string;
  default_priority: number;
  /** `ready`, or why there is nothing to enqueue. */
  state: 'ready' | 'done' | 'no_answers' | 'other_major';
}

/** So many routed answers are looked at in one statement. */
const step = 10_000;

/** Identifies what a replay would apply answers with: `ready` rows have no job under this key yet. */
export function replayKey(job_type: string, run_id: string, route_sha256: string): string {
  return `replay:${job_type}:${run_id}:${route_sha256}`;
}

/**
 * The last routed answers of every page (or entity) and job type that have live assertions, step by step; `seen` is the
 * last extraction_id that was looked at. `keys` holds the checksum of each job type's routing and the ordinal of the rerun.
 */
export async function* readReplayRows(
  db: Database,
  selection: ReplaySelection,
  keys: { routes: Map<string, string>; rerun: number },
): AsyncGenerator<{ seen: number; rows: ReplayRow[] }> {
  const routes = JSON.stringify(Object.fromEntries(keys.routes));
  const suffix = keys.rerun === 0 ? '' : `:rerun:${keys.rerun}`;
  for (let after = 0; ; ) {
    const { sql, values } = statement(selection, after, routes, suffix);
    const found = await queryRows<{ seen: number | null; job_type: string | null } & ReplayRow>(db, sql, values);
    const seen = found[0]?.seen ?? null;
    if (seen === null) return;
    yield { seen, rows: found.filter((row) => row.job_type !== null) };
    after = seen;
  }
}

function statement(selection: ReplaySelection, after: number, routes: string, suffix: string): SqlFragment {
  return joined(
    [
      {
        sql: `WITH candidate AS MATERIALIZED (
                SELECT e.extraction_id, e.source_page_id, e.subject_key, e.job_type, e.job_id, e.run_id, e.contract_version,
                    e.routed_at
                FROM kb.extraction AS e
                WHERE e.extraction_id > ? ORDER BY e.extraction_id LIMIT ${step}
            ), latest AS (
                SELECT x.extraction_id, x.job_type, x.source_page_id, NULL::bigint AS entity_id, s.title, x.contract_version,
                    x.job_id, x.run_id
                FROM candidate AS x
                ${pageOf('x.source_page_id')}
                WHERE s.superseded_at IS NULL
                  AND (SELECT true FROM kb.extraction AS n
                       WHERE n.source_page_id = x.source_page_id AND n.job_type = x.job_type
                         AND n.extraction_id > x.extraction_id LIMIT 1) IS NULL
                  AND (SELECT true FROM kb.assertion AS a
                       WHERE a.source_page_id = x.source_page_id AND a.job_type = x.job_type AND a.retracted_at IS NULL
                         AND a.subject_key = '' LIMIT 1)`,
        values: [after],
      },
      ...extractionConditions(selection),
      ...pageConditions(selection),
      {
        sql: `UNION ALL
                SELECT x.extraction_id, x.job_type, NULL, e.entity_id, e.entity_name, x.contract_version, x.job_id, x.run_id
                FROM candidate AS x
                CROSS JOIN LATERAL (
                    SELECT d.entity_id, d.entity_name FROM kb.dim_entity AS d
                    WHERE d.name_key = split_part(x.subject_key, E'\\x1f', 1)
                      AND d.type_family = split_part(x.subject_key, E'\\x1f', 2)
                      AND d.disambiguator = split_part(x.subject_key, E'\\x1f', 3) AND d.retracted_at IS NULL
                    LIMIT 1) AS e
                WHERE x.source_page_id IS NULL
                  -- Read once a step: no join, whatever the planner expects.
                  AND (x.extraction_id IN (
                      SELECT max(n.extraction_id) FROM kb.extraction AS n
                      WHERE n.source_page_id IS NULL GROUP BY n.job_type, n.subject_key)) IS TRUE
                  AND (SELECT true FROM kb.assertion AS a
                       ${pageOf('a.source_page_id')}
                       WHERE a.subject_key = x.subject_key AND a.subject_key <> '' AND a.job_type = x.job_type
                         AND a.retracted_at IS NULL`,
        values: [],
      },
      ...pageConditions(selection),
      { sql: 'LIMIT 1)', values: [] },
      ...extractionConditions(selection),
      {
        sql: `), sourced AS MATERIALIZED (
                SELECT l.*, llm.fn_source_run(l.job_id, l.run_id) AS source_run_id FROM latest AS l
            ), matching AS (
                SELECT l.*, t.default_priority, CASE
                    WHEN split_part(l.contract_version, '.', 1) <> split_part(t.contract_version, '.', 1) THEN 'other_major'
                    WHEN coalesce(
                        (SELECT true FROM llm.job AS k WHERE k.dedupe_key = y.dedupe_key LIMIT 1),
                        (SELECT true FROM llm.job_archive AS k
                         WHERE k.status = 'SUCCEEDED' AND k.dedupe_key = y.dedupe_key LIMIT 1)) THEN 'done'
                    WHEN (SELECT true FROM llm.artifact AS f
                          WHERE f.run_id = l.source_run_id AND f.artifact_type = 'output' LIMIT 1) IS NULL THEN 'no_answers'
                    ELSE 'ready' END AS state
                FROM sourced AS l
                JOIN llm.job_type AS t ON t.job_type = l.job_type
                CROSS JOIN LATERAL (
                    SELECT ('replay:' || l.job_type || ':' || l.source_run_id || ':' || (?::jsonb ->> l.job_type) || ?::text)
                        COLLATE "C" AS dedupe_key) AS y
                WHERE ${selection.run_id === undefined ? 'true' : 'l.source_run_id = ?::uuid'}
            )
            SELECT k.seen, m.job_type, m.source_page_id, m.entity_id, m.title, m.source_run_id AS run_id, m.contract_version,
                m.default_priority, m.state
            FROM (SELECT max(c.extraction_id) AS seen FROM candidate AS c) AS k
            LEFT JOIN matching AS m ON true
            ORDER BY m.extraction_id`,
        values: [routes, suffix, ...(selection.run_id === undefined ? [] : [selection.run_id])],
      },
    ],
    '\n',
  );
}

/** The page of an id, one look-up a row: whatever the planner expects, it never joins all pages. */
function pageOf(column: string): string {
  return `CROSS JOIN LATERAL (
      SELECT p.source_page_id, p.source_system, p.external_id, p.title, p.ingested_at, p.superseded_at
      FROM ingest.source_page AS p WHERE p.source_page_id = ${column} LIMIT 1) AS s`;
}

/** Conditions on the extraction `x`. */
function extractionConditions({ job_type, since }: ReplaySelection): SqlFragment[] {
  return [
    ...(job_type === undefined ? [] : [{ sql: 'AND x.job_type = ?', values: [job_type] }]),
    ...(since === undefined ? [] : [{ sql: 'AND x.routed_at >= ?::timestamptz', values: [since] }]),
  ];
}

/**
 * What each job type's answers are routed by, as one checksum: every procedure and function of the schemas kb and onto,
 * apart from the routing procedures of other job types.
 */
export async function readRouteChecksums(db: Database): Promise<Map<string, string>> {
  const rows = await queryRows<{ job_type: string; route_sha256: string }>(
    db,
    `SELECT t.job_type, left(encode(sha256(convert_to(
         string_agg(o.name || ' ' || o.checksum, E'\\n' ORDER BY o.name), 'UTF8')), 'hex'), 16) AS route_sha256
     FROM llm.job_type AS t
     JOIN llm.schema_object AS o ON o.name = t.route_procedure
         OR o.name ~ '^(kb|onto)\\.(usp|fn)_' AND o.name !~ '\\.usp_process_[a-z0-9_]+_output$'
     GROUP BY t.job_type`,
  );
  return new Map(rows.map((row) => [row.job_type, row.route_sha256]));
}

/** The highest extraction_id, for showing how far a walk has come. */
export async function highestExtraction(db: Database): Promise<number> {
  const [row] = await queryRows<{ id: number | null }>(db, 'SELECT max(extraction_id) AS id FROM kb.extraction');
  return row?.id ?? 0;
}

/** The highest ordinal of a replay that was asked for once more. */
export async function highestReplayRerun(db: Database): Promise<number> {
  const [row] = await queryRows<{ rerun: number | null }>(
    db,
    `SELECT max((regexp_match(j.dedupe_key, ':rerun:(\\d+)$'))[1]::integer) AS rerun
     FROM llm.job AS j WHERE j.dedupe_key >= 'replay:' AND j.dedupe_key < 'replay;'`,
  );
  return row?.rerun ?? 0;
}
