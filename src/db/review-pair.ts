import type { Database } from './connect.ts';
import { queryRows } from './query.ts';
import { changedAt } from './review-item.ts';

/** Two entities that may be one, and what the model made of them. */
export interface PairRow {
  /** As they were found; first_entity_id < second_entity_id. */
  first_entity_id: number;
  second_entity_id: number;
  /** What they are now: the masters, where they were merged meanwhile. */
  first_master_id: number;
  second_master_id: number;
  status: 'open' | 'asked' | 'review' | 'decided';
  score: number;
  strength: string;
  /** Why they were found. */
  reasons: unknown[];
  proposal: Proposal | null;
  /** Who was asked; null if nobody was. */
  job_id: number | null;
  run_id: string | null;
  contract_name: string | null;
  contract_version: string | null;
  prompt_sha256: string | null;
  model: string | null;
  is_waiting: boolean;
  /** ISO 8601 with microseconds, for kb.usp_decide_review. */
  changed_at: string;
}

/** What the model answered; master_entity_id is of the pair, and relation_type there only to relate. */
export interface Proposal {
  decision: 'merge' | 'relate' | 'distinct' | 'suppress';
  confidence: number;
  master_entity_id: number | null;
  relation_type: string | null;
  rationale: string | null;
}

export async function readPair(db: Database, id: number): Promise<PairRow | undefined> {
  const [row] = await queryRows<PairRow>(
    db,
    `SELECT c.first_entity_id, c.second_entity_id, c.first_master_id, c.second_master_id, c.status, c.score, c.strength,
        c.reasons, c.proposal, c.job_id, c.run_id, c.contract_name, c.contract_version, c.prompt_sha256, c.model, s.is_waiting,
        ${changedAt[db.engine]} AS changed_at
     FROM kb.vw_identity_candidate AS c CROSS JOIN kb.fn_review_standing('pair', ?) AS s
     WHERE c.identity_candidate_id = ?`,
    [id, id],
  );
  return row;
}

/** What a live entity has to do with others, the surest first: `met Bob`, `Bob met`. */
export async function readRelated(db: Database, entity_id: number, limit: number): Promise<string[]> {
  const rows = await queryRows<{ related: string }>(
    db,
    `SELECT CASE WHEN b.from_entity_id = ? THEN concat(b.relation_type, ' ', o.entity_name)
            ELSE concat(o.entity_name, ' ', b.relation_type) END AS related
     FROM kb.bridge_entity_relation AS b
     JOIN kb.dim_entity AS o ON o.entity_id = CASE WHEN b.from_entity_id = ? THEN b.to_entity_id ELSE b.from_entity_id END
     WHERE ? IN (b.from_entity_id, b.to_entity_id) AND b.retracted_at IS NULL
     ORDER BY b.confidence DESC, related OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    [entity_id, entity_id, entity_id, limit],
  );
  return rows.map(({ related }) => related);
}
