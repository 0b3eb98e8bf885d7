import type { Clause } from './clauses.ts';
import type { Referent } from './discourse.ts';
import type { Fact } from './facts.ts';
import type { NounPhrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';
import type { TimeExpression } from './time-expressions.ts';

const released = new Set(['release', 'publish', 'issue']);
const founded = new Set(['found', 'establish', 'form', 'create', 'begin']);

/** A noun of a clause with whom it means. */
export interface ResolvedNoun {
  noun: NounPhrase;
  referents: Referent[];
}

/** The dated facts that one statement gives about its subjects and objects. */
export function datedFactsOf(
  read: ReadSentence,
  clause: Clause,
  subjects: readonly Referent[],
  objects: readonly ResolvedNoun[],
): Fact[] {
  const { verb } = clause;
  if (verb.negated || verb.doubtful || clause.reported) return [];
  const doing = subjects.map((referent) => ({ referent, time: clause.time }));
  const targets = objects.flatMap(({ noun, referents }) =>
    referents.map((referent) => ({ referent, time: clause.timeOf.get(noun) ?? clause.time })),
  );
  const done = clause.passive ? doing : targets;
  const { lemma } = verb;
  const facts: Fact[] = [];
  const fact = (things: readonly Dated[], key: string, types: readonly string[]): Fact[] =>
    datesOf(things, key, types).map((one) => ({ ...one, read, at: { from: verb.from, to: verb.to } }));
  if (lemma === 'bear' && clause.passive) facts.push(...fact(doing, 'birth_date', persons));
  if (lemma === 'die' || lemma === 'drown') facts.push(...fact(doing, 'death_date', persons));
  if (lemma === 'launch') facts.push(...fact(done, 'launch_date', ['vehicle']));
  const appears = lemma === 'appear' || (lemma === 'come' && verb.particle === 'out');
  if (appears || released.has(lemma)) facts.push(...fact(appears ? doing : done, 'release_date', ['work']));
  if (founded.has(lemma)) {
    const own = lemma === 'begin' || (lemma === 'form' && !clause.passive && objects.length === 0);
    facts.push(...fact(own ? doing : done, 'founding_date', ['organization']));
  }
  return facts;
}

const persons = ['person', 'character'];

interface Dated {
  referent: Referent;
  time: TimeExpression | undefined;
}

function datesOf(things: readonly Dated[], key: string, types: readonly string[]): Omit<Fact, 'read' | 'at'>[] {
  return things.flatMap(({ referent: { entity, certainty }, time }) => {
    const value = time?.start;
    if (value === undefined || certainty < 0.7 || !types.includes(entity.type)) return [];
    return [{ entity, key, value, unit: null, time: undefined, strength: certainty }];
  });
}
