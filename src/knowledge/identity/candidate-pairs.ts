import { SprouteError } from '../../errors.ts';
import { blockingKeys } from './blocking-keys.ts';
import { type Blocks, blockBuilder } from './blocks.ts';
import { familiesContradict, type IdentityEntity } from './entity.ts';
import { hash32 } from './hash.ts';
import { judge } from './judge.ts';
import type { Stage } from './name-signal.ts';
import { type Pool, poolCounter } from './pool.ts';
import { type Profile, profileOf } from './profile.ts';

/** Two entities that may be one. */
export interface Candidate {
  /** The smaller id. */
  first_entity_id: number;
  second_entity_id: number;
  /** `strong` if a rule would merge them, were they the only candidate; else what brought them together. */
  strength: 'strong' | Stage;
  stage: Stage;
  /** 0 to 1, by all that speaks for it: 1 - 2^(-bits / 6), so that 24 bits are 0.9375. */
  score: number;
  /** 0 to 1, of the names alone. */
  similarity: number;
  /** Why, as `what: detail`. */
  reasons: string[];
}

export interface CandidateOptions {
  /** Keys that more entities share than this bring nobody together (default 64). */
  largest_block?: number;
  /** Is told how many pairs were compared when all are. */
  onCompared?: (compared: number) => void;
}

const defaultLargestBlock = 64;
/** Entities taken apart and kept so: about 4 kB each. */
const mostKept = 30_000;
const bitsOfScore = 6;

/**
 * The candidates among entities, by first and then second id. What comes out does not depend on the order of the
 * entities. Compares only those that share a blocking key; next to the entities it needs about 150 bytes for each and
 * 200 MB. Throws INPUT_INVALID if two entities have one id.
 */
export function* candidatePairs(
  entities: readonly IdentityEntity[],
  options: CandidateOptions = {},
): Generator<Candidate, void, undefined> {
  const { ordered, pool, blocks } = divide(entities, options.largest_block);
  const profiles = keptProfiles(ordered);
  let compared = 0;
  for (const [member, entity] of ordered.entries()) {
    for (const partner of blocks.partnersAbove(member)) {
      const other = ordered[partner];
      if (!other || familiesContradict(entity.type_family, other.type_family)) continue;
      compared += 1;
      const found = judge(profiles(member, entity), profiles(partner, other), pool);
      if (!found) continue;
      yield {
        first_entity_id: entity.entity_id,
        second_entity_id: other.entity_id,
        strength: found.is_strong ? 'strong' : found.stage,
        stage: found.stage,
        score: scoreOf(found.evidence),
        similarity: found.similarity,
        reasons: found.reasons,
      };
    }
  }
  options.onCompared?.(compared);
}

/** Entities by id, with the blocks over their places in this order and what is common among them. */
export function divide(
  entities: readonly IdentityEntity[],
  largest_block = defaultLargestBlock,
): { ordered: IdentityEntity[]; pool: Pool; blocks: Blocks } {
  const ordered = entities.toSorted((a, b) => a.entity_id - b.entity_id);
  const pool = poolCounter(entities.length);
  const builder = blockBuilder();
  for (const [at, entity] of ordered.entries()) {
    if (entity.entity_id === ordered[at - 1]?.entity_id) throw twice(entity.entity_id);
    const profile = profileOf(entity);
    pool.add(profile);
    builder.add(blockingKeys(profile).map(hash32));
  }
  return { ordered, pool, blocks: builder.build(largest_block) };
}

/** Takes entities apart when they are needed, and forgets all of them now and then. */
function keptProfiles(ordered: readonly IdentityEntity[]): (member: number, entity: IdentityEntity) => Profile {
  const kept = new Map<number, Profile>();
  return (member, entity) => {
    const known = kept.get(member);
    if (known) return known;
    if (kept.size >= Math.min(mostKept, ordered.length)) kept.clear();
    const profile = profileOf(entity);
    kept.set(member, profile);
    return profile;
  };
}

function scoreOf(evidence: number): number {
  return Math.round((1 - 2 ** (-Math.max(0, evidence) / bitsOfScore)) * 10_000) / 10_000;
}

function twice(entity_id: number): SprouteError {
  return new SprouteError('INPUT_INVALID', `entity ${entity_id} is given twice`, {
    hint: 'Give each entity once, with all its aliases, attributes and neighbours.',
  });
}
