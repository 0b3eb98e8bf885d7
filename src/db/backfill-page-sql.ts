import { backfillKeySql } from './backfill-history.ts';
import type { BackfillScope } from './backfill-queries.ts';
import { asksForLastExtraction, type BackfillSelection } from './backfill-selection.ts';
import { asBoolean, decimal, exists, idList, instant, likePattern, type PerEngine } from './dialect.ts';
import type { SqlFragment } from './sql-fragment.ts';
import { textSize } from './text-size-sql.ts';
import type { Engine } from './url.ts';

/** The next pages to look at, of whatever version: a bounded step along the primary key. */
export function pageCandidates(
  engine: Engine,
  selection: BackfillSelection,
  after: number,
  limit: number,
): SqlFragment {
  const isListed = selection.page_ids !== undefined && selection.page_patterns === undefined;
  return {
    sql: `SELECT p.source_page_id AS unit_id FROM ingest.source_page AS p
          WHERE p.source_page_id > ? ${isListed ? `AND p.source_page_id IN (${idList[engine]})` : ''}
          ORDER BY p.source_page_id OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    values: [after, ...(isListed ? [JSON.stringify(selection.page_ids)] : []), limit],
  };
}

/**
 * The candidates that match: unit_id, title, byte_count, is_known, is_waiting. Every look-up is a scalar subquery by
 * page, so that no plan can turn it into a scan of a whole table for each step.
 */
export function pageMatches(engine: Engine, scope: BackfillScope): SqlFragment[] {
  const { job_type, selection } = scope;
  const known = backfillKeySql(engine, scope, 's.source_page_id');
  const isWaiting = exists(
    engine,
    `FROM llm.job AS w WHERE w.source_page_id = s.source_page_id AND w.job_type = ? AND ${waiting(engine, scope)}`,
  );
  return [
    {
      // The length is known without reading the content.
      sql: `SELECT s.source_page_id AS unit_id, s.title, ${textSize[engine]('s.content')} AS byte_count,
              ${known.sql} AS is_known, ${asBoolean(engine, isWaiting)} AS is_waiting
            FROM candidate AS c
            JOIN ingest.source_page AS s ON s.source_page_id = c.unit_id`,
      values: [...known.values, job_type],
    },
    ...(asksForLastExtraction(selection) ? [lastExtraction(engine, job_type)] : []),
    { sql: 'WHERE s.superseded_at IS NULL', values: [] },
    ...pageConditions(engine, selection),
    ...ofFailure(engine, job_type, selection),
    ...ofLastExtraction(engine, selection),
    ...ofItems(engine, job_type, selection),
  ];
}

/** A job `w` that will do the same work. */
export function waiting(engine: Engine, { fresh }: BackfillScope): string {
  const live = "w.status IN ('NEW', 'SCHEDULED', 'RUNNING')";
  if (engine === 'mssql') {
    const isFresh = fresh ? " AND JSON_VALUE(w.input, '$.fresh') = N'true'" : '';
    return `${live} AND JSON_QUERY(w.input, '$.replay') IS NULL${isFresh}`;
  }
  return `${live} AND w.input -> 'replay' IS NULL${fresh ? " AND w.input -> 'fresh' = 'true'" : ''}`;
}

function lastExtraction(engine: Engine, job_type: string): SqlFragment {
  const last = `SELECT e.extraction_id, e.contract_version, e.prompt_sha256, e.model, e.routed_at
              FROM kb.extraction AS e
              WHERE e.source_page_id = s.source_page_id AND e.job_type = ?
              ORDER BY e.extraction_id DESC OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY`;
  return {
    sql: engine === 'postgres' ? `LEFT JOIN LATERAL (${last}) AS x ON true` : `OUTER APPLY (${last}) AS x`,
    values: [job_type],
  };
}

/** Conditions on the page `s` itself. */
export function pageConditions(
  engine: Engine,
  { page_ids, page_patterns, source, ingested }: BackfillSelection,
): SqlFragment[] {
  const found: SqlFragment[] = [];
  const add = (sql: string, ...values: SqlFragment['values']) => found.push({ sql: `AND ${sql}`, values });
  if (page_ids || page_patterns) {
    add(
      `(s.source_page_id IN (${idList[engine]}) OR ${likeAny[engine]})`,
      JSON.stringify(page_ids ?? []),
      JSON.stringify((page_patterns ?? []).map((pattern) => likePattern(engine, pattern))),
    );
  }
  if (source !== undefined) add('s.source_system = ?', source);
  if (ingested?.from !== undefined) add(`s.ingested_at >= ${instant[engine]}`, ingested.from);
  if (ingested?.before !== undefined) add(`s.ingested_at < ${instant[engine]}`, ingested.before);
  return found;
}

function ofFailure(engine: Engine, job_type: string, { failed }: BackfillSelection): SqlFragment[] {
  if (!failed) return [];
  const isLater = `(x.routed_at IS NULL OR d.finished_at > x.routed_at)`;
  const from = `FROM llm.job AS d
    WHERE d.source_page_id = s.source_page_id AND d.job_type = ? AND d.status = 'DEADLETTER' AND ${isLater}`;
  return [{ sql: `AND ${exists(engine, from)}`, values: [job_type] }];
}

/** Conditions on the last extraction `x`; without one only `never_extracted` holds. */
export function ofLastExtraction(engine: Engine, selection: BackfillSelection): SqlFragment[] {
  const { extracted, contract_before, prompt_other_than, model, model_other_than, never_extracted } = selection;
  const found: SqlFragment[] = [];
  const add = (sql: string, ...values: SqlFragment['values']) => found.push({ sql: `AND ${sql}`, values });
  if (never_extracted) add('x.routed_at IS NULL');
  if (extracted?.from !== undefined) add(`x.routed_at >= ${instant[engine]}`, extracted.from);
  if (extracted?.before !== undefined) add(`x.routed_at < ${instant[engine]}`, extracted.before);
  if (contract_before !== undefined) {
    const own = versionNumber[engine];
    add(`${own('x.contract_version')} < ${own('?')}`, contract_before);
  }
  const isOther = (column: string) => `x.routed_at IS NOT NULL AND (${column} IS NULL OR ${column} <> ?)`;
  if (prompt_other_than !== undefined) add(isOther('x.prompt_sha256'), prompt_other_than);
  if (model !== undefined) add('x.model = ?', model);
  if (model_other_than !== undefined) add(isOther('x.model'), model_other_than);
  return found;
}

/** A live item of the job type below a confidence, or that speaks of an entity of a type; both must be the same item. */
function ofItems(
  engine: Engine,
  job_type: string,
  { entity_type, confidence_below }: BackfillSelection,
): SqlFragment[] {
  const isBelow = `a.job_type = ? AND a.confidence < ${decimal[engine]}`;
  const below = confidence_below === undefined ? [] : [job_type, confidence_below];
  if (entity_type !== undefined) {
    const typeKey = engine === 'postgres' ? "a.keys ->> 'type_key'" : "JSON_VALUE(a.keys, '$.type_key')";
    const from = `FROM kb.resolution AS r
      JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
      JOIN kb.dim_entity AS n ON n.entity_id = r.entity_id
      WHERE r.source_page_id = s.source_page_id AND r.superseded_at IS NULL AND a.retracted_at IS NULL
        AND (n.type_family = ? OR a.item_kind = 'entity' AND ${typeKey} = ?)
        ${confidence_below === undefined ? '' : `AND ${isBelow}`}`;
    return [{ sql: `AND ${exists(engine, from)}`, values: [entity_type, entity_type, ...below] }];
  }
  if (confidence_below === undefined) return [];
  const from = `FROM kb.assertion AS a
    WHERE a.source_page_id = s.source_page_id AND a.retracted_at IS NULL AND ${isBelow}`;
  return [{ sql: `AND ${exists(engine, from)}`, values: below }];
}

const likeAny: PerEngine<string> = {
  postgres: 's.external_id LIKE ANY (ARRAY (SELECT i.value FROM jsonb_array_elements_text(?::jsonb) AS i (value)))',
  mssql: String.raw`EXISTS (SELECT 1 FROM OPENJSON(?) AS i WHERE s.external_id LIKE i.[value] COLLATE Latin1_General_100_BIN2 ESCAPE N'\')`,
};

/** MAJOR.MINOR.PATCH as something that is ordered as versions are. */
const versionNumber: PerEngine<(version: string) => string> = {
  postgres: (version) => `string_to_array(${version}, '.')::integer[]`,
  mssql: (version) =>
    `(SELECT SUM(CONVERT(bigint, PARSENAME(v.version, p.part)) * p.weight)
      FROM (SELECT CONVERT(nvarchar(50), ${version}) AS version) AS v
      CROSS JOIN (VALUES (3, 1000000000000), (2, 1000000), (1, 1)) AS p (part, weight))`,
};
