import type { Database } from './connect.ts';
import { type JsonField, jsonObject, type PerEngine } from './dialect.ts';
import { queryRows } from './query.ts';
import { type Dimension, dimensionTables, type ReviewKind, reviewTables } from './review-queries.ts';
import { queryWindow } from './row-window.ts';
import type { Engine } from './url.ts';

/** A row that people decide about, as it stands. */
export interface ReviewRow {
  name: string;
  /** In the order in which they are shown; what is not known is null or an empty list. */
  values: Record<string, unknown>;
  confidence: number;
  observation_count: number;
  promotion_state: string;
  /** Of an entity that was merged: what it was found to be. */
  merged_into_entity_id: number | null;
  created_at: Date;
  retracted_at: Date | null;
  is_waiting: boolean;
  /** ISO 8601 with microseconds, for kb.usp_decide_review. */
  changed_at: string;
}

/** One piece of evidence: what was said, by whom, and where the page supports it. */
export interface Evidence {
  assertion_id: number;
  source_page_id: number;
  source_system: string;
  external_id: string;
  title: string;
  version: number;
  /** UTF-16 offsets of the quote in the page's text; -1 if it is not there. */
  char_start: number;
  char_end: number;
  quote: string;
  grounding: 'exact' | 'normalized' | 'fuzzy' | 'none' | 'loaded';
  /** The quote holds none of the entity's names. */
  is_weak: boolean;
  confidence: number;
  job_type: string;
  item_kind: string;
  contract_name: string;
  contract_version: string;
  prompt_sha256: string | null;
  model: string | null;
  run_id: string | null;
  job_id: number | null;
  created_at: Date;
  /** The item as the model gave it. */
  payload: Record<string, unknown>;
  /** How many pieces there are, whatever the limit. */
  pieces: number;
}

export type RowKind = Exclude<ReviewKind, 'pair'>;

/** The row of that id, also one that waits no longer or was retracted. */
export async function readReviewRow(db: Database, kind: RowKind, id: number): Promise<ReviewRow | undefined> {
  const [row] = await queryRows<ReviewRow>(
    db,
    `SELECT r.*, s.is_waiting, ${changedAt[db.engine]} AS changed_at
     FROM (${rowOf(db.engine, kind)}) AS r CROSS JOIN kb.fn_review_standing(?, ?) AS s`,
    [id, kind, id],
    { json: ['values'] },
  );
  return row;
}

/** The live assertions that a row rests on, the surest first; of a mere assertion, itself. */
export function readEvidence(
  db: Database,
  kind: RowKind,
  id: number,
  limit: number,
  offset: number,
): Promise<Evidence[]> {
  const support =
    kind === 'assertion'
      ? 'SELECT CAST(? AS bigint) AS assertion_id'
      : `SELECT l.assertion_id FROM kb.assertion_link AS l WHERE l.target_id = ? AND l.target_table = '${reviewTables[kind]}'`;
  return queryWindow<Evidence>(
    db,
    `SELECT a.assertion_id, a.source_page_id, s.source_system, s.external_id, s.title, s.version, a.char_start, a.char_end,
        a.quote, a.grounding, a.is_weak, a.confidence, a.job_type, a.item_kind, a.contract_name, a.contract_version,
        a.prompt_sha256, a.model, a.run_id, a.job_id, a.created_at, a.payload, count(*) OVER () AS pieces
     FROM (${support}) AS i
     JOIN kb.assertion AS a ON a.assertion_id = i.assertion_id
     JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
     ORDER BY a.confidence DESC, s.source_system, s.external_id, a.char_start, a.char_end, a.assertion_id`,
    [id],
    { offset, limit },
  );
}

/** When a row changed, as kb.usp_decide_review takes it. */
export const changedAt: PerEngine<string> = {
  postgres: "to_jsonb(s.changed_at) #>> '{}'",
  mssql: 'CONVERT(nvarchar(30), s.changed_at, 121)',
};

const standing = 't.confidence, t.observation_count, t.promotion_state';
const unmerged = 'CAST(NULL AS bigint) AS merged_into_entity_id';
const times = 't.created_at, t.retracted_at';
const scope: JsonField[] = [
  ['start', 't.start_text', 'text'],
  ['end', 't.end_text', 'text'],
  ['from_work', 't.from_work', 'text'],
  ['to_work', 't.to_work', 'text'],
  ['continuity', 't.continuity', 'text'],
];
const span: JsonField[] = [
  ['start', 'd.start_text', 'text'],
  ['end', 'd.end_text', 'text'],
];
const nameOf = (id: string) => `(SELECT n.entity_name FROM kb.dim_entity AS n WHERE n.entity_id = ${id})`;

/** What an entity's row in a dimension adds to it. */
function dimension(engine: Engine, table: string, id: string, fields: readonly JsonField[]): string {
  const values = jsonObject(engine, fields);
  return `(SELECT ${values} FROM kb.${table} AS d WHERE d.${id} = t.entity_id AND d.retracted_at IS NULL)`;
}

/** The other names of an entity `t`, as JSON. */
const aliases: PerEngine<string> = {
  postgres: `(SELECT coalesce(json_agg(k.alias ORDER BY k.alias_key), '[]') FROM kb.entity_alias AS k
      WHERE k.entity_id = t.entity_id AND k.retracted_at IS NULL)`,
  mssql: `(SELECT CONCAT(N'[', STRING_AGG(llm.fn_json_string(k.alias), N',') WITHIN GROUP (ORDER BY k.alias_key), N']')
      FROM kb.entity_alias AS k WHERE k.entity_id = t.entity_id AND k.retracted_at IS NULL)`,
};

/** The item of an assertion `t` without what every item has. */
const item: PerEngine<string> = {
  postgres: "t.payload - 'quote' - 'confidence'",
  mssql: "JSON_MODIFY(JSON_MODIFY(t.payload, '$.quote', NULL), '$.confidence', NULL)",
};

/** The decision about the assertion `t`, if it has no evidence. */
const decided: PerEngine<string> = {
  postgres: `LEFT JOIN LATERAL kb.fn_ungrounded_decision(t.source_page_id, t.job_type, t.item_kind, t.item_sha256, t.subject_key)
        AS d ON t.grounding = 'none'`,
  mssql: `OUTER APPLY (
        SELECT u.decision
        FROM kb.fn_ungrounded_decision(t.source_page_id, t.job_type, t.item_kind, t.item_sha256, t.subject_key) AS u
        WHERE t.grounding = N'none') AS d`,
};

/** The row of an id, which is the parameter. */
function rowOf(engine: Engine, kind: RowKind): string {
  // A word that SQL Server keeps for itself.
  const values = engine === 'mssql' ? '[values]' : 'values';
  switch (kind) {
    case 'entity': {
      const fields: JsonField[] = [
        ['entity_name', 't.entity_name', 'text'],
        ['entity_type', 't.entity_type', 'text'],
        ['type_family', 't.type_family', 'text'],
        ['disambiguator', "nullif(t.disambiguator, '')", 'text'],
        ['aliases', aliases[engine], 'json'],
        ['description', 't.description', 'text'],
        ['attributes', 't.attributes', 'json'],
        [
          'event',
          dimension(engine, 'dim_event', 'event_id', [...span, ['location', nameOf('d.location_id'), 'text']]),
          'json',
        ],
        [
          'work',
          dimension(engine, 'dim_work', 'work_id', [
            ['release_date', 'd.release_text', 'text'],
            ['canon_status', 'd.canon_status', 'text'],
          ]),
          'json',
        ],
        [
          'location',
          dimension(engine, 'dim_location', 'location_id', [['parent', nameOf('d.parent_location_id'), 'text']]),
          'json',
        ],
        ['period', dimension(engine, 'dim_period', 'period_id', span), 'json'],
      ];
      return `SELECT t.entity_name AS name, ${jsonObject(engine, fields)} AS ${values}, ${standing},
            t.merged_into_entity_id, ${times}
        FROM kb.dim_entity AS t WHERE t.entity_id = ?`;
    }
    case 'relation': {
      const fields: JsonField[] = [
        ['from', 'f.entity_name', 'text'],
        ['relation_type', 't.relation_type', 'text'],
        ['to', 'o.entity_name', 'text'],
        ...scope,
        ['from_entity_id', 't.from_entity_id', 'number'],
        ['to_entity_id', 't.to_entity_id', 'number'],
      ];
      return `SELECT concat(f.entity_name, ' ', t.relation_type, ' ', o.entity_name) AS name,
            ${jsonObject(engine, fields)} AS ${values}, ${standing}, ${unmerged}, ${times}
        FROM kb.bridge_entity_relation AS t
        JOIN kb.dim_entity AS f ON f.entity_id = t.from_entity_id
        JOIN kb.dim_entity AS o ON o.entity_id = t.to_entity_id
        WHERE t.entity_relation_id = ?`;
    }
    case 'fact': {
      const fields: JsonField[] = [
        ['entity', 'e.entity_name', 'text'],
        ['attribute', 't.attribute', 'text'],
        ['value', 't.value', 'text'],
        ['unit', 't.unit', 'text'],
        ...scope,
        ['entity_id', 't.entity_id', 'number'],
      ];
      return `SELECT concat(e.entity_name, ' ', t.attribute, ' ', t.value) AS name, ${jsonObject(engine, fields)} AS ${values},
            ${standing}, ${unmerged}, ${times}
        FROM kb.fact_attribute AS t JOIN kb.dim_entity AS e ON e.entity_id = t.entity_id
        WHERE t.fact_attribute_id = ?`;
    }
    case 'page_classification': {
      const fields: JsonField[] = [
        ['page', 's.external_id', 'text'],
        ['primary_type', 't.primary_type', 'text'],
        ['type_set', 't.type_set', 'json'],
        ['descriptor_sentence', 't.descriptor_sentence', 'text'],
        ['tags', 't.tags', 'json'],
      ];
      return `SELECT s.title AS name, ${jsonObject(engine, fields)} AS ${values}, ${standing}, ${unmerged}, ${times}
        FROM kb.page_classification AS t JOIN ingest.source_page AS s ON s.source_page_id = t.source_page_id
        WHERE t.page_classification_id = ?`;
    }
    case 'assertion':
      return `SELECT s.title AS name, ${item[engine]} AS ${values}, t.confidence, 1 AS observation_count,
            CASE WHEN t.retracted_at IS NOT NULL THEN 'retracted' WHEN d.decision = 'approve' THEN 'adjudicated'
                WHEN d.decision = 'reject' THEN 'suppressed' WHEN t.grounding = 'none' THEN 'without evidence'
                WHEN t.quarantine_reason IS NOT NULL THEN 'quarantined' ELSE 'routed' END AS promotion_state,
            ${unmerged}, ${times}
        FROM kb.assertion AS t JOIN ingest.source_page AS s ON s.source_page_id = t.source_page_id
        ${decided[engine]}
        WHERE t.assertion_id = ?`;
  }
}

/** Whether an entity has a row in a dimension now. */
export async function hasDimension(db: Database, dimension: Dimension, id: number): Promise<boolean> {
  const { table, id: column } = dimensionTables[dimension];
  const found = await queryRows(db, `SELECT 1 FROM ${table} WHERE ${column} = ? AND retracted_at IS NULL`, [id]);
  return found.length > 0;
}
