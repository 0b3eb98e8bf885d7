import { backfillKeySql } from './backfill-history.ts';
import type { BackfillScope } from './backfill-queries.ts';
import { asksForLastExtraction, type BackfillSelection } from './backfill-selection.ts';
import type { SqlFragment } from './sql-fragment.ts';

/** The next pages to look at, of whatever version: a bounded step along the primary key. */
export function pageCandidates(selection: BackfillSelection, after: number, limit: number): SqlFragment {
  const isListed = selection.page_ids !== undefined && selection.page_patterns === undefined;
  return {
    sql: `SELECT p.source_page_id AS unit_id FROM ingest.source_page AS p
          WHERE p.source_page_id > ? ${isListed ? `AND p.source_page_id = ANY (${idList})` : ''}
          ORDER BY p.source_page_id LIMIT ?`,
    values: [after, ...(isListed ? [JSON.stringify(selection.page_ids)] : []), limit],
  };
}

/**
 * The candidates that match: unit_id, title, byte_count, is_known, is_waiting. Every look-up is a scalar subquery by
 * page, so that no plan can turn it into a scan of a whole table for each step.
 */
export function pageMatches(scope: BackfillScope): SqlFragment[] {
  const { job_type, selection } = scope;
  const known = backfillKeySql(scope, 's.source_page_id');
  return [
    {
      // The length is known without reading the content.
      sql: `SELECT s.source_page_id AS unit_id, s.title, octet_length(s.content)::bigint AS byte_count,
              ${known.sql} AS is_known,
              (SELECT true FROM llm.job AS w
               WHERE w.source_page_id = s.source_page_id AND w.job_type = ? AND ${waiting(scope)} LIMIT 1) IS NOT NULL
                AS is_waiting
            FROM candidate AS c
            JOIN ingest.source_page AS s ON s.source_page_id = c.unit_id`,
      values: [...known.values, job_type],
    },
    ...(asksForLastExtraction(selection) ? [lastExtraction(job_type)] : []),
    { sql: 'WHERE s.superseded_at IS NULL', values: [] },
    ...pageConditions(selection),
    ...ofFailure(job_type, selection),
    ...ofLastExtraction(selection),
    ...ofItems(job_type, selection),
  ];
}

/** A job `w` that will do the same work. */
export function waiting({ fresh }: BackfillScope): string {
  const isFresh = fresh ? " AND w.input -> 'fresh' = 'true'" : '';
  return `w.status IN ('NEW', 'SCHEDULED', 'RUNNING') AND w.input -> 'replay' IS NULL${isFresh}`;
}

function lastExtraction(job_type: string): SqlFragment {
  return {
    sql: `LEFT JOIN LATERAL (
              SELECT e.extraction_id, e.contract_version, e.prompt_sha256, e.model, e.routed_at
              FROM kb.extraction AS e
              WHERE e.source_page_id = s.source_page_id AND e.job_type = ?
              ORDER BY e.extraction_id DESC LIMIT 1) AS x ON true`,
    values: [job_type],
  };
}

/** Conditions on the page `s` itself. */
export function pageConditions({ page_ids, page_patterns, source, ingested }: BackfillSelection): SqlFragment[] {
  const found: SqlFragment[] = [];
  const add = (sql: string, ...values: SqlFragment['values']) => found.push({ sql: `AND ${sql}`, values });
  if (page_ids || page_patterns) {
    add(
      `(s.source_page_id = ANY (${idList}) OR s.external_id LIKE ANY (${textList}))`,
      JSON.stringify(page_ids ?? []),
      JSON.stringify(page_patterns ?? []),
    );
  }
  if (source !== undefined) add('s.source_system = ?', source);
  if (ingested?.from !== undefined) add('s.ingested_at >= ?::timestamptz', ingested.from);
  if (ingested?.before !== undefined) add('s.ingested_at < ?::timestamptz', ingested.before);
  return found;
}

function ofFailure(job_type: string, { failed }: BackfillSelection): SqlFragment[] {
  if (!failed) return [];
  return [
    {
      sql: `AND (SELECT true FROM llm.job AS d
                 WHERE d.source_page_id = s.source_page_id AND d.job_type = ? AND d.status = 'DEADLETTER'
                   AND d.finished_at > coalesce(x.routed_at, '-infinity') LIMIT 1)`,
      values: [job_type],
    },
  ];
}

/** Conditions on the last extraction `x`; without one only `never_extracted` holds. */
export function ofLastExtraction(selection: BackfillSelection): SqlFragment[] {
  const { extracted, contract_before, prompt_other_than, model, model_other_than, never_extracted } = selection;
  const found: SqlFragment[] = [];
  const add = (sql: string, ...values: SqlFragment['values']) => found.push({ sql: `AND ${sql}`, values });
  if (never_extracted) add('x.routed_at IS NULL');
  if (extracted?.from !== undefined) add('x.routed_at >= ?::timestamptz', extracted.from);
  if (extracted?.before !== undefined) add('x.routed_at < ?::timestamptz', extracted.before);
  if (contract_before !== undefined) {
    add("string_to_array(x.contract_version, '.')::integer[] < string_to_array(?, '.')::integer[]", contract_before);
  }
  if (prompt_other_than !== undefined) {
    add('x.routed_at IS NOT NULL AND x.prompt_sha256 IS DISTINCT FROM ?', prompt_other_than);
  }
  if (model !== undefined) add('x.model = ?', model);
  if (model_other_than !== undefined) add('x.routed_at IS NOT NULL AND x.model IS DISTINCT FROM ?', model_other_than);
  return found;
}

/** A live item of the job type below a confidence, or that speaks of an entity of a type; both must be the same item. */
function ofItems(job_type: string, { entity_type, confidence_below }: BackfillSelection): SqlFragment[] {
  const isBelow = 'a.job_type = ? AND a.confidence < ?::numeric';
  const below = confidence_below === undefined ? [] : [job_type, confidence_below];
  if (entity_type !== undefined) {
    return [
      {
        sql: `AND (SELECT true FROM kb.resolution AS r
                   JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
                   JOIN kb.dim_entity AS n ON n.entity_id = r.entity_id
                   WHERE r.source_page_id = s.source_page_id AND r.superseded_at IS NULL AND a.retracted_at IS NULL
                     AND (n.type_family = ? OR a.item_kind = 'entity' AND a.keys ->> 'type_key' = ?)
                     ${confidence_below === undefined ? '' : `AND ${isBelow}`} LIMIT 1)`,
        values: [entity_type, entity_type, ...below],
      },
    ];
  }
  if (confidence_below === undefined) return [];
  return [
    {
      sql: `AND (SELECT true FROM kb.assertion AS a
                 WHERE a.source_page_id = s.source_page_id AND a.retracted_at IS NULL AND ${isBelow} LIMIT 1)`,
      values: below,
    },
  ];
}

/** A parameter that holds ids as a json array. */
export const idList = 'ARRAY (SELECT i.value::bigint FROM jsonb_array_elements_text(?::jsonb) AS i (value))';
const textList = 'ARRAY (SELECT i.value FROM jsonb_array_elements_text(?::jsonb) AS i (value))';
