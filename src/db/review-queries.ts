import type { Database } from './connect.ts';
import { keyIs } from './dialect.ts';
import { queryRows } from './query.ts';
import { joined, type SqlFragment } from './sql-fragment.ts';
import type { Engine } from './url.ts';

/** What people decide about, or are shown: one row of kb each. */
export const reviewTables = {
  entity: 'dim_entity',
  relation: 'bridge_entity_relation',
  fact: 'fact_attribute',
  page_classification: 'page_classification',
  assertion: 'assertion',
  pair: 'identity_candidate',
} as const;

export type ReviewKind = keyof typeof reviewTables;

/** An entity of such a family has a row here besides; its id is the entity's. */
export const dimensionTables = {
  event: { table: 'kb.dim_event', id: 'event_id' },
  work: { table: 'kb.dim_work', id: 'work_id' },
  location: { table: 'kb.dim_location', id: 'location_id' },
  period: { table: 'kb.dim_period', id: 'period_id' },
  concept: { table: 'kb.dim_concept', id: 'concept_id' },
  tag: { table: 'kb.dim_tag', id: 'tag_id' },
} as const;

export type Dimension = keyof typeof dimensionTables;

export interface QueueFilter {
  /** Of a dimension: the entities that have it. */
  kinds?: readonly (ReviewKind | Dimension)[] | undefined;
  /** Only what an answer of this job type supports. */
  job_type?: string | undefined;
  /** Only what rests on any version of this page; of a pair, one of its entities. */
  page?: { source_system: string; external_id: string } | undefined;
  /** An entity itself, its relations and facts, and the pairs that it is in. */
  entity_id?: number | undefined;
  confidence_below?: number | undefined;
  /** Least sure first; longest waiting first; page by page, as the text goes, pairs last. */
  order: QueueOrder;
  limit: number;
}

export const queueOrders = ['confidence', 'age', 'page'] as const;
export type QueueOrder = (typeof queueOrders)[number];

export interface QueuedItem {
  /** `entity:12` */
  item: string;
  kind: ReviewKind;
  id: number;
  name: string;
  detail: string;
  confidence: number;
  since: Date;
  /** Of the whole queue, whatever the limit. */
  waiting: number;
}

/** What waits for a person, in order. */
export function readQueue(db: Database, filter: QueueFilter): Promise<QueuedItem[]> {
  const { sql, values } = queueStatement(db.engine, filter);
  return queryRows<QueuedItem>(db, sql, values);
}

export interface ReviewPage {
  source_page_id: number;
  source_system: string;
  external_id: string;
  title: string;
  waiting: number;
  lowest_confidence: number;
}

/** Pages with something that waits, the most first. */
export function readReviewPages(db: Database, limit: number): Promise<ReviewPage[]> {
  return queryRows<ReviewPage>(
    db,
    `SELECT source_page_id, source_system, external_id, title, waiting, CAST(lowest_confidence AS float) AS lowest_confidence
     FROM kb.vw_pages_needing_review ORDER BY 5 DESC, 6, source_system, external_id OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    [limit],
  );
}

/** Live entities of this id, or of this very name or alias. */
export function findReviewEntities(
  db: Database,
  id: number | null,
  name_key: string,
): Promise<{ entity_id: number; entity_name: string; entity_type: string }[]> {
  const isName = keyIs(db.engine, 'e.name_key', name_key);
  const isAlias = keyIs(db.engine, 'k.alias_key', name_key);
  const hasAlias = `e.entity_id IN (SELECT k.entity_id FROM kb.entity_alias AS k WHERE ${isAlias.sql} AND k.retracted_at IS NULL)`;
  return queryRows(
    db,
    `SELECT e.entity_id, e.entity_name, e.entity_type FROM kb.dim_entity AS e
     WHERE ${id === null ? `e.retracted_at IS NULL AND (${isName.sql} OR ${hasAlias})` : 'e.entity_id = kb.fn_master_entity(?)'}
     ORDER BY CASE WHEN e.name_key = ? THEN 0 ELSE 1 END, e.entity_id OFFSET 0 ROWS FETCH NEXT 20 ROWS ONLY`,
    [...(id === null ? [...isName.values, ...isAlias.values] : [id]), name_key],
  );
}

/** The assertions that an item rests on; of a pair, those of both entities. */
const support = `SELECT a.job_type, a.char_start, s.source_system, s.external_id
    FROM (
        SELECT l.assertion_id FROM kb.assertion_link AS l
        WHERE l.target_id = w.id AND l.target_table = CASE w.kind WHEN 'entity' THEN 'dim_entity'
            WHEN 'relation' THEN 'bridge_entity_relation' WHEN 'fact' THEN 'fact_attribute'
            WHEN 'page_classification' THEN 'page_classification' END
        UNION ALL
        SELECT o.id FROM (SELECT w.id) AS o WHERE w.kind = 'assertion'
        UNION ALL
        SELECT l.assertion_id FROM kb.vw_identity_candidate AS c
        JOIN kb.assertion_link AS l ON l.target_table = 'dim_entity' AND l.target_id IN (c.first_master_id, c.second_master_id)
        WHERE w.kind = 'pair' AND c.identity_candidate_id = w.id
    ) AS i
    JOIN kb.assertion AS a ON a.assertion_id = i.assertion_id
    JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id`;

const firstOfPage = `(SELECT p.source_system, p.external_id, p.char_start FROM (${support}) AS p WHERE w.kind <> 'pair'
    ORDER BY p.source_system, p.external_id, p.char_start OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY) AS p`;
const orders = {
  confidence: { from: { postgres: '', mssql: '' }, by: 'w.confidence, w.kind, w.id' },
  age: { from: { postgres: '', mssql: '' }, by: 'w.since, w.kind, w.id' },
  page: {
    from: { postgres: `LEFT JOIN LATERAL ${firstOfPage} ON true`, mssql: `OUTER APPLY ${firstOfPage}` },
    by: 'CASE WHEN p.external_id IS NULL THEN 1 ELSE 0 END, p.source_system, p.external_id, p.char_start, w.kind, w.id',
  },
} as const;

function queueStatement(engine: Engine, filter: QueueFilter): SqlFragment {
  const order = orders[filter.order];
  const conditions = joined(conditionsOf(filter), ' AND ');
  return {
    sql: `SELECT concat(w.kind, ':', w.id) AS item, w.kind, w.id, w.name, w.detail, CAST(w.confidence AS float) AS confidence,
            w.since, count(*) OVER () AS waiting
        FROM kb.vw_needs_review AS w ${order.from[engine]} WHERE ${conditions.sql} ORDER BY ${order.by}
        OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    values: [...conditions.values, filter.limit],
  };
}

function conditionsOf({ kinds, job_type, page, entity_id, confidence_below }: QueueFilter): SqlFragment[] {
  const given: SqlFragment[] = [{ sql: '1 = 1', values: [] }];
  if (kinds !== undefined) given.push(ofKinds(kinds));
  if (job_type !== undefined) {
    // A pair is what the audit was asked about.
    const isSaid = `EXISTS (SELECT 1 FROM (${support}) AS i WHERE i.job_type = ?)`;
    const sql = job_type === 'entity_dedupe' ? `(w.kind = 'pair' OR ${isSaid})` : `(w.kind <> 'pair' AND ${isSaid})`;
    given.push({ sql, values: [job_type] });
  }
  if (page !== undefined) {
    const sql = `EXISTS (SELECT 1 FROM (${support}) AS i WHERE i.source_system = ? AND i.external_id = ?)`;
    given.push({ sql, values: [page.source_system, page.external_id] });
  }
  if (entity_id !== undefined) given.push(ofEntity(entity_id));
  if (confidence_below !== undefined) given.push({ sql: 'w.confidence < ?', values: [confidence_below] });
  return given;
}

function ofKinds(kinds: readonly (ReviewKind | Dimension)[]): SqlFragment {
  const alternatives = kinds.map((kind): SqlFragment => {
    if (!isDimension(kind)) return { sql: 'w.kind = ?', values: [kind] };
    const { table, id } = dimensionTables[kind];
    const sql = `w.kind = 'entity' AND EXISTS (SELECT 1 FROM ${table} AS d WHERE d.${id} = w.id AND d.retracted_at IS NULL)`;
    return { sql, values: [] };
  });
  const { sql, values } = joined(alternatives, ' OR ');
  return { sql: `(${sql})`, values };
}

function ofEntity(id: number): SqlFragment {
  const sql = `(w.kind = 'entity' AND w.id = ?
        OR w.kind = 'relation' AND EXISTS (SELECT 1 FROM kb.bridge_entity_relation AS b
            WHERE b.entity_relation_id = w.id AND ? IN (b.from_entity_id, b.to_entity_id))
        OR w.kind = 'fact' AND EXISTS (SELECT 1 FROM kb.fact_attribute AS f
            WHERE f.fact_attribute_id = w.id AND f.entity_id = ?)
        OR w.kind = 'pair' AND EXISTS (SELECT 1 FROM kb.vw_identity_candidate AS c
            WHERE c.identity_candidate_id = w.id AND ? IN (c.first_master_id, c.second_master_id)))`;
  return { sql, values: [id, id, id, id] };
}

export function isDimension(kind: string): kind is Dimension {
  return Object.hasOwn(dimensionTables, kind);
}
