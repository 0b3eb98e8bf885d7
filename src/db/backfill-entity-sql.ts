import { backfillKeySql } from './backfill-history.ts';
import { ofLastExtraction, pageConditions, waiting } from './backfill-page-sql.ts';
import type { BackfillScope } from './backfill-queries.ts';
import { asksForLastExtraction, type BackfillSelection } from './backfill-selection.ts';
import { asBoolean, decimal, exists, idList, type PerEngine } from './dialect.ts';
import { joined, type SqlFragment } from './sql-fragment.ts';
import type { Engine } from './url.ts';

const bytesAnObservation = 400;
const mostObservations = 40;

/** The next entities to look at: a bounded step along the primary key, or those of the pages that are listed by id. */
export function entityCandidates(
  engine: Engine,
  selection: BackfillSelection,
  after: number,
  limit: number,
): SqlFragment {
  const isListed = selection.page_ids !== undefined && selection.page_patterns === undefined;
  const ofPages = `SELECT r.entity_id FROM kb.resolution AS r
    WHERE r.source_page_id IN (${idList[engine]}) AND r.superseded_at IS NULL`;
  return {
    sql: `SELECT e.entity_id AS unit_id FROM kb.dim_entity AS e
          WHERE e.entity_id > ? ${isListed ? `AND e.entity_id IN (${ofPages})` : ''}
          ORDER BY e.entity_id OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    values: [after, ...(isListed ? [JSON.stringify(selection.page_ids)] : []), limit],
  };
}

/** The natural key of an entity `n`, as routing spells it. */
const subjectKey: PerEngine<string> = {
  postgres: "n.name_key || E'\\x1f' || n.type_family || E'\\x1f' || n.disambiguator",
  mssql: 'CONCAT(n.name_key, NCHAR(31), n.type_family, NCHAR(31), n.disambiguator)',
};

/** A type as typeKey spells it. */
const typeKey: PerEngine<string> = {
  postgres: "lower(regexp_replace(btrim(n.entity_type), '[[:space:]_-]+', '_', 'g'))",
  // Runs of blanks, dashes and underscores as one underscore, by way of two characters that no type has.
  mssql: `LOWER(REPLACE(REPLACE(REPLACE(TRANSLATE(TRIM(n.entity_type), CONCAT(N' _-', NCHAR(9), NCHAR(10), NCHAR(13)), N'______'),
      N'_', CONCAT(NCHAR(1), NCHAR(2))), CONCAT(NCHAR(2), NCHAR(1)), N''), CONCAT(NCHAR(1), NCHAR(2)), N'_'))`,
};

/** The entity that the input of a job speaks of. */
const entityOf: PerEngine<(job: string) => string> = {
  postgres: (job) => `${job}.input -> 'entity_id'`,
  mssql: (job) => `TRY_CONVERT(bigint, JSON_VALUE(${job}.input, '$.entity_id'))`,
};
const ownId: PerEngine<string> = { postgres: 'to_jsonb(n.entity_id)', mssql: 'n.entity_id' };

/**
 * The candidates that match: live entities that are neither merged into another nor suppressed. Conditions on pages hold
 * if one page that speaks of the entity meets them all; the byte_count is a guess from how often it was observed.
 */
export function entityMatches(engine: Engine, scope: BackfillScope): SqlFragment[] {
  const { job_type, selection } = scope;
  const { entity_type, confidence_below, failed } = selection;
  const known = backfillKeySql(engine, scope, 'n.entity_id');
  const conditions: SqlFragment[] = [];
  const add = (sql: string, ...values: SqlFragment['values']) => conditions.push({ sql: `AND ${sql}`, values });
  if (entity_type !== undefined) {
    add(`(n.type_family = ? OR ${typeKey[engine]} = ?)`, entity_type, entity_type);
  }
  if (confidence_below !== undefined) add(`n.confidence < ${decimal[engine]}`, confidence_below);
  if (failed) {
    add(
      `${ownId[engine]} IN (
          SELECT ${entityOf[engine]('d')} FROM llm.job AS d
          WHERE d.status = 'DEADLETTER' AND d.job_type = ? AND ${entityOf[engine]('d')} IS NOT NULL
            AND (x.routed_at IS NULL OR d.finished_at > x.routed_at))`,
      job_type,
    );
  }
  const ofPage = pageConditions(engine, selection);
  const isWaiting = `${ownId[engine]} IN (
      SELECT ${entityOf[engine]('w')} FROM llm.job AS w
      WHERE w.job_type = ? AND ${waiting(engine, scope)} AND ${entityOf[engine]('w')} IS NOT NULL)`;
  return [
    {
      sql: `SELECT n.entity_id AS unit_id, n.entity_name AS title, ${byteCount[engine]} AS byte_count,
              ${known.sql} AS is_known, ${asBoolean(engine, isWaiting)} AS is_waiting
            FROM candidate AS c
            JOIN kb.dim_entity AS n ON n.entity_id = c.unit_id`,
      values: [...known.values, job_type],
    },
    ...(asksForLastExtraction(selection) ? [lastEnrichment(engine, job_type)] : []),
    {
      sql: `WHERE n.retracted_at IS NULL AND n.merged_into_entity_id IS NULL AND n.promotion_state <> 'suppressed'`,
      values: [],
    },
    ...conditions,
    ...ofLastExtraction(engine, selection),
    ...(ofPage.length > 0 ? [onPage(engine, ofPage)] : []),
  ];
}

const byteCount: PerEngine<string> = {
  postgres: `least(n.observation_count, ${mostObservations}) * ${bytesAnObservation}::bigint`,
  mssql: `CONVERT(bigint, IIF(n.observation_count < ${mostObservations}, n.observation_count, ${mostObservations})) * ${bytesAnObservation}`,
};

/** By the natural key, under which routing records what was said of an entity. All of them are read once a step. */
function lastEnrichment(engine: Engine, job_type: string): SqlFragment {
  return {
    sql: `LEFT JOIN (
              SELECT e.subject_key, e.contract_version, e.prompt_sha256, e.model, e.routed_at,
                  ROW_NUMBER() OVER (PARTITION BY e.subject_key ORDER BY e.extraction_id DESC) AS place
              FROM kb.extraction AS e
              WHERE e.source_page_id IS NULL AND e.job_type = ?) AS x
              ON x.place = 1 AND x.subject_key = ${subjectKey[engine]}`,
    values: [job_type],
  };
}

function onPage(engine: Engine, conditions: readonly SqlFragment[]): SqlFragment {
  const { sql, values } = joined(conditions, '\n');
  const from = `FROM kb.resolution AS r
    JOIN ingest.source_page AS s ON s.source_page_id = r.source_page_id
    WHERE r.entity_id = n.entity_id AND r.superseded_at IS NULL ${sql}`;
  return { sql: `AND ${exists(engine, from)}`, values };
}
