import { backfillKeySql } from './backfill-history.ts';
import { idList, ofLastExtraction, pageConditions, waiting } from './backfill-page-sql.ts';
import type { BackfillScope } from './backfill-queries.ts';
import { asksForLastExtraction, type BackfillSelection } from './backfill-selection.ts';
import { joined, type SqlFragment } from './sql-fragment.ts';

const bytesAnObservation = 400;
const mostObservations = 40;

/** The next entities to look at: a bounded step along the primary key, or those of the pages that are listed by id. */
export function entityCandidates(selection: BackfillSelection, after: number, limit: number): SqlFragment {
  const isListed = selection.page_ids !== undefined && selection.page_patterns === undefined;
  return {
    sql: `SELECT e.entity_id AS unit_id FROM kb.dim_entity AS e
          WHERE e.entity_id > ? ${isListed ? `AND e.entity_id IN (${ofPages})` : ''}
          ORDER BY e.entity_id LIMIT ?`,
    values: [after, ...(isListed ? [JSON.stringify(selection.page_ids)] : []), limit],
  };
}

const ofPages = `SELECT r.entity_id FROM kb.resolution AS r
  WHERE r.source_page_id = ANY (${idList}) AND r.superseded_at IS NULL`;

/**
 * The candidates that match: live entities that are neither merged into another nor suppressed. Conditions on pages hold
 * if one page that speaks of the entity meets them all; the byte_count is a guess from how often it was observed.
 */
export function entityMatches(scope: BackfillScope): SqlFragment[] {
  const { job_type, selection } = scope;
  const { entity_type, confidence_below, failed } = selection;
  const known = backfillKeySql(scope, 'n.entity_id');
  const conditions: SqlFragment[] = [];
  const add = (sql: string, ...values: SqlFragment['values']) => conditions.push({ sql: `AND ${sql}`, values });
  if (entity_type !== undefined) {
    add(
      "(n.type_family = ? OR lower(regexp_replace(btrim(n.entity_type), '[[:space:]_-]+', '_', 'g')) = ?)",
      entity_type,
      entity_type,
    );
  }
  if (confidence_below !== undefined) add('n.confidence < ?::numeric', confidence_below);
  if (failed) {
    add(
      `to_jsonb(n.entity_id) IN (
          SELECT d.input -> 'entity_id' FROM llm.job AS d
          WHERE d.status = 'DEADLETTER' AND d.job_type = ? AND d.input -> 'entity_id' IS NOT NULL
            AND d.finished_at > coalesce(x.routed_at, '-infinity'))`,
      job_type,
    );
  }
  const ofPage = pageConditions(selection);
  return [
    {
      sql: `SELECT n.entity_id AS unit_id, n.entity_name AS title,
              least(n.observation_count, ${mostObservations}) * ${bytesAnObservation}::bigint AS byte_count,
              ${known.sql} AS is_known,
              to_jsonb(n.entity_id) IN (
                  SELECT w.input -> 'entity_id' FROM llm.job AS w
                  WHERE w.job_type = ? AND ${waiting(scope)} AND w.input -> 'entity_id' IS NOT NULL) AS is_waiting
            FROM candidate AS c
            JOIN kb.dim_entity AS n ON n.entity_id = c.unit_id`,
      values: [...known.values, job_type],
    },
    ...(asksForLastExtraction(selection) ? [lastEnrichment(job_type)] : []),
    {
      sql: `WHERE n.retracted_at IS NULL AND n.merged_into_entity_id IS NULL AND n.promotion_state <> 'suppressed'`,
      values: [],
    },
    ...conditions,
    ...ofLastExtraction(selection),
    ...(ofPage.length > 0 ? [onPage(ofPage)] : []),
  ];
}

function lastEnrichment(job_type: string): SqlFragment {
  return {
    sql: `LEFT JOIN LATERAL (
              SELECT a.contract_version, a.prompt_sha256, a.model, a.created_at AS routed_at
              FROM kb.assertion_link AS l
              JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
              WHERE l.target_table = 'dim_entity' AND l.target_id = n.entity_id AND a.job_type = ?
              ORDER BY a.assertion_id DESC LIMIT 1) AS x ON true`,
    values: [job_type],
  };
}

function onPage(conditions: readonly SqlFragment[]): SqlFragment {
  return joined(
    [
      {
        sql: `AND (SELECT true FROM kb.resolution AS r
                   JOIN ingest.source_page AS s ON s.source_page_id = r.source_page_id
                   WHERE r.entity_id = n.entity_id AND r.superseded_at IS NULL`,
        values: [],
      },
      ...conditions,
      { sql: 'LIMIT 1)', values: [] },
    ],
    '\n',
  );
}
