import { type Candidate, type CandidateOptions, candidatePairs } from './candidate-pairs.ts';
import type { IdentityEntity } from './entity.ts';
import { type IdPair, partnersOf, unambiguousPairs } from './merge-groups.ts';

/** What was said about a pair before, by a person, a model or an unmerge. */
export interface Decision extends IdPair {
  decision: 'merge' | 'relate' | 'distinct' | 'suppress';
}

export interface AuditRow extends IdPair {
  score: number;
  strength: Candidate['strength'];
  reasons: string[];
  /** `merge` by rule, `ask` with an entity_dedupe job, `decided` before: nothing to do. */
  action: 'merge' | 'ask' | 'decided';
}

export interface AuditPlan {
  /** Merges first, then what to ask, then what was decided; each with the highest score first. */
  rows: AuditRow[];
  /** Merges and questions that the limit left for the next audit. */
  left_over: number;
}

export interface AuditOptions extends CandidateOptions {
  /** Merges and questions at most (default: all). Decided pairs do not count. */
  limit?: number;
}

/**
 * What a dedupe audit should do about each candidate. Strong and unambiguous ones are merged: of a group of several each
 * is merged with the one of the lowest id. A pair that was ever decided is neither merged nor asked about again, and no
 * group is merged by rule that holds a pair decided otherwise. Depends on the arguments alone, not on their order.
 */
export function planAudit(
  entities: readonly IdentityEntity[],
  decided: readonly Decision[],
  options: AuditOptions = {},
): AuditPlan {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const decisions = new Map(decided.map((each) => [pairKey(inOrder(each)), each.decision]));
  const strong: Candidate[] = [];
  const settled: AuditRow[] = [];
  const questions = bestRows(limit);
  for (const candidate of candidatePairs(entities, options)) {
    const decision = decisions.get(pairKey(candidate));
    if (decision !== undefined) settled.push(rowOf(candidate, 'decided', [`decided: ${decision}`]));
    if (decision === undefined && candidate.strength !== 'strong') questions.add(rowOf(candidate, 'ask'));
    if (candidate.strength === 'strong' && (decision === undefined || decision === 'merge')) strong.push(candidate);
  }
  const open = (pair: IdPair) => !decisions.has(pairKey(pair));
  const clear = unambiguousPairs(strong);
  const merges = starsOf(clear).filter(open);
  const isClear = new Set(clear.map(pairKey));
  const partners = partnersOf(strong);
  for (const candidate of strong.filter((pair) => open(pair) && !isClear.has(pairKey(pair)))) {
    questions.add(rowOf(candidate, 'ask', [ambiguity(candidate, partners)]));
  }
  const merged = merges.map((candidate) => rowOf(candidate, 'merge')).sort(byScore);
  const kept = merged.slice(0, limit);
  const asked = questions.best().slice(0, Math.max(0, limit - kept.length));
  return {
    rows: [...kept, ...asked, ...settled.sort(byScore)],
    left_over: merged.length - kept.length + questions.seen() - asked.length,
  };
}

/** Of each group, the pairs with its lowest id: the others follow from them. */
function starsOf(clear: readonly Candidate[]): Candidate[] {
  const lowest = new Set(clear.map(({ first_entity_id }) => first_entity_id));
  for (const { second_entity_id } of clear) lowest.delete(second_entity_id);
  return clear.filter(({ first_entity_id }) => lowest.has(first_entity_id));
}

function ambiguity(pair: IdPair, partners: ReadonlyMap<number, ReadonlySet<number>>): string {
  const ids = [pair.first_entity_id, pair.second_entity_id];
  const others = new Set(ids.flatMap((id) => [...(partners.get(id) ?? [])]).filter((id) => !ids.includes(id)));
  return `ambiguous: also ${[...others]
    .sort((a, b) => a - b)
    .slice(0, 5)
    .join(', ')}`;
}

/** Keeps the rows of the highest scores, twice as many as asked for at most. */
function bestRows(limit: number): { add(row: AuditRow): void; best(): AuditRow[]; seen(): number } {
  let rows: AuditRow[] = [];
  let seen = 0;
  return {
    add: (row) => {
      rows.push(row);
      seen += 1;
      if (rows.length > 2 * limit + 1000) rows = rows.sort(byScore).slice(0, limit);
    },
    best: () => rows.sort(byScore),
    seen: () => seen,
  };
}

function rowOf(candidate: Candidate, action: AuditRow['action'], more: readonly string[] = []): AuditRow {
  const { first_entity_id, second_entity_id, score, strength, reasons } = candidate;
  return { first_entity_id, second_entity_id, score, strength, reasons: [...reasons, ...more], action };
}

function byScore(one: AuditRow, other: AuditRow): number {
  return (
    other.score - one.score ||
    one.first_entity_id - other.first_entity_id ||
    one.second_entity_id - other.second_entity_id
  );
}

function inOrder({ first_entity_id, second_entity_id }: IdPair): IdPair {
  return {
    first_entity_id: Math.min(first_entity_id, second_entity_id),
    second_entity_id: Math.max(first_entity_id, second_entity_id),
  };
}

function pairKey({ first_entity_id, second_entity_id }: IdPair): string {
  return `${first_entity_id} ${second_entity_id}`;
}
