import type { Database } from '../../db/connect.ts';
import { findWholeDecision, undoAdjudication, undoIdentityDecision } from '../../db/review-decisions.ts';
import { SprouteError } from '../../errors.ts';

/** What became of a decision that was taken back. */
export interface Undone {
  decision_id: string;
  /** What it was about: `relation:7`, or `entity:1 / entity:2`. */
  about: string;
  /** Null of what was decided about two entities. */
  promotion_state: string | null;
  /** False: it had been undone before. */
  changed: boolean;
}

const identityPrefix = 'identity:';

/** Takes a decision back: `17`, or `identity:4`. Throws USAGE, NOT_FOUND, INVALID_STATE. */
export async function undoDecision(db: Database, decision_id: string, undone_by: string): Promise<Undone> {
  const isIdentity = decision_id.startsWith(identityPrefix);
  const digits = isIdentity ? decision_id.slice(identityPrefix.length) : decision_id;
  if (!/^[1-9]\d{0,14}$/.test(digits)) {
    throw new SprouteError('USAGE', `${JSON.stringify(decision_id)} is no decision.`, {
      hint: 'Decisions are numbers, or identity:<number> of what was decided about two entities: `sproute review history <item>` shows them.',
    });
  }
  if (isIdentity) {
    const undone = await undoIdentityDecision(db, Number(digits), undone_by);
    if (!undone) throw unknown(decision_id);
    const about = `entity:${undone.entity_id} / entity:${undone.other_entity_id}`;
    return { decision_id, about, promotion_state: null, changed: undone.changed };
  }
  await refusePart(db, Number(digits));
  const undone = await undoAdjudication(db, Number(digits), undone_by);
  if (!undone) throw unknown(decision_id);
  const { kind, target_id, promotion_state, changed } = undone;
  return { decision_id, about: `${kind}:${target_id}`, promotion_state, changed };
}

/** Suppressing one of a pair is two rows; taking back one of them would leave the pair decided. */
async function refusePart(db: Database, adjudication_id: number): Promise<void> {
  const whole = await findWholeDecision(db, adjudication_id);
  if (whole === undefined) return;
  throw new SprouteError('INVALID_STATE', `Decision ${adjudication_id} is a part of ${identityPrefix}${whole}.`, {
    hint: `Undo that: sproute review undo ${identityPrefix}${whole}`,
  });
}

function unknown(decision_id: string): SprouteError {
  return new SprouteError('NOT_FOUND', `No decision has the id ${decision_id}.`);
}
