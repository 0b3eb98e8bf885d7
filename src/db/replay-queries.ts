import { hash } from 'node:crypto';
import { pageConditions } from './backfill-page-sql.ts';
import type { Database } from './connect.ts';
import { exists, instant, type PerEngine } from './dialect.ts';
import { queryRows } from './query.ts';
import { joined, type SqlFragment } from './sql-fragment.ts';
import type { Engine } from './url.ts';

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
    const { sql, values } = statement(db.engine, selection, after, routes, suffix);
    const found = await queryRows<{ seen: number | null; job_type: string | null } & ReplayRow>(db, sql, values);
    const seen = found[0]?.seen ?? null;
    if (seen === null) return;
    yield { seen, rows: found.filter((row) => row.job_type !== null) };
    after = seen;
  }
}

function statement(
  engine: Engine,
  selection: ReplaySelection,
  after: number,
  routes: string,
  suffix: string,
): SqlFragment {
  const { once, page, subject, major, dedupeKey, sourceRun, runId } = dialect[engine];
  return joined(
    [
      {
        sql: `WITH candidate AS ${once}(
                SELECT e.extraction_id, e.source_page_id, e.subject_key, e.job_type, e.job_id, e.run_id, e.contract_version,
                    e.routed_at
                FROM kb.extraction AS e
                WHERE e.extraction_id > ? ORDER BY e.extraction_id OFFSET 0 ROWS FETCH NEXT ${step} ROWS ONLY
            ), latest AS (
                SELECT x.extraction_id, x.job_type, x.source_page_id, CAST(NULL AS bigint) AS entity_id, s.title,
                    x.contract_version, x.job_id, x.run_id
                FROM candidate AS x
                ${page('x.source_page_id')}
                WHERE s.superseded_at IS NULL
                  AND NOT (${exists(
                    engine,
                    `FROM kb.extraction AS n
                     WHERE n.source_page_id = x.source_page_id AND n.job_type = x.job_type
                       AND n.extraction_id > x.extraction_id`,
                  )})
                  AND ${exists(
                    engine,
                    `FROM kb.assertion AS a
                     WHERE a.source_page_id = x.source_page_id AND a.job_type = x.job_type AND a.retracted_at IS NULL
                       AND a.subject_key = ''`,
                  )}`,
        values: [after],
      },
      ...extractionConditions(engine, selection),
      ...pageConditions(engine, selection),
      {
        sql: `UNION ALL
                SELECT x.extraction_id, x.job_type, NULL, e.entity_id, e.entity_name, x.contract_version, x.job_id, x.run_id
                FROM candidate AS x
                ${subject}
                WHERE x.source_page_id IS NULL
                  AND ${isLastOfSubject[engine]}
                  AND `,
        values: [],
      },
      {
        sql: engine === 'postgres' ? '(SELECT true' : 'EXISTS (SELECT 1',
        values: [],
      },
      {
        sql: `FROM kb.assertion AS a
              ${page('a.source_page_id')}
              WHERE a.subject_key = x.subject_key AND a.subject_key <> '' AND a.job_type = x.job_type
                AND a.retracted_at IS NULL`,
        values: [],
      },
      ...pageConditions(engine, selection),
      { sql: engine === 'postgres' ? 'LIMIT 1)' : ')', values: [] },
      ...extractionConditions(engine, selection),
      {
        sql: `), sourced AS ${once}(
                SELECT l.extraction_id, l.job_type, l.source_page_id, l.entity_id, l.title, l.contract_version,
                    ${sourceRun} AS source_run_id
                FROM latest AS l
            ), matching AS (
                SELECT l.extraction_id, l.job_type, l.source_page_id, l.entity_id, l.title, l.contract_version,
                    l.source_run_id, t.default_priority, CASE
                    WHEN ${major('l.contract_version')} <> ${major('t.contract_version')} THEN 'other_major'
                    WHEN ${exists(engine, 'FROM llm.job AS k WHERE k.dedupe_key = y.dedupe_key')} OR ${exists(
                      engine,
                      "FROM llm.job_archive AS k WHERE k.status = 'SUCCEEDED' AND k.dedupe_key = y.dedupe_key",
                    )} THEN 'done'
                    WHEN NOT (${exists(
                      engine,
                      "FROM llm.artifact AS f WHERE f.run_id = l.source_run_id AND f.artifact_type = 'output'",
                    )}) THEN 'no_answers'
                    ELSE 'ready' END AS state
                FROM sourced AS l
                JOIN llm.job_type AS t ON t.job_type = l.job_type
                ${dedupeKey}
                WHERE ${selection.run_id === undefined ? '1 = 1' : `l.source_run_id = ${runId}`}
            )
            SELECT k.seen, m.job_type, m.source_page_id, m.entity_id, m.title, m.source_run_id AS run_id, m.contract_version,
                m.default_priority, m.state
            FROM (SELECT max(c.extraction_id) AS seen FROM candidate AS c) AS k
            LEFT JOIN matching AS m ON 1 = 1
            ORDER BY m.extraction_id`,
        values: [routes, suffix, ...(selection.run_id === undefined ? [] : [selection.run_id])],
      },
    ],
    '\n',
  );
}

/** Read once a step: no join, whatever the planner expects. */
const isLastOfSubject: PerEngine<string> = {
  postgres: `(x.extraction_id IN (
      SELECT max(n.extraction_id) FROM kb.extraction AS n
      WHERE n.source_page_id IS NULL GROUP BY n.job_type, n.subject_key)) IS TRUE`,
  mssql: `x.extraction_id IN (
      SELECT MAX(n.extraction_id) FROM kb.extraction AS n
      WHERE n.source_page_id IS NULL GROUP BY n.job_type, n.subject_key)`,
};

const pageColumns = 'p.source_page_id, p.source_system, p.external_id, p.title, p.ingested_at, p.superseded_at';

interface ReplayDialect {
  /** That a common table expression is made once. */
  once: string;
  /** The page of an id as `s`, one look-up a row: whatever the planner expects, it never joins all pages. */
  page(column: string): string;
  /** The entity whose natural key the extraction `x` names, as `e`. */
  subject: string;
  /** Of a version. */
  major(version: string): string;
  /** The key of the replay of `l` as `y.dedupe_key`; its parameters are the routes by job type, and what comes last. */
  dedupeKey: string;
  /** The run whose stored answers `l` applied. */
  sourceRun: string;
  /** A parameter. */
  runId: string;
}

const dialect: PerEngine<ReplayDialect> = {
  postgres: {
    once: 'MATERIALIZED ',
    page: (column) =>
      `CROSS JOIN LATERAL (SELECT ${pageColumns} FROM ingest.source_page AS p WHERE p.source_page_id = ${column} LIMIT 1) AS s`,
    subject: `CROSS JOIN LATERAL (
        SELECT d.entity_id, d.entity_name FROM kb.dim_entity AS d
        WHERE d.name_key = split_part(x.subject_key, E'\\x1f', 1)
          AND d.type_family = split_part(x.subject_key, E'\\x1f', 2)
          AND d.disambiguator = split_part(x.subject_key, E'\\x1f', 3) AND d.retracted_at IS NULL
        LIMIT 1) AS e`,
    major: (version) => `split_part(${version}, '.', 1)`,
    dedupeKey: `CROSS JOIN LATERAL (
        SELECT ('replay:' || l.job_type || ':' || l.source_run_id || ':' || (?::jsonb ->> l.job_type) || ?::text)
            COLLATE "C" AS dedupe_key) AS y`,
    sourceRun: 'llm.fn_source_run(l.job_id, l.run_id)',
    runId: '?::uuid',
  },
  mssql: {
    once: '',
    page: (column) =>
      `CROSS APPLY (SELECT ${pageColumns} FROM ingest.source_page AS p WHERE p.source_page_id = ${column}) AS s`,
    // A subject key is three parts with a unit separator between them; the last one may be empty. Of a page's key, which
    // has none, every part is null: a length below zero would be an error.
    subject: `CROSS APPLY (SELECT NULLIF(CHARINDEX(NCHAR(31), x.subject_key), 0) AS first_at) AS u
        CROSS APPLY (SELECT NULLIF(CHARINDEX(NCHAR(31), x.subject_key, u.first_at + 1), 0) AS second_at) AS v
        CROSS APPLY (
            SELECT TOP (1) d.entity_id, d.entity_name FROM kb.dim_entity AS d
            WHERE d.retracted_at IS NULL
              AND d.name_key_sha256
                = CONVERT(binary(32), HASHBYTES('SHA2_256', SUBSTRING(x.subject_key, 1, u.first_at - 1)))
              AND d.name_key = SUBSTRING(x.subject_key, 1, u.first_at - 1)
              AND d.type_family = SUBSTRING(x.subject_key, u.first_at + 1, v.second_at - u.first_at - 1)
              AND d.disambiguator = SUBSTRING(x.subject_key, v.second_at + 1, 4000)
            ORDER BY d.entity_id) AS e`,
    major: (version) => `LEFT(${version}, CHARINDEX(N'.', ${version} + N'.') - 1)`,
    dedupeKey: `CROSS APPLY (
        SELECT CONVERT(nvarchar(800), CONCAT(N'replay:', l.job_type, N':', LOWER(CONVERT(nvarchar(36), l.source_run_id)), N':',
            (SELECT r.[value] COLLATE Latin1_General_100_BIN2 FROM OPENJSON(?) AS r
             WHERE r.[key] COLLATE Latin1_General_100_BIN2 = l.job_type), ?)) AS dedupe_key) AS y`,
    // An aggregate, for its value is a column: of a function alone every mention in the statement may be a call.
    sourceRun: `CONVERT(uniqueidentifier, (
        SELECT MAX(llm.fn_source_run(o.job_id, o.run_id)) FROM (VALUES (l.job_id, l.run_id)) AS o (job_id, run_id)))`,
    runId: 'CONVERT(uniqueidentifier, ?)',
  },
};

/** Conditions on the extraction `x`. */
function extractionConditions(engine: Engine, { job_type, since }: ReplaySelection): SqlFragment[] {
  return [
    ...(job_type === undefined ? [] : [{ sql: 'AND x.job_type = ?', values: [job_type] }]),
    ...(since === undefined ? [] : [{ sql: `AND x.routed_at >= ${instant[engine]}`, values: [since] }]),
  ];
}

/**
 * What each job type's answers are routed by, as one checksum: every procedure and function of the schemas kb and onto,
 * apart from the routing procedures of other job types.
 */
export async function readRouteChecksums(db: Database): Promise<Map<string, string>> {
  const types = await queryRows<{ job_type: string; route_procedure: string }>(
    db,
    'SELECT job_type, route_procedure FROM llm.job_type ORDER BY job_type',
  );
  const objects = await queryRows<{ name: string; checksum: string }>(
    db,
    'SELECT name, checksum FROM llm.schema_object ORDER BY name',
  );
  const shared = /^(kb|onto)\.(usp|fn)_(?!process_[a-z0-9_]+_output$)/;
  return new Map(
    types.map(({ job_type, route_procedure }) => {
      const own = objects.filter(({ name }) => name === route_procedure || shared.test(name));
      const text = own.map(({ name, checksum }) => `${name} ${checksum}`).join('\n');
      return [job_type, hash('sha256', text).slice(0, 16)];
    }),
  );
}

/** The highest extraction_id, for showing how far a walk has come. */
export async function highestExtraction(db: Database): Promise<number> {
  const [row] = await queryRows<{ id: number | null }>(db, 'SELECT max(extraction_id) AS id FROM kb.extraction');
  return row?.id ?? 0;
}

/** The highest ordinal of a replay that was asked for once more. */
export async function highestReplayRerun(db: Database): Promise<number> {
  const [row] = await queryRows<{ rerun: number | null }>(db, {
    postgres: `SELECT max((regexp_match(j.dedupe_key, ':rerun:(\\d+)$'))[1]::integer) AS rerun
        FROM llm.job AS j WHERE j.dedupe_key >= 'replay:' AND j.dedupe_key < 'replay;'`,
    mssql: `SELECT MAX(TRY_CONVERT(int, SUBSTRING(j.dedupe_key, CHARINDEX(N':rerun:', j.dedupe_key) + 7, 10))) AS rerun
        FROM llm.job AS j
        WHERE j.dedupe_key >= N'replay:' AND j.dedupe_key < N'replay;' AND CHARINDEX(N':rerun:', j.dedupe_key) > 0`,
  });
  return row?.rerun ?? 0;
}
