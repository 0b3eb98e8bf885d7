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

/** The natural key of an entity `table`, as routing spells it. */
export function subjectKey(table: string): string {
  return `${table}.name_key || E'\\x1f' || ${table}.type_family || E'\\x1f' || ${table}.disambiguator`;
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

/** By the natural key, under which routing records what was said of an entity. All of them are read once a step. */
function lastEnrichment(job_type: string): SqlFragment {
  return {
    sql: `LEFT JOIN (
              SELECT DISTINCT ON (e.subject_key) e.subject_key, e.contract_version, e.prompt_sha256, e.model, e.routed_at
              FROM kb.extraction AS e
              WHERE e.source_page_id IS NULL AND e.job_type = ?
              ORDER BY e.subject_key, e.extraction_id DESC) AS x
              ON x.subject_key = ${subjectKey('n')}`,
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
