import type { Entity } from './cast.ts';
import type { Ends } from './clause-ends.ts';
import { fittingDescriptors } from './descriptions.ts';
import type { Discourse } from './discourse.ts';
import type { Fact } from './facts.ts';
import { typeOfKind } from './kinds.ts';
import { timeInBrackets, timeOf } from './moments.ts';
import type { Relation } from './relations.ts';
import { timesOf } from './time-expressions.ts';

/** Somebody or something that appears in a work. */
export interface Appearance {
  work: Entity;
  entity: Entity;
  /** An open noun: actor, character, performer. */
  how: string;
}

/** novel, studio album: by a description, else by the head of the title. */
export function kindOfWork(work: Entity): string {
  const described = fittingDescriptors(work).find(({ descriptor }) => typeOfKind(descriptor.noun) === 'work');
  if (described !== undefined) return described.descriptor.noun;
  const last = work.words.at(-1) ?? '';
  return typeOfKind(last) === 'work' ? last : 'work';
}

/** When it came out: as the text states it, in brackets behind its title, or in its description, `a 2008 film`. */
export function releaseOf(work: Entity, facts: readonly Fact[]): string | undefined {
  const stated = facts.find(({ entity, key }) => entity === work && key === 'release_date')?.value;
  if (stated !== undefined) return stated;
  for (const { read, span } of work.mentions) {
    const time = timeInBrackets(read, span) ?? timeOf(read, span);
    if (time?.start !== undefined && time.end === undefined) return time.start;
  }
  for (const { read, descriptor } of fittingDescriptors(work)) {
    if (descriptor.how !== 'copula') continue;
    const [time] = timesOf(read.sentence.tokens.slice(descriptor.from, descriptor.to));
    if (time?.start !== undefined && time.end === undefined) return time.start;
  }
  return undefined;
}

const appearing = new Set(['appear', 'feature', 'star', 'return']);

/** `appears in every film from A New Hope to Return of the Jedi`: in the works that are named. */
export function appearancesOf({ clause, subjects }: Ends, discourse: Discourse): Appearance[] {
  const { verb, attachments, passive, reported } = clause;
  if (!appearing.has(verb.lemma) || passive || reported || verb.negated || verb.doubtful) return [];
  const works = attachments
    .filter(({ preposition }) => preposition === 'from' || preposition === 'to' || preposition === 'in')
    .flatMap(({ nouns }) => nouns.flatMap((noun) => discourse.spanned(noun.span)))
    .filter(({ entity }) => entity.type === 'work');
  return works.flatMap(({ entity: work }) =>
    subjects
      .filter(({ entity, certainty }) => certainty >= 0.6 && entity !== work && entity.type !== 'work')
      .map(({ entity }) => ({ work, entity, how: verb.lemma === 'star' ? 'actor' : wayOf(entity) })),
  );
}

/** A character appears as a character, a ship as the kind of ship it is. */
function wayOf(entity: Entity): string {
  if (entity.type === 'character') return 'character';
  const described = fittingDescriptors(entity).find(({ descriptor }) => typeOfKind(descriptor.noun) === entity.type);
  return entity.type === 'person' ? 'appearance' : (described?.descriptor.noun ?? 'appearance');
}

const ways = new Map([
  ['starred_in', 'actor'],
  ['acted_in', 'actor'],
  ['appeared_in', 'appearance'],
  ['appeared_on', 'appearance'],
  ['appears_in', 'appearance'],
  ['played_in', 'performer'],
  ['played_on', 'musician'],
  ['sang_on', 'singer'],
  ['sang_in', 'singer'],
  ['performed_on', 'performer'],
  ['performed_in', 'performer'],
  ['featured_in', 'appearance'],
  ['narrated', 'narrator'],
  ['voiced_in', 'voice actor'],
]);

/** What a relation to a work says about who appears in it. */
export function appearanceIn({ from, to, type }: Relation): Appearance | undefined {
  const how = ways.get(type);
  if (to.type !== 'work' || how === undefined || from.type === 'work') return undefined;
  return { work: to, entity: from, how: from.type === 'character' ? 'character' : how };
}
