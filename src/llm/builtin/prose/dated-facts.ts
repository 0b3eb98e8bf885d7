import type { Clause } from './clauses.ts';
import type { Discourse, Referent } from './discourse.ts';
import type { Fact } from './facts.ts';
import type { EntityType } from './kinds.ts';
import { ownersOf } from './owners.ts';
import type { NounPhrase } from './phrases.ts';
import type { ReadSentence } from './reading.ts';
import type { TimeExpression } from './time-expressions.ts';

const released = new Set(['release', 'publish', 'issue', 'print']);
const founded = new Set(['found', 'establish', 'form', 'create', 'begin']);
const persons: readonly EntityType[] = ['person', 'character'];
const standing: readonly EntityType[] = ['organization', 'place'];

/** What a date of something that is done to a thing is called. */
const dates = new Map<string, [key: string, types: readonly EntityType[]]>([
  ['launch', ['launch_date', ['vehicle', 'technology']]],
  ['complete', ['completion_date', ['vehicle', 'place', 'organization']]],
  ['open', ['opening_date', standing]],
  ['inaugurate', ['opening_date', standing]],
  ['reopen', ['reopening_date', standing]],
  ['close', ['closing_date', standing]],
  ['dissolve', ['dissolution_date', ['organization']]],
  ['disband', ['dissolution_date', ['organization']]],
  ['abolish', ['dissolution_date', ['organization']]],
  ['patent', ['patent_date', ['technology', 'substance', 'concept']]],
  ['retire', ['retirement_date', ['vehicle', 'technology']]],
  ['decommission', ['retirement_date', ['vehicle', 'technology']]],
  ['shoot', ['death_date', persons]],
  ['execute', ['death_date', persons]],
  ['kill', ['death_date', persons]],
  ['murder', ['death_date', persons]],
  ['assassinate', ['death_date', persons]],
  ['behead', ['death_date', persons]],
]);

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
  discourse: Discourse,
): Fact[] {
  const { verb } = clause;
  if (verb.negated || verb.doubtful || clause.reported) return [];
  const doing = subjects.map((referent) => ({ referent, time: clause.time }));
  const targets = objects.flatMap(({ noun, referents }) =>
    referents.map((referent) => ({ referent, time: clause.timeOf.get(noun) ?? clause.time })),
  );
  const done = clause.passive ? doing : targets;
  const { lemma } = verb;
  const agents = agentsOf(clause, discourse).map((referent) => ({ referent, time: clause.time }));
  const facts: Fact[] = [];
  const fact = (things: readonly Dated[], key: string, types: readonly EntityType[]): Fact[] =>
    datesOf(things, key, types).map((one) => ({ ...one, read, at: { from: verb.from, to: verb.to } }));
  if (lemma === 'bear' && clause.passive) facts.push(...fact(doing, 'birth_date', persons));
  if (lemma === 'die' || lemma === 'drown') facts.push(...fact(doing, 'death_date', persons));
  const appears = lemma === 'appear' || (lemma === 'come' && verb.particle === 'out');
  const isFirst = lemma === 'premiere' || (lemma === 'perform' && clause.passive && isSaidFirst(read, clause));
  if (isFirst) facts.push(...fact(doing, 'release_date', ['work']));
  if (appears || released.has(lemma)) facts.push(...fact(appears ? doing : done, 'release_date', ['work']));
  if (lemma === 'mention' && clause.passive && isSaidFirst(read, clause))
    facts.push(...fact(doing, 'first_mentioned', standing));
  if (lemma === 'follow') facts.push(...fact(clause.passive ? agents : doing, 'release_date', ['work']));
  if (founded.has(lemma)) {
    const own = lemma === 'begin' || (lemma === 'form' && !clause.passive && objects.length === 0);
    facts.push(...fact(own ? doing : done, 'founding_date', ['organization']));
  }
  const [key, types] = dates.get(lemma) ?? [];
  const itself = lemma === 'reopen' || (lemma === 'open' && clause.objects.length === 0);
  if (key !== undefined && types !== undefined) facts.push(...fact(itself ? doing : done, key, types));
  if (lemma === 'mention' && clause.passive) facts.push(...fact(doing, 'first_mention', ['place', 'person']));
  const isFreed = lemma === 'become' && clause.objects.some(({ head }) => head === 'independent');
  if (isFreed) facts.push(...fact(doing, 'independence_date', ['place']));
  return facts;
}

/** `was first performed`. */
function isSaidFirst({ sentence }: ReadSentence, { verb }: Clause): boolean {
  return sentence.tokens.slice(verb.from, verb.to).some(({ lower }) => lower === 'first');
}

function agentsOf({ passive, attachments }: Clause, discourse: Discourse): Referent[] {
  if (!passive) return [];
  return attachments
    .filter(({ preposition }) => preposition === 'by')
    .flatMap(({ nouns }) => nouns.flatMap((noun) => discourse.spanned(noun.span)));
}

interface Dated {
  referent: Referent;
  time: TimeExpression | undefined;
}

function datesOf(things: readonly Dated[], key: string, types: readonly EntityType[]): Omit<Fact, 'read' | 'at'>[] {
  return things.flatMap(({ referent: { entity, certainty }, time }) => {
    const value = time?.start;
    if (value === undefined || certainty < 0.7 || !types.includes(entity.type)) return [];
    return [{ entity, key, value, unit: null, time: undefined, strength: certainty }];
  });
}

const lifeNouns = new Map([
  ['death', 'death_date'],
  ['birth', 'birth_date'],
]);

/** `until his death in 1693`, `after the death of Zeiss in 1888`. */
export function lifeNounFacts(read: ReadSentence, discourse: Discourse): Fact[] {
  return read.phrases.flatMap((phrase, at): Fact[] => {
    const key = phrase.kind === 'noun' && phrase.span === undefined ? lifeNouns.get(phrase.head) : undefined;
    if (phrase.kind !== 'noun' || key === undefined) return [];
    const of = read.phrases[at + 1];
    const named = read.phrases[at + 2];
    const isNamed = of?.kind === 'preposition' && of.word === 'of' && named?.kind === 'noun';
    const owners =
      phrase.owner !== undefined
        ? ownersOf(phrase.owner, discourse, [], read)
        : isNamed
          ? discourse.spanned(named.span)
          : [];
    const time = timeBehind(read, isNamed ? at + 3 : at + 1);
    if (time?.start === undefined) return [];
    const about = owners.map((referent) => ({ referent, time }));
    return datesOf(about, key, persons).map((one) => ({ ...one, strength: one.strength * 0.95, read, at: phrase }));
  });
}

/** The time right behind, or behind one place: `at the Battle of X in 314 AS`. */
function timeBehind({ phrases }: ReadSentence, at: number): TimeExpression | undefined {
  const next = phrases[at];
  if (next?.kind === 'time') return next.time;
  const after = phrases[at + 2];
  return next?.kind === 'preposition' && phrases[at + 1]?.kind === 'noun' && after?.kind === 'time'
    ? after.time
    : undefined;
}
