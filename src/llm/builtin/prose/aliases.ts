import type { Entity } from './cast.ts';
import type { Clause } from './clauses.ts';
import type { Referent } from './discourse.ts';

/** Two names that the text says mean one thing. */
export interface SameAs {
  entity: Entity;
  /** The other name's entity, which is folded into the first. */
  other: Entity;
}

const naming = new Set(['call', 'know', 'name', 'nickname', 'rename', 'title', 'dub']);

/** `He was born David Robert Jones`, `later called A New Hope`, `known as the Slate Line`. */
export function sameAs(
  clause: Clause,
  subjects: readonly Referent[],
  resolve: (noun: Clause['objects'][number]) => Referent[],
): SameAs[] {
  const [subject] = subjects;
  if (
    !clause.passive ||
    clause.verb.negated ||
    subject === undefined ||
    subjects.length !== 1 ||
    subject.certainty < 0.85
  ) {
    return [];
  }
  const direct = clause.verb.lemma === 'bear' || naming.has(clause.verb.lemma) ? clause.objects.slice(0, 1) : [];
  const behind = naming.has(clause.verb.lemma)
    ? clause.attachments
        .filter(({ preposition }) => preposition === 'as' || preposition === 'known_as')
        .flatMap(({ nouns }) => nouns.slice(0, 1))
    : [];
  return [...direct, ...behind]
    .filter((noun) => noun.span !== undefined && noun.label === '')
    .flatMap((noun) => resolve(noun))
    .filter(({ entity }) => fits(subject.entity, entity, clause))
    .map(({ entity }) => ({ entity: subject.entity, other: entity }));
}

function fits(entity: Entity, other: Entity, clause: Clause): boolean {
  if (entity === other || other.isSubject) return false;
  if (clause.verb.lemma === 'bear')
    return entity.type === 'person' && other.words.length > 1 && other.type === 'person';
  return other.type === entity.type || other.type === 'concept';
}
