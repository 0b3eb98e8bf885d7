import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

/** A live entity with what identity compares it by. */
export interface ComparedEntity {
  entity_id: number;
  name: string;
  name_key: string;
  type_family: string;
  disambiguator: string;
  observation_count: number;
  aliases: string[];
  attributes: { key: string; value: string }[];
  /** Name keys of the entities at the other ends of its relations. */
  neighbours: string[];
}

const page = 5_000;
const mostNeighbours = 100;

/** Every live entity that is no tag, merged into nothing and not suppressed, in the order of ids, some thousands at a time. */
export async function* readComparedEntities(db: Database, type_family?: string): AsyncGenerator<ComparedEntity[]> {
  let after = 0;
  for (;;) {
    const rows = await queryRows<ComparedEntity>(
      db,
      `SELECT e.entity_id, e.entity_name AS name, e.name_key, e.type_family, e.disambiguator, e.observation_count,
          coalesce((SELECT jsonb_agg(a.alias ORDER BY a.alias_key) FROM kb.entity_alias AS a
                    WHERE a.entity_id = e.entity_id AND a.retracted_at IS NULL), '[]') AS aliases,
          coalesce((SELECT jsonb_agg(jsonb_build_object('key', k.key, 'value', k.value) ORDER BY k.key, k.value) FROM (
                        SELECT x.value ->> 'key' AS key, x.value ->> 'value' AS value
                        FROM jsonb_array_elements(CASE jsonb_typeof(e.attributes) WHEN 'array' THEN e.attributes ELSE '[]' END) AS x
                        UNION
                        SELECT f.attribute_key, f.value FROM kb.fact_attribute AS f
                        WHERE f.entity_id = e.entity_id AND f.retracted_at IS NULL AND f.promotion_state <> 'suppressed'
                    ) AS k WHERE k.key IS NOT NULL AND k.value IS NOT NULL), '[]') AS attributes,
          coalesce((SELECT jsonb_agg(n.name_key ORDER BY n.name_key) FROM (
                        SELECT x.name_key FROM kb.bridge_entity_relation AS b
                        JOIN kb.dim_entity AS x ON x.entity_id = b.to_entity_id
                        WHERE b.from_entity_id = e.entity_id AND b.to_entity_id <> e.entity_id AND b.retracted_at IS NULL
                        UNION
                        SELECT x.name_key FROM kb.bridge_entity_relation AS b
                        JOIN kb.dim_entity AS x ON x.entity_id = b.from_entity_id
                        WHERE b.to_entity_id = e.entity_id AND b.from_entity_id <> e.entity_id AND b.retracted_at IS NULL
                        ORDER BY name_key LIMIT ${mostNeighbours}) AS n), '[]') AS neighbours
       FROM kb.dim_entity AS e
       WHERE e.entity_id > ? AND e.retracted_at IS NULL AND e.merged_into_entity_id IS NULL
         AND e.promotion_state <> 'suppressed' AND e.type_family <> 'tag' AND (?::text IS NULL OR e.type_family = ?)
       ORDER BY e.entity_id LIMIT ${page}`,
      [after, type_family ?? null, type_family ?? null],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.entity_id;
  }
}

export interface DecidedPair {
  first_entity_id: number;
  second_entity_id: number;
  decision: 'merge' | 'relate' | 'distinct' | 'suppress';
}

/** Pairs that were decided about, as what they moved to if their family changed. A merge that somebody took back says that the two are not one. */
export function readDecidedPairs(db: Database): Promise<DecidedPair[]> {
  return queryRows<DecidedPair>(
    db,
    `SELECT DISTINCT ON (1, 2) least(f.entity_id, o.entity_id) AS first_entity_id,
        greatest(f.entity_id, o.entity_id) AS second_entity_id,
        CASE WHEN d.kind = 'merge' AND d.undone_at IS NOT NULL THEN 'distinct' ELSE d.kind END AS decision
     FROM kb.identity_decision AS d
     JOIN LATERAL (SELECT coalesce(e.moved_to_entity_id, e.entity_id) AS entity_id FROM kb.dim_entity AS e
                   WHERE e.entity_id = d.entity_id) AS f ON true
     JOIN LATERAL (SELECT coalesce(e.moved_to_entity_id, e.entity_id) AS entity_id FROM kb.dim_entity AS e
                   WHERE e.entity_id = d.other_entity_id) AS o ON true
     WHERE f.entity_id <> o.entity_id AND d.kind IN ('merge', 'relate', 'distinct', 'suppress') AND (d.undone_at IS NULL OR d.kind = 'merge')
     ORDER BY 1, 2, d.undone_at IS NULL DESC, d.identity_decision_id DESC`,
  );
}

/** Pairs that a model is asked about, or that wait for a person, as do questions whose job is a dead letter. */
export function readPendingPairs(db: Database): Promise<{ first_entity_id: number; second_entity_id: number }[]> {
  return queryRows(
    db,
    `SELECT c.first_entity_id, c.second_entity_id FROM kb.identity_candidate AS c
     LEFT JOIN llm.job AS j ON j.job_id = c.job_id
     WHERE c.status = 'review' OR c.status = 'asked' AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING', 'DEADLETTER')`,
  );
}
