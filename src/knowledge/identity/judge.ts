import type { NameDoubt } from './align.ts';
import { type AttributeVerdict, compareAttributes } from './attribute.ts';
import { isSameFamily } from './entity.ts';
import { entityGuards } from './guards.ts';
import { compareNames, type NameSignal, type Stage } from './name-signal.ts';
import { noPool, type Pool } from './pool.ts';
import type { Profile } from './profile.ts';

/** What is to be said about two entities that may be one. */
export interface Judgement {
  stage: Stage;
  /** It would be merged by rule, if it is unambiguous. */
  is_strong: boolean;
  /** Similarity of the two names, 0 to 1. */
  similarity: number;
  /** Everything that speaks for it, in bits. */
  evidence: number;
  /** Why, as `what: detail`, for people and for the model that is asked. */
  reasons: string[];
}

/** Entropy of a name that makes a candidate by itself, and that of one with something else to go by. */
const enoughAlone = 14;
const enoughSupported = 6;
const enoughStated = 8;
/** The same letters in the same family: a doublet that only typography keeps from being one in routing. */
const enoughSame = 6;
/** Evidence of a merge by rule, and what must come from elsewhere than the names if they leave a doubt. */
const strongEvidence = 24;
const strongEvidenceOfSame = 20;
const settlesDoubts = 8;
/** A work and its parts share author and date. */
const settlesSubtitle = 20;
const manyNeighbours = 3;
const costs = { doubt: 4, differing: 2, most_differing: 6, elsewhere: 3 };
const personalDoubts = new Set<string>([
  'initial',
  'initials',
  'nickname',
  'given_name_spelling',
  'middle_name',
  'epithet',
  'generation',
  'title',
] satisfies NameDoubt[]);
/** Of these an alias is the cause, not the cure. */
const aliasDoubts = new Set(['contraction', 'role', 'shared_alias_only']);
const bits = { family: 4, most_neighbours: 12, qualifier: 8 };

/**
 * Whether two entities may be one, and whether a rule may say so. Undefined if they are no candidate: nothing brings
 * them together, a guard or a contradiction keeps them apart. Symmetric and a function of its arguments alone.
 */
export function judge(one: Profile, other: Profile, pool: Pool = noPool): Judgement | undefined {
  return one.order <= other.order ? judgeInOrder(one, other, pool) : judgeInOrder(other, one, pool);
}

function judgeInOrder(one: Profile, other: Profile, pool: Pool): Judgement | undefined {
  if (entityGuards(one.entity, other.entity).length > 0) return undefined;
  const names = compareNames(one, other, pool);
  if (!names) return undefined;
  const attributes = compareAttributes(one.attributes, other.attributes);
  if (attributes.contradicting.length > 0) return undefined;
  return weigh(one, other, names, attributes, pool);
}

function weigh(
  one: Profile,
  other: Profile,
  names: NameSignal,
  attributes: AttributeVerdict,
  pool: Pool,
): Judgement | undefined {
  const doubts = [...names.doubts];
  const reasons = [...names.reasons];
  const sameFamily = isSameFamily(one.entity.type_family, other.entity.type_family);
  const shared = [...one.neighbours].filter((neighbour) => other.neighbours.has(neighbour)).sort();
  const neighbourBits = Math.min(
    bits.most_neighbours,
    shared.reduce((sum, neighbour) => sum + pool.neighbourBits(neighbour), 0),
  );
  const qualifierBits = confirmedQualifier(one, other) || confirmedQualifier(other, one) ? bits.qualifier : 0;
  if (sameFamily) reasons.push(`same_family: ${one.entity.type_family}`);
  if (shared.length > 0) reasons.push(`shared_neighbours: ${shared.slice(0, 5).join(', ')}`);
  for (const key of attributes.agreeing) reasons.push(`same_attribute: ${key}`);
  if (qualifierBits > 0) reasons.push('qualifier_confirmed');
  const differing = Math.min(costs.most_differing, costs.differing * attributes.differing.length);
  if (differing > 0) reasons.push(`attributes_differ: ${attributes.differing.join(', ')}`);
  const isElsewhere = shared.length === 0 && Math.min(one.neighbours.size, other.neighbours.size) >= manyNeighbours;
  if (isElsewhere) reasons.push('no_shared_neighbour');

  // Relatives and colleagues have neighbours, homes and professions in common: no proof where the given name is in doubt.
  const isPersonal = names.doubts.some((doubt) => personalDoubts.has(doubt));
  const identifying = attributes.agreement + qualifierBits;
  const support = identifying + (isPersonal ? 0 : neighbourBits + attributes.resemblance);
  const isContracted = doubts.some((doubt) => aliasDoubts.has(doubt));
  const settling = identifying + (isPersonal ? 0 : neighbourBits) + (isContracted ? 0 : names.alias_bits);
  const against = costs.doubt * doubts.length + differing + (isElsewhere ? costs.elsewhere : 0);
  const evidence = names.entropy + names.alias_bits + support + (sameFamily ? bits.family : 0) - against;

  const isStated = names.stage === 'alias' && names.entropy >= enoughStated;
  const isSupported = support >= settlesDoubts && names.entropy >= enoughSupported;
  const isPlain = names.doubts.every((doubt) => doubt === 'title' || doubt === 'article');
  const isSame = names.is_same && sameFamily && isPlain && names.entropy >= enoughSame;
  if (names.entropy < enoughAlone && !isStated && !isSupported && !isSame) return undefined;

  const isRelated = areRelated(one, other);
  if (isRelated) reasons.push('related_to_each_other');
  const isToldApart = one.entity.disambiguator !== other.entity.disambiguator;
  if (isToldApart) reasons.push('disambiguator_in_one');
  const hasSecond = sameFamily || support > 0 || (names.alias_bits > 0 && names.stage !== 'alias');
  const needed = names.is_same ? strongEvidenceOfSame : strongEvidence;
  const isSettled = doubts.length === 0 || settling >= (doubts.includes('subtitle') ? settlesSubtitle : settlesDoubts);
  return {
    stage: names.stage,
    is_strong: names.guards.length === 0 && !isRelated && !isToldApart && hasSecond && isSettled && evidence >= needed,
    similarity: round(names.similarity),
    evidence: round(evidence),
    reasons: [
      ...reasons,
      ...doubts.map((doubt) => `doubt: ${doubt}`),
      ...names.guards.map((guard) => `guard: ${guard}`),
    ],
  };
}

/** Whether what qualifies one place's name is said of the other: Paris, France and a Paris whose country is France. */
function confirmedQualifier(one: Profile, other: Profile): boolean {
  const said = new Set([...other.neighbours, ...other.attributes.map(({ value }) => value)]);
  return one.form.qualifiers.some((qualifier) => said.has(qualifier));
}

function areRelated(one: Profile, other: Profile): boolean {
  const is = (profile: Profile, neighbours: ReadonlySet<string>) =>
    neighbours.has(String(profile.entity.entity_id)) || neighbours.has(profile.entity.name_key);
  return is(one, other.neighbours) || is(other, one.neighbours);
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
