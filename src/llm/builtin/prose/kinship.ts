import type { Entity } from './cast.ts';
import { typeOfKind } from './kinds.ts';

/** Nouns that are said of one another's bearers: a corporation is a firm. */
const sisters = [
  `company firm corporation business enterprise partnership manufacturer maker inc ltd brothers sons industries works motors
  holdings group corp co optical instruments aerospace line lines shipyard brewery bank`,
  'university college school institute academy polytechnic conservatory',
  'band group orchestra ensemble quartet trio quintet duo choir symphony philharmonic',
  'label records company',
  'city town village port municipality',
  'ship vessel steamer boat ferry frigate schooner cruiser liner destroyer submarine icebreaker sloop brig barque yacht',
].map((line) => new Set(line.split(/\s+/)));

/** How well a common noun fits a thing: an institution of another kind is not meant by `the university`. */
export function kinship(entity: Entity, noun: string): number {
  const stem = noun.replace(/s$/, '');
  if (entity.words.some((word) => word === stem || word === `${stem}s`)) return 1;
  if (entity.descriptors.some(({ descriptor }) => descriptor.noun === noun)) return 1;
  const last = entity.words.at(-1) ?? '';
  if (sisters.some((words) => words.has(stem) && words.has(last))) return 0.9;
  return typeOfKind(last) === entity.type ? 0 : 0.45;
}

/** The things whose names end in a noun for what they are: trust -> Lorne Harbour Trust. */
export function bearersOf(entities: readonly Entity[]): Map<string, Entity[]> {
  const bearers = new Map<string, Entity[]>();
  for (const entity of entities) {
    const word = entity.words.at(-1) ?? '';
    if (entity.words.length < 2 || typeOfKind(word) !== entity.type) continue;
    const known = bearers.get(word) ?? [];
    if (known.length < 2) bearers.set(word, [...known, entity]);
  }
  return bearers;
}

const titles = /^(?:king|queen|emperor|empress|tsar|pope|bishop|archbishop|duke|duchess|prince|princess|sultan|shah)$/;

const firstMentions = 8;

export function isTitle(noun: string): boolean {
  return titles.test(noun);
}

/** `the queen` is said of Queen Anne. */
export function bearsTitle({ words, mentions, type }: Entity, title: string): boolean {
  const isPerson = type === 'person' || type === 'character';
  return (
    isPerson && (words[0] === title || mentions.slice(0, firstMentions).some(({ span }) => span.honorific === title))
  );
}
