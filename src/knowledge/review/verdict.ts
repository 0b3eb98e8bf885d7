import type { PairVerdict, Verdict } from '../../db/review-decisions.ts';
import { SprouteError } from '../../errors.ts';
import type { PairItem, ReviewItem } from './load-item.ts';

/** What somebody wants to be done with an item; of a pair, `changes` may have decision, master and relation_type. */
export type Wish = Verdict;

/** Where an answer without evidence stands before and after somebody decided about it. */
const decidable = ['without evidence', 'adjudicated', 'suppressed'];

/**
 * Throws INVALID_STATE for an item that cannot be decided about: an answer that has evidence, what was merged into another,
 * a pair that is decided. The hint says what can be done instead.
 */
export function refuseUndecidable(item: ReviewItem): void {
  if (item.kind === 'pair') {
    if (item.status !== 'decided') return;
    throw new SprouteError('INVALID_STATE', `${item.item} has been decided.`, {
      hint: `\`sproute review history ${item.item}\` says how; undo that first.`,
    });
  }
  if (item.kind === 'assertion') {
    if (decidable.includes(item.promotion_state)) return;
    throw new SprouteError('INVALID_STATE', `${item.item} is ${item.promotion_state}: it needs no decision.`, {
      hint: 'Decide about what rests on it: an entity, a relation, a fact or a page_classification (sproute review ls).',
    });
  }
  if (item.merged_into_entity_id === null) return;
  throw new SprouteError('INVALID_STATE', `${item.item} was merged into entity:${item.merged_into_entity_id}.`, {
    hint: `Decide about entity:${item.merged_into_entity_id}, or undo the merge: \`sproute review history ${item.item}\`.`,
  });
}

/**
 * What a wish about a pair comes to: approve does what the model proposes, reject says that they are two, override says
 * what they are. Throws INVALID_STATE, USAGE.
 */
export function pairVerdict(pair: PairItem, { decision, decided_by, reason, changes = {} }: Wish): PairVerdict {
  const decider = { decided_by, reason };
  if (decision === 'reject') return { ...decider, ...ends(pair, undefined), decision: 'distinct' };
  if (decision === 'approve') {
    if (pair.proposal === null) {
      throw new SprouteError('INVALID_STATE', `${pair.item} has no proposal of a model to approve.`, {
        hint: `Say what they are: sproute review override ${pair.item} --set decision=merge --set master=first`,
      });
    }
    const { decision: proposed, master_entity_id, relation_type } = pair.proposal;
    return asked(pair, decider, proposed, master_entity_id ?? undefined, relation_type ?? undefined);
  }
  const { decision: wished, master, relation_type } = changes;
  if (wished !== 'merge' && wished !== 'relate' && wished !== 'distinct' && wished !== 'suppress') {
    throw new SprouteError('USAGE', `What shall become of ${pair.item}?`, {
      hint: 'Add --set decision=merge, relate, distinct or suppress.',
    });
  }
  return asked(
    pair,
    decider,
    wished,
    masterOf(pair, master),
    typeof relation_type === 'string' ? relation_type : undefined,
  );
}

function asked(
  pair: PairItem,
  decider: Pick<PairVerdict, 'decided_by' | 'reason'>,
  decision: PairVerdict['decision'],
  stays: number | undefined,
  relation_type: string | undefined,
): PairVerdict {
  if (decision !== 'distinct' && stays === undefined) {
    throw new SprouteError('USAGE', 'Which of the two stays, or is what the other is related to?', {
      hint: 'Add --set master=first or --set master=second.',
    });
  }
  if (decision === 'relate' && relation_type === undefined) {
    throw new SprouteError('USAGE', 'What have the two to do with each other?', {
      hint: 'Add --set relation_type="named after".',
    });
  }
  const both = ends(pair, stays);
  if (decision === 'suppress') refuseMerged(pair, both.entity_id);
  return { ...decider, ...both, decision, ...(decision === 'relate' && { relation_type }) };
}

/** What was merged into a third entity has no row of its own to suppress. */
function refuseMerged(pair: PairItem, id: number): void {
  const { item } = id === pair.first_entity_id ? pair.first : pair.second;
  if (item === `entity:${id}`) return;
  throw new SprouteError('INVALID_STATE', `entity:${id} was merged into ${item} since it was found.`, {
    hint: `To suppress that: sproute review reject ${item}`,
  });
}

function masterOf(pair: PairItem, master: unknown): number | undefined {
  const { first_entity_id, second_entity_id, first_master_id, second_master_id } = pair;
  if (master === undefined) return undefined;
  if (master === 'first' || master === first_entity_id || master === first_master_id) return first_entity_id;
  if (master === 'second' || master === second_entity_id || master === second_master_id) return second_entity_id;
  throw new SprouteError('USAGE', `${String(master)} is neither of the two.`, {
    hint: `Say first or second, ${first_entity_id} or ${second_entity_id}.`,
  });
}

function ends(pair: PairItem, stays: number | undefined): { entity_id: number; other_entity_id: number } {
  const { first_entity_id, second_entity_id } = pair;
  return stays === first_entity_id
    ? { entity_id: second_entity_id, other_entity_id: first_entity_id }
    : { entity_id: first_entity_id, other_entity_id: second_entity_id };
}
