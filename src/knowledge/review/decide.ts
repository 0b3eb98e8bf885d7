import type { Database } from '../../db/connect.ts';
import { adjudicate, decideIdentity } from '../../db/review-decisions.ts';
import { SprouteError } from '../../errors.ts';
import type { ReviewItem } from './load-item.ts';
import { pairVerdict, refuseUndecidable, type Wish } from './verdict.ts';

/** What became of an item. */
export interface Decided {
  item: string;
  name: string;
  decision: string;
  /** What undoes it: `17`, `identity:4`; null if the same had been decided before. */
  decision_id: string | null;
  promotion_state_before: string;
  promotion_state: string;
}

/** What a wish would come to, without doing it. Throws INVALID_STATE, USAGE. */
export function planDecision(item: ReviewItem, wish: Wish): Omit<Decided, 'decision_id'> {
  refuseUndecidable(item);
  if (item.kind === 'pair') {
    const { decision } = pairVerdict(item, wish);
    const name = `${item.first.name} / ${item.second.name}`;
    return { item: item.item, name, decision, promotion_state_before: item.status, promotion_state: 'decided' };
  }
  return {
    item: item.item,
    name: item.name,
    decision: wish.decision,
    promotion_state_before: item.promotion_state,
    promotion_state: wish.decision === 'reject' ? 'suppressed' : 'adjudicated',
  };
}

/** Decides about an item, whether it waits or not. Throws INVALID_STATE, USAGE and what the procedures throw. */
export async function decideItem(db: Database, item: ReviewItem, wish: Wish): Promise<Decided> {
  const planned = planDecision(item, wish);
  if (item.kind === 'pair') {
    const made = await decideIdentity(db, pairVerdict(item, wish));
    const id = made?.identity_decision_id ?? null;
    return { ...planned, decision_id: id === null ? null : `identity:${id}` };
  }
  const made = await adjudicate(db, item.kind, item.id, wish);
  if (!made) throw new SprouteError('DATABASE_ERROR', `Nothing came of the decision about ${item.item}.`);
  return { ...planned, promotion_state: made.promotion_state, decision_id: String(made.adjudication_id) };
}
