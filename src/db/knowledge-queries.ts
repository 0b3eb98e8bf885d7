import { SprouteError } from '../errors.ts';
import type { Database } from './connect.ts';
import { characters } from './dialect.ts';
import { streamRows } from './in-snapshot.ts';
import { queryRows } from './query.ts';

export interface ExportRow {
  kind: string;
  sort_key: string;
  doc: unknown;
}

/** The canonical dump in its order, read some rows at a time within one snapshot. */
export function readExport(db: Database): AsyncGenerator<ExportRow> {
  return streamRows<ExportRow>(
    db,
    {
      postgres: 'SELECT kind, sort_key, doc FROM kb.vw_export ORDER BY kind, sort_key, doc::text COLLATE "C"',
      mssql: 'SELECT x.kind, x.sort_key, x.doc FROM kb.vw_export AS x ORDER BY x.kind, x.sort_key, x.doc',
    },
    'The export',
  );
}

export interface KnowledgeCounts {
  pages: number;
  entities: number;
  events: number;
  works: number;
  locations: number;
  relations: number;
  facts: number;
  promoted_entities: number;
  needs_review: number;
  dead_letters: number;
}

export async function readKnowledgeCounts(db: Database): Promise<KnowledgeCounts> {
  const [row] = await queryRows<KnowledgeCounts>(
    db,
    `SELECT
        (SELECT count(*) FROM ingest.source_page WHERE superseded_at IS NULL) AS pages,
        (SELECT count(*) FROM kb.dim_entity WHERE retracted_at IS NULL) AS entities,
        (SELECT count(*) FROM kb.dim_event WHERE retracted_at IS NULL) AS events,
        (SELECT count(*) FROM kb.dim_work WHERE retracted_at IS NULL) AS works,
        (SELECT count(*) FROM kb.dim_location WHERE retracted_at IS NULL) AS locations,
        (SELECT count(*) FROM kb.bridge_entity_relation WHERE retracted_at IS NULL) AS relations,
        (SELECT count(*) FROM kb.fact_attribute WHERE retracted_at IS NULL) AS facts,
        (SELECT count(*) FROM kb.dim_entity WHERE retracted_at IS NULL AND promotion_state = 'promoted') AS promoted_entities,
        (SELECT count(*) FROM kb.vw_needs_review) AS needs_review,
        (SELECT count(*) FROM llm.job WHERE status = 'DEADLETTER') AS dead_letters`,
  );
  if (!row) throw new SprouteError('DATABASE_ERROR', 'The knowledge could not be counted.');
  return row;
}

export function readEntityTypes(db: Database): Promise<{ type_family: string; entities: number; promoted: number }[]> {
  return queryRows(
    db,
    `SELECT type_family, count(*) AS entities, count(CASE WHEN promotion_state = 'promoted' THEN 1 END) AS promoted
     FROM kb.dim_entity WHERE retracted_at IS NULL GROUP BY type_family ORDER BY count(*) DESC, type_family`,
  );
}

export interface RelationSample {
  from_name: string;
  relation_type: string;
  to_name: string;
  start_text: string | null;
  end_text: string | null;
  observation_count: number;
  quote: string;
  title: string;
}

/** Promoted relations between promoted entities, best attested first, one for each kind of relation. */
export function readRelationSamples(db: Database, limit: number): Promise<RelationSample[]> {
  return queryRows<RelationSample>(
    db,
    `SELECT b.from_name, b.relation_type, b.to_name, b.start_text, b.end_text, b.observation_count, b.quote, b.title
     FROM (
        SELECT f.entity_name AS from_name, r.relation_type, t.entity_name AS to_name, r.start_text, r.end_text,
            r.observation_count, a.quote, s.title, ROW_NUMBER() OVER (PARTITION BY r.relation_key
                ORDER BY r.observation_count DESC, r.confidence DESC, f.name_key, t.name_key, a.quote) AS place
        FROM kb.bridge_entity_relation AS r
        JOIN kb.dim_entity AS f ON f.entity_id = r.from_entity_id AND f.promotion_state = 'promoted'
        JOIN kb.dim_entity AS t ON t.entity_id = r.to_entity_id AND t.promotion_state = 'promoted'
        JOIN kb.assertion_link AS l ON l.target_table = 'bridge_entity_relation' AND l.target_id = r.entity_relation_id
        JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
        JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
        WHERE r.retracted_at IS NULL AND r.promotion_state = 'promoted' AND ${characters[db.engine]('a.quote')} < 160
     ) AS b
     WHERE b.place = 1
     ORDER BY b.observation_count DESC, b.relation_type OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    [limit],
  );
}
