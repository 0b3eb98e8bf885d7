import type { Database } from './connect.ts';
import { likePattern, likePatternOf } from './dialect.ts';
import { queryRows } from './query.ts';
import { queryWindow, type RowWindow } from './row-window.ts';
import type { Engine } from './url.ts';

export interface EntitySearch {
  /** Part of a name key or alias key (see nameKey); '' for any. */
  name_key: string;
  type_family?: string | undefined;
  promotion_state?: string | undefined;
  limit: number;
}

export interface EntityRow {
  entity_id: number;
  entity_name: string;
  entity_type: string;
  type_family: string;
  disambiguator: string;
  promotion_state: string;
  confidence: number;
  observation_count: number;
}

/** Live entities whose name or alias contains a text: exact matches first, then beginnings, then the most observed. */
export function searchEntities(db: Database, search: EntitySearch): Promise<EntityRow[]> {
  const like = likePattern(
    db.engine,
    search.name_key.replaceAll(/[\\%_]/g, (special) => `\\${special}`),
  );
  const given = (
    [
      ['AND e.type_family = ?', search.type_family],
      ['AND e.promotion_state = ?', search.promotion_state],
    ] as const
  ).flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const isLike = likePatternOf[db.engine];
  return queryRows<EntityRow>(
    db,
    `SELECT e.entity_id, e.entity_name, e.entity_type, e.type_family, e.disambiguator, e.promotion_state,
        CAST(e.confidence AS float) AS confidence, e.observation_count
     FROM kb.dim_entity AS e
     WHERE e.retracted_at IS NULL
       AND (${isLike('e.name_key')} OR e.entity_id IN (
           SELECT a.entity_id FROM kb.entity_alias AS a WHERE a.retracted_at IS NULL AND ${isLike('a.alias_key')}))
       ${given.map(({ sql }) => sql).join(' ')}
     ORDER BY CASE WHEN e.name_key = ? THEN 0 WHEN ${isLike('e.name_key')} THEN 1 ELSE 2 END, e.observation_count DESC,
         e.name_key, e.type_family, e.disambiguator
     OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    [`%${like}%`, `%${like}%`, ...given.map(({ value }) => value), search.name_key, `${like}%`, search.limit],
  );
}

/** What `entity show` tells. */
export interface EntityStory {
  entity: EntityRow & {
    description: string | null;
    attributes: unknown;
    merged_into_entity_id: number | null;
    retracted_at: Date | null;
  };
  aliases: { alias: string; observation_count: number }[];
  /** Entities that were merged into it. */
  merged: { entity_id: number; entity_name: string }[];
  dimensions: { dimension: string; row: Record<string, unknown> }[];
  facts: Statement[];
  relations: Statement[];
  /** Where pages speak of the entity itself. */
  evidence: Evidence[];
  pages: { source_page_id: number; title: string; external_id: string; assertions: number }[];
  decisions: Record<string, unknown>[];
}

export interface Statement {
  id: number;
  what: string;
  period: string;
  confidence: number;
  observation_count: number;
  promotion_state: string;
  evidence: Evidence[];
}

export interface Evidence {
  quote: string;
  title: string;
  source_page_id: number;
  char_start: number;
  char_end: number;
  job_type: string;
  model: string | null;
  run_id: string | null;
  confidence: number;
}

/** The surest assertions behind a row, as JSON. */
function evidenceOf(engine: Engine, table: string, id: string, limit: number): string {
  if (engine === 'postgres') {
    return `coalesce((SELECT jsonb_agg(to_jsonb(v) ORDER BY v.confidence DESC, v.title, v.char_start) FROM (
      SELECT a.quote, s.title, a.source_page_id, a.char_start, a.char_end, a.job_type, a.model, a.run_id,
          a.confidence::float8 AS confidence
      ${evidenceTables(table, id)}
      ORDER BY a.confidence DESC, s.title, a.char_start
      LIMIT ${limit}) AS v), '[]')`;
  }
  return `ISNULL((SELECT TOP (${limit}) a.quote, s.title, a.source_page_id, a.char_start, a.char_end, a.job_type, a.model,
          LOWER(CONVERT(nvarchar(36), a.run_id)) AS run_id, CONVERT(float, a.confidence) AS confidence
      ${evidenceTables(table, id)}
      ORDER BY a.confidence DESC, s.title, a.char_start
      FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')`;
}

const evidenceTables = (table: string, id: string) => `FROM kb.assertion_link AS l
      JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
      JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
      WHERE l.target_table = '${table}' AND l.target_id = ${id}`;

const period = (row: string) => `concat_ws(' ',
    CASE WHEN coalesce(${row}.start_text, ${row}.end_text) IS NOT NULL
        THEN concat(${row}.start_text, ' to ', ${row}.end_text) END,
    CASE WHEN coalesce(${row}.from_work, ${row}.to_work) IS NOT NULL
        THEN concat('[', ${row}.from_work, ' to ', ${row}.to_work, ']') END,
    CASE WHEN ${row}.continuity IS NOT NULL THEN concat('(', ${row}.continuity, ')') END)`;

/** All that is known of an entity, with at most so many quotes for each statement; undefined if there is none. */
export async function readEntity(db: Database, entity_id: number, quotes: number): Promise<EntityStory | undefined> {
  const entity = await readEntityRow(db, entity_id);
  if (!entity) return undefined;
  return {
    entity,
    aliases: await readEntityAliases(db, entity_id, null),
    merged: await queryRows(
      db,
      `SELECT e.entity_id, e.entity_name FROM kb.fn_merge_group(?) AS g JOIN kb.dim_entity AS e ON e.entity_id = g.entity_id
       WHERE e.entity_id <> ? ORDER BY e.name_key, e.type_family`,
      [entity_id, entity_id],
    ),
    dimensions: await readDimensions(db, entity_id),
    facts: await readEntityFacts(db, entity_id, quotes, everything),
    relations: await readEntityRelations(db, entity_id, quotes, everything),
    evidence: await readEntityEvidence(db, entity_id, quotes),
    pages: await queryRows(
      db,
      `SELECT s.source_page_id, s.title, s.external_id, count(DISTINCT a.assertion_id) AS assertions
       FROM kb.fn_merge_group(?) AS g
       JOIN kb.resolution AS r ON r.entity_id = g.entity_id AND r.superseded_at IS NULL
       JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
       JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
       GROUP BY s.source_page_id, s.title, s.external_id ORDER BY assertions DESC, s.title, s.source_page_id`,
      [entity_id],
    ),
    decisions: await readEntityDecisions(db, entity_id),
  };
}

const everything: RowWindow = { offset: 0, limit: null };

/** An entity by itself; undefined if there is none. */
export async function readEntityRow(db: Database, entity_id: number): Promise<EntityStory['entity'] | undefined> {
  const [entity] = await queryRows<EntityStory['entity']>(
    db,
    `SELECT entity_id, entity_name, entity_type, type_family, disambiguator, promotion_state, CAST(confidence AS float) AS confidence,
        observation_count, description, attributes, merged_into_entity_id, retracted_at
     FROM kb.dim_entity WHERE entity_id = ?`,
    [entity_id],
  );
  return entity;
}

/** How much is known of an entity. */
export async function readEntityCounts(
  db: Database,
  entity_id: number,
): Promise<{ aliases: number; facts: number; relations: number; events: number; pages: number }> {
  const [counts] = await queryRows<Awaited<ReturnType<typeof readEntityCounts>>>(
    db,
    `SELECT
        (SELECT count(*) FROM kb.entity_alias AS a WHERE a.entity_id = e.entity_id AND a.retracted_at IS NULL) AS aliases,
        (SELECT count(*) FROM kb.fact_attribute AS f WHERE f.entity_id = e.entity_id AND f.retracted_at IS NULL) AS facts,
        (SELECT count(*) FROM kb.bridge_entity_relation AS b
         WHERE (b.from_entity_id = e.entity_id OR b.to_entity_id = e.entity_id) AND b.retracted_at IS NULL) AS relations,
        (SELECT count(*) FROM kb.vw_timeline AS t WHERE t.entity_id = e.entity_id) AS events,
        (SELECT count(DISTINCT a.source_page_id) FROM kb.fn_merge_group(e.entity_id) AS g
         JOIN kb.resolution AS r ON r.entity_id = g.entity_id AND r.superseded_at IS NULL
         JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id) AS pages
     FROM (SELECT CAST(? AS bigint) AS entity_id) AS e`,
    [entity_id],
  );
  return counts ?? { aliases: 0, facts: 0, relations: 0, events: 0, pages: 0 };
}

/** The other names of an entity, in order. */
export function readEntityAliases(
  db: Database,
  entity_id: number,
  limit: number | null,
): Promise<EntityStory['aliases']> {
  return queryWindow(
    db,
    `SELECT alias, observation_count FROM kb.entity_alias WHERE entity_id = ? AND retracted_at IS NULL
     ORDER BY alias_key`,
    [entity_id],
    { offset: 0, limit },
  );
}

/** What is said of an entity, with at most so many quotes each. */
export function readEntityFacts(
  db: Database,
  entity_id: number,
  quotes: number,
  window: RowWindow,
): Promise<Statement[]> {
  return queryWindow<Statement>(
    db,
    `SELECT f.fact_attribute_id AS id, concat_ws(' ', concat(f.attribute, ':'), f.value, f.unit) AS what, ${period('f')} AS period,
        CAST(f.confidence AS float) AS confidence, f.observation_count, f.promotion_state,
        ${evidenceOf(db.engine, 'fact_attribute', 'f.fact_attribute_id', Math.trunc(quotes))} AS evidence
     FROM kb.fact_attribute AS f WHERE f.entity_id = ? AND f.retracted_at IS NULL
     ORDER BY f.attribute_key, f.confidence DESC, f.value_key, f.fact_attribute_id`,
    [entity_id],
    window,
  );
}

/** How an entity is related to others, with at most so many quotes each. */
export function readEntityRelations(
  db: Database,
  entity_id: number,
  quotes: number,
  window: RowWindow,
): Promise<Statement[]> {
  return queryWindow<Statement>(
    db,
    `SELECT b.entity_relation_id AS id, concat_ws(' ', x.entity_name, b.relation_type, y.entity_name) AS what,
        ${period('b')} AS period, CAST(b.confidence AS float) AS confidence, b.observation_count, b.promotion_state,
        ${evidenceOf(db.engine, 'bridge_entity_relation', 'b.entity_relation_id', Math.trunc(quotes))} AS evidence
     FROM kb.bridge_entity_relation AS b
     JOIN kb.dim_entity AS x ON x.entity_id = b.from_entity_id
     JOIN kb.dim_entity AS y ON y.entity_id = b.to_entity_id
     WHERE (b.from_entity_id = ? OR b.to_entity_id = ?) AND b.retracted_at IS NULL
     ORDER BY b.relation_key, CASE WHEN b.start_earliest IS NULL THEN 1 ELSE 0 END, b.start_earliest, x.name_key, y.name_key,
         b.entity_relation_id`,
    [entity_id, entity_id],
    window,
  );
}

/** Where pages speak of the entity itself. */
export async function readEntityEvidence(db: Database, entity_id: number, quotes: number): Promise<Evidence[]> {
  const [row] = await queryRows<{ evidence: Evidence[] }>(
    db,
    `SELECT ${evidenceOf(db.engine, 'dim_entity', 'e.entity_id', Math.trunc(quotes))} AS evidence
     FROM kb.dim_entity AS e WHERE e.entity_id = ?`,
    [entity_id],
  );
  return row?.evidence ?? [];
}

/** The rows of an entity in the dimensions, without what is null. */
async function readDimensions(db: Database, entity_id: number): Promise<EntityStory['dimensions']> {
  const found: EntityStory['dimensions'] = [];
  for (const dimension of ['concept', 'event', 'location', 'period', 'tag', 'work']) {
    const [row] = await queryRows(
      db,
      `SELECT * FROM kb.dim_${dimension} WHERE ${dimension}_id = ? AND retracted_at IS NULL`,
      [entity_id],
    );
    if (row === undefined) continue;
    const { created_at: _created, updated_at: _updated, ...values } = row;
    const known = Object.entries(values).filter(([, value]) => value !== null);
    found.push({ dimension, row: Object.fromEntries(known) });
  }
  return found;
}

/** What people, rules and the audit decided about an entity, its facts and relations, oldest first. */
export function readEntityDecisions(db: Database, entity_id: number): Promise<Record<string, unknown>[]> {
  return queryRows(
    db,
    {
      postgres: `WITH own AS MATERIALIZED (SELECT i.target_id AS id FROM kb.fn_decided_ids('entity', ?) AS i),
     target AS (
        SELECT 'entity' AS kind, o.id FROM own AS o
        UNION
        SELECT 'fact', f.fact_attribute_id FROM own AS o JOIN kb.fact_attribute AS f ON f.entity_id = o.id
        UNION
        SELECT 'relation', b.entity_relation_id FROM own AS o JOIN kb.bridge_entity_relation AS b ON b.from_entity_id = o.id
        UNION
        SELECT 'relation', b.entity_relation_id FROM own AS o JOIN kb.bridge_entity_relation AS b ON b.to_entity_id = o.id
     )
     SELECT * FROM (
        SELECT d.decided_at, 'identity' AS about, d.identity_decision_id AS id, d.kind AS decision,
            f.entity_name || ' (' || f.entity_id || ', ' || f.entity_type || ') -> '
                || t.entity_name || ' (' || t.entity_id || ', ' || t.entity_type || ')' AS what, d.decided_by, d.decided_as, d.reason, d.undone_at
        FROM kb.identity_decision AS d
        JOIN kb.dim_entity AS f ON f.entity_id = d.entity_id
        JOIN kb.dim_entity AS t ON t.entity_id = d.other_entity_id
        WHERE d.entity_id IN (SELECT o.id FROM own AS o) OR d.other_entity_id IN (SELECT o.id FROM own AS o)
        UNION ALL
        SELECT a.decided_at, a.kind, a.adjudication_id, a.decision,
            concat_ws(' ', coalesce(e.entity_name, r.name, f.name), nullif(a.changes, '{}')::text), a.decided_by, a.decided_as, a.reason, a.undone_at
        FROM target AS o
        JOIN kb.adjudication AS a ON a.kind = o.kind AND a.target_id = o.id
        LEFT JOIN kb.dim_entity AS e ON a.kind = 'entity' AND e.entity_id = a.target_id
        LEFT JOIN LATERAL (
            SELECT x.entity_name || ' ' || b.relation_type || ' ' || y.entity_name AS name
            FROM kb.bridge_entity_relation AS b
            JOIN kb.dim_entity AS x ON x.entity_id = b.from_entity_id
            JOIN kb.dim_entity AS y ON y.entity_id = b.to_entity_id
            WHERE a.kind = 'relation' AND b.entity_relation_id = a.target_id) AS r ON true
        LEFT JOIN LATERAL (
            SELECT v.attribute || ' ' || v.value AS name FROM kb.fact_attribute AS v
            WHERE a.kind = 'fact' AND v.fact_attribute_id = a.target_id) AS f ON true
     ) AS d ORDER BY d.decided_at, d.id`,
      mssql: `WITH own AS (SELECT i.target_id AS id FROM kb.fn_decided_ids('entity', ?) AS i),
     target AS (
        SELECT 'entity' AS kind, o.id FROM own AS o
        UNION
        SELECT 'fact', f.fact_attribute_id FROM own AS o JOIN kb.fact_attribute AS f ON f.entity_id = o.id
        UNION
        SELECT 'relation', b.entity_relation_id FROM own AS o JOIN kb.bridge_entity_relation AS b ON b.from_entity_id = o.id
        UNION
        SELECT 'relation', b.entity_relation_id FROM own AS o JOIN kb.bridge_entity_relation AS b ON b.to_entity_id = o.id
     )
     SELECT d.decided_at, d.about, d.id, d.decision, d.what, d.decided_by, d.decided_as, d.reason, d.undone_at FROM (
        SELECT d.decided_at, 'identity' AS about, d.identity_decision_id AS id, d.kind AS decision,
            CONCAT(f.entity_name, N' (', f.entity_id, N', ', f.entity_type, N') -> ', t.entity_name, N' (', t.entity_id, N', ',
                t.entity_type, N')') AS what, d.decided_by, d.decided_as, d.reason, d.undone_at
        FROM kb.identity_decision AS d
        JOIN kb.dim_entity AS f ON f.entity_id = d.entity_id
        JOIN kb.dim_entity AS t ON t.entity_id = d.other_entity_id
        WHERE d.entity_id IN (SELECT o.id FROM own AS o) OR d.other_entity_id IN (SELECT o.id FROM own AS o)
        UNION ALL
        SELECT a.decided_at, a.kind, a.adjudication_id, a.decision,
            CONCAT_WS(N' ', COALESCE(e.entity_name, r.name, f.name), NULLIF(a.changes, N'{}')), a.decided_by, a.decided_as, a.reason, a.undone_at
        FROM target AS o
        JOIN kb.adjudication AS a ON a.kind = o.kind COLLATE Latin1_General_100_BIN2 AND a.target_id = o.id
        LEFT JOIN kb.dim_entity AS e ON a.kind = 'entity' AND e.entity_id = a.target_id
        OUTER APPLY (
            SELECT CONCAT(x.entity_name, N' ', b.relation_type, N' ', y.entity_name) AS name
            FROM kb.bridge_entity_relation AS b
            JOIN kb.dim_entity AS x ON x.entity_id = b.from_entity_id
            JOIN kb.dim_entity AS y ON y.entity_id = b.to_entity_id
            WHERE a.kind = 'relation' AND b.entity_relation_id = a.target_id) AS r
        OUTER APPLY (
            SELECT CONCAT(v.attribute, N' ', v.value) AS name FROM kb.fact_attribute AS v
            WHERE a.kind = 'fact' AND v.fact_attribute_id = a.target_id) AS f
     ) AS d ORDER BY d.decided_at, d.id`,
    },
    [entity_id],
  );
}
