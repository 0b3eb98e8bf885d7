import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';
import { queryRows } from './query.ts';
import type { ReviewKind } from './review-queries.ts';

// A decision that is made twice is two decisions: none of these calls is repeated where it may have been done already.
const once = { repeatable: false };

/** Who decides, and why. */
export interface Decider {
  decided_by: string;
  reason?: string | undefined;
}

export interface Verdict extends Decider {
  decision: 'approve' | 'reject' | 'override';
  /** What override sets. */
  changes?: Record<string, unknown> | undefined;
}

/** About a pair: entity_id is the duplicate, the from end, or what is suppressed; the other one stays. */
export interface PairVerdict extends Decider {
  decision: 'merge' | 'relate' | 'distinct' | 'suppress';
  entity_id: number;
  other_entity_id: number;
  relation_type?: string | undefined;
}

/** Decides about a row, whatever it waits for. Throws UNKNOWN_ENTITY, NOT_FOUND, INVALID_PAYLOAD. */
export async function adjudicate(
  db: Database,
  kind: ReviewKind,
  id: number,
  { decision, decided_by, reason, changes }: Verdict,
): Promise<{ adjudication_id: number; promotion_state: string; needs_review: boolean } | undefined> {
  const [row] = await callProcedure<{ adjudication_id: number; promotion_state: string; needs_review: boolean }>(
    db,
    'kb.usp_adjudicate',
    { kind, id, decision, decided_by, reason, changes },
    once,
  );
  return row;
}

/** Decides about a pair; identity_decision_id is null if the same had been decided. */
export async function decideIdentity(
  db: Database,
  verdict: PairVerdict,
): Promise<{ identity_decision_id: number | null } | undefined> {
  const { decision, ...rest } = verdict;
  const [row] = await callProcedure<{ identity_decision_id: number | null }>(
    db,
    'kb.usp_decide_identity',
    { kind: decision, ...rest },
    once,
  );
  return row;
}

/** Decides about what waits, unless it waits no longer ('over') or is not what was looked at ('changed'). */
export async function decideReview(
  db: Database,
  item: { kind: ReviewKind; id: number; changed_at: string },
  verdict: Verdict | PairVerdict,
): Promise<{ outcome: 'decided' | 'changed' | 'over'; decision_id: number | null }> {
  const { decision, decided_by, reason } = verdict;
  const changes =
    'entity_id' in verdict
      ? {
          entity_id: verdict.entity_id,
          other_entity_id: verdict.other_entity_id,
          relation_type: verdict.relation_type ?? null,
        }
      : verdict.changes;
  const { kind, id, changed_at: seen_at } = item;
  const [row] = await callProcedure<{ outcome: 'decided' | 'changed' | 'over'; decision_id: number | null }>(
    db,
    'kb.usp_decide_review',
    { kind, id, seen_at, decision, decided_by, reason, changes },
    once,
  );
  return row ?? { outcome: 'over', decision_id: null };
}

export async function undoAdjudication(
  db: Database,
  adjudication_id: number,
  undone_by: string,
): Promise<{ kind: ReviewKind; target_id: number; promotion_state: string; changed: boolean } | undefined> {
  const [row] = await callProcedure<{ kind: ReviewKind; target_id: number; promotion_state: string; changed: boolean }>(
    db,
    'kb.usp_undo_adjudication',
    { adjudication_id, undone_by },
    once,
  );
  return row;
}

export async function undoIdentityDecision(
  db: Database,
  identity_decision_id: number,
  undone_by: string,
): Promise<{ kind: string; entity_id: number; other_entity_id: number; changed: boolean } | undefined> {
  const [row] = await callProcedure<{ kind: string; entity_id: number; other_entity_id: number; changed: boolean }>(
    db,
    'kb.usp_undo_identity_decision',
    { identity_decision_id, undone_by },
    once,
  );
  return row;
}

/** The identity decision that an adjudication is a part of, if it is one and was not undone. */
export async function findWholeDecision(db: Database, adjudication_id: number): Promise<number | undefined> {
  const [row] = await queryRows<{ identity_decision_id: number }>(
    db,
    'SELECT identity_decision_id FROM kb.identity_decision WHERE adjudication_id = ? AND undone_at IS NULL',
    [adjudication_id],
  );
  return row?.identity_decision_id;
}

/** A decision that was made about an item, undone ones too. */
export interface PastDecision {
  /** `17`, or `identity:4` of what was decided about two entities: what `review undo` takes. */
  decision_id: string;
  decision: string;
  decided_by: string;
  decided_as: 'rule' | 'audit' | 'person';
  decided_at: Date;
  reason: string | null;
  changes: Record<string, unknown>;
  /** The row; null of what was decided about two entities. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  session_user_name: string;
  undone_at: Date | null;
  undone_by: string | null;
}

/** What was decided about an item, in order: about an entity, also which others it is or is not; about a pair, only that. */
export function readDecisions(db: Database, kind: ReviewKind, id: number): Promise<PastDecision[]> {
  return queryRows<PastDecision>(
    db,
    {
      postgres: `SELECT a.adjudication_id::text AS decision_id, a.decision, a.decided_by, a.decided_as, a.decided_at, a.reason, a.changes,
        a.before, a.after, a.session_user_name, a.undone_at, a.undone_by
     FROM kb.adjudication AS a WHERE a.kind = ? AND a.target_id IN (SELECT i.target_id FROM kb.fn_decided_ids(?, ?) AS i)
     UNION ALL
     SELECT 'identity:' || d.identity_decision_id, d.kind, d.decided_by, d.decided_as, d.decided_at, d.reason,
        jsonb_strip_nulls(jsonb_build_object('entity_id', d.entity_id, 'other_entity_id', d.other_entity_id,
            'relation_type', d.relation_type, 'confidence', d.confidence)), NULL, NULL, d.session_user_name, d.undone_at, d.undone_by
     FROM kb.identity_decision AS d
     WHERE ? = 'entity' AND ? IN (d.entity_id, d.other_entity_id)
        OR EXISTS (SELECT 1 FROM kb.identity_candidate AS c
            WHERE ? = 'pair' AND c.identity_candidate_id = ?
              AND d.entity_id IN (c.first_entity_id, c.second_entity_id) AND d.other_entity_id IN (c.first_entity_id, c.second_entity_id))
     ORDER BY decided_at, decision_id`,
      mssql: `SELECT CONVERT(nvarchar(40), a.adjudication_id) AS decision_id, a.decision, a.decided_by, a.decided_as, a.decided_at,
            a.reason, a.changes, a.before, a.after, a.session_user_name, a.undone_at, a.undone_by
        FROM kb.adjudication AS a WHERE a.kind = ? AND a.target_id IN (SELECT i.target_id FROM kb.fn_decided_ids(?, ?) AS i)
        UNION ALL
        SELECT CONCAT(N'identity:', d.identity_decision_id), d.kind, d.decided_by, d.decided_as, d.decided_at, d.reason,
            (SELECT d.entity_id, d.other_entity_id, d.relation_type, d.confidence FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
                COLLATE Latin1_General_100_BIN2,
            NULL, NULL, d.session_user_name, d.undone_at, d.undone_by
        FROM kb.identity_decision AS d
        CROSS JOIN (SELECT CONVERT(nvarchar(40), ?) AS kind, CONVERT(bigint, ?) AS id) AS w
        WHERE w.kind = N'entity' AND w.id IN (d.entity_id, d.other_entity_id)
           OR EXISTS (SELECT 1 FROM kb.identity_candidate AS c
               WHERE w.kind = N'pair' AND c.identity_candidate_id = w.id
                 AND d.entity_id IN (c.first_entity_id, c.second_entity_id)
                 AND d.other_entity_id IN (c.first_entity_id, c.second_entity_id))
        ORDER BY decided_at, decision_id`,
    },
    db.engine === 'mssql' ? [kind, kind, id, kind, id] : [kind, kind, id, kind, id, kind, id],
  );
}
