import { planAudit } from '../../src/knowledge/identity/audit-plan.ts';
import { type Candidate, candidatePairs, divide } from '../../src/knowledge/identity/candidate-pairs.ts';
import type { IdentityEntity } from '../../src/knowledge/identity/entity.ts';
import { judge } from '../../src/knowledge/identity/judge.ts';
import { profileOf } from '../../src/knowledge/identity/profile.ts';
import { entityOf, type LabelledName, type LabelledPair, readDistractors, readPairs } from './labelled-pairs.ts';

/** How far a labelled pair comes, alone and in one pool with all other names. */
export interface ScoredPair {
  pair: LabelledPair;
  ids: [number, number];
  /** Judged as if there were no others. */
  alone: { is_candidate: boolean; is_strong: boolean; reasons: string[] };
  /** In the pool: they share a block; they are a candidate; a strong one; the plan merges them. */
  is_compared: boolean;
  candidate: Candidate | undefined;
  is_merged: boolean;
}

export interface Scores {
  pairs: ScoredPair[];
  entities: Map<number, IdentityEntity>;
  /** Merges in the pool between names of different pairs: nobody labelled them. */
  unlabelled: [IdentityEntity, IdentityEntity][];
}

export interface Stage {
  stage: 'blocking' | 'candidates' | 'strong' | 'strong, alone' | 'auto-merge';
  has: (scored: ScoredPair) => boolean;
}

export const stages: Stage[] = [
  { stage: 'blocking', has: ({ is_compared }) => is_compared },
  { stage: 'candidates', has: ({ candidate }) => candidate !== undefined },
  { stage: 'strong, alone', has: ({ alone }) => alone.is_strong },
  { stage: 'strong', has: ({ candidate }) => candidate?.strength === 'strong' },
  { stage: 'auto-merge', has: ({ is_merged }) => is_merged },
];

/** Puts all names of examples/identity into one pool and takes it through every stage. */
export function scorePairs(): Scores {
  const pairs = readPairs();
  const ids = new Map<string, number>();
  const entities = new Map<number, IdentityEntity>();
  const idOf = (labelled: LabelledName): number => {
    const text = JSON.stringify(labelled);
    const id = ids.get(text) ?? ids.size + 1;
    ids.set(text, id);
    if (!entities.has(id)) entities.set(id, entityOf(labelled, id));
    return id;
  };
  const idPairs = pairs.map(({ first, second }): [number, number] => [idOf(first), idOf(second)]);
  for (const distractor of readDistractors()) idOf(distractor);
  const pool = [...entities.values()];
  const compared = comparedPairs(pool);
  const candidates = new Map([...candidatePairs(pool)].map((candidate) => [keyOf(candidate), candidate]));
  const groups = mergedGroups(pool);
  const scored = pairs.map((pair, at): ScoredPair => {
    const [one, other] = idPairs[at] ?? [0, 0];
    const alone = judge(profileOf(entityOf(pair.first, 1)), profileOf(entityOf(pair.second, 2)));
    const key = keyOf({ first_entity_id: Math.min(one, other), second_entity_id: Math.max(one, other) });
    return {
      pair,
      ids: [one, other],
      alone: {
        is_candidate: alone !== undefined,
        is_strong: alone?.is_strong ?? false,
        reasons: alone?.reasons ?? [],
      },
      is_compared: compared.has(key),
      candidate: candidates.get(key),
      is_merged: groups.get(one) !== undefined && groups.get(one) === groups.get(other),
    };
  });
  return { pairs: scored, entities, unlabelled: unlabelledMerges(scored, groups, entities) };
}

/** Share of those that reach a stage which are the same, and share of the same that reach it. */
export function precisionAndRecall(
  scored: readonly ScoredPair[],
  has: Stage['has'],
): { precision: number; recall: number; right: number; wrong: number; missed: number } {
  const right = scored.filter((each) => each.pair.same && has(each)).length;
  const wrong = scored.filter((each) => !each.pair.same && has(each)).length;
  const missed = scored.filter((each) => each.pair.same && !has(each)).length;
  return {
    precision: right + wrong === 0 ? Number.NaN : right / (right + wrong),
    recall: right + missed === 0 ? Number.NaN : right / (right + missed),
    right,
    wrong,
    missed,
  };
}

function comparedPairs(pool: readonly IdentityEntity[]): Set<string> {
  const { ordered, blocks } = divide(pool);
  const keys = ordered.flatMap(({ entity_id }, member) =>
    blocks.partnersAbove(member).map((partner) => `${entity_id} ${ordered[partner]?.entity_id}`),
  );
  return new Set(keys);
}

/** The lowest id of the group that the plan's merges put each entity into. */
function mergedGroups(pool: readonly IdentityEntity[]): Map<number, number> {
  const groups = new Map<number, number>();
  for (const { first_entity_id, second_entity_id, action } of planAudit(pool, []).rows) {
    if (action !== 'merge') continue;
    groups.set(first_entity_id, first_entity_id);
    groups.set(second_entity_id, first_entity_id);
  }
  return groups;
}

function unlabelledMerges(
  scored: readonly ScoredPair[],
  groups: ReadonlyMap<number, number>,
  entities: ReadonlyMap<number, IdentityEntity>,
): [IdentityEntity, IdentityEntity][] {
  const labelled = new Set(scored.flatMap(({ ids: [one, other] }) => [`${one} ${other}`, `${other} ${one}`]));
  return [...groups].flatMap(([id, group]): [IdentityEntity, IdentityEntity][] => {
    const [entity, master] = [entities.get(id), entities.get(group)];
    return id !== group && entity && master && !labelled.has(`${id} ${group}`) ? [[master, entity]] : [];
  });
}

function keyOf(pair: { first_entity_id: number; second_entity_id: number }): string {
  return `${pair.first_entity_id} ${pair.second_entity_id}`;
}
