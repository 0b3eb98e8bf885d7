import type { Entity } from './cast.ts';
import type { Clause } from './clauses.ts';
import type { Referent } from './discourse.ts';
import type { TimeExpression } from './time-expressions.ts';

/** A dated property of a named thing: when a person was born, when an album was released. */
export interface DatedFact {
  entity: Entity;
  key: string;
  value: string;
  /** Between 0 and 1. */
  strength: number;
}

const released = new Set(['release', 'publish', 'appear', 'issue']);
const founded = new Set(['found', 'establish', 'form', 'create', 'begin']);

/** The dated facts that one statement gives about its subjects and objects. */
export function datedFactsOf(clause: Clause, subjects: readonly Referent[], objects: readonly Referent[]): DatedFact[] {
  const { verb, time } = clause;
  if (time?.start === undefined || verb.negated || verb.doubtful || clause.reported) return [];
  const done = clause.passive ? subjects : objects;
  const facts = [
    ...(verb.lemma === 'bear' && clause.passive ? fact(subjects, 'birth_date', time, ['person', 'character']) : []),
    ...(verb.lemma === 'die' || verb.lemma === 'drown'
      ? fact(subjects, 'death_date', time, ['person', 'character'])
      : []),
    ...(verb.lemma === 'launch' ? fact(done, 'launch_date', time, ['vehicle']) : []),
  ];
  const outNow = released.has(verb.lemma) || (verb.lemma === 'come' && verb.particle === 'out');
  if (outNow) {
    const works = verb.lemma === 'appear' || verb.lemma === 'come' ? subjects : done;
    facts.push(...fact(works, 'release_date', time, ['work']));
  }
  if (founded.has(verb.lemma)) {
    const own = verb.lemma === 'begin' || (verb.lemma === 'form' && !clause.passive && objects.length === 0);
    facts.push(...fact(own ? subjects : done, 'founding_date', time, ['organization']));
  }
  return facts;
}

function fact(
  referents: readonly Referent[],
  key: string,
  time: TimeExpression,
  types: readonly string[],
): DatedFact[] {
  const value = time.start;
  if (value === undefined) return [];
  return referents
    .filter(({ entity, certainty }) => types.includes(entity.type) && certainty >= 0.7)
    .map(({ entity, certainty }) => ({ entity, key, value, strength: certainty }));
}
