import { extraCommonWords } from './common-words.ts';
import { compromiseTables } from './compromise-tables.ts';
import {
  extraDemonyms,
  extraFirstNames,
  extraPersonWords,
  extraPlaces,
  notFirstNames,
  type PlaceKind,
} from './gazetteer.ts';
import { type VerbSense, verbSenseOf } from './verb-forms.ts';
import {
  adverbs,
  auxiliaries,
  conjunctions,
  determiners,
  possessives,
  prepositions,
  pronouns,
  relatives,
  subordinators,
} from './words.ts';

/** What the word lists and the ending of a word say about it, out of any context. */
export interface WordSense {
  /** Closed class: articles, pronouns, prepositions, conjunctions, auxiliaries, plain adverbs. */
  functional: boolean;
  /** Has a meaning of its own besides being a name. */
  common: boolean;
  firstName: 'male' | 'female' | 'either' | undefined;
  surname: boolean;
  place: PlaceKind | undefined;
  demonym: boolean;
  /** An occupation or another word for a person. */
  person: boolean;
  verb: VerbSense | undefined;
  adjective: boolean;
  adverb: boolean;
}

const cacheSize = 50_000;
const cache = new Map<string, WordSense>();
const closedClasses = [
  adverbs,
  auxiliaries,
  conjunctions,
  determiners,
  possessives,
  prepositions,
  pronouns,
  relatives,
  subordinators,
];
const nameTags = new Set(
  `FirstName MaleName FemaleName LastName Person City Country Region Place Organization SportsTeam ProperNoun Demonym
  Month WeekDay Date Honorific`.split(/\s+/),
);
const occupationEnd =
  /(?:ologist|ographer|icist|atician|wright|monger|smith|keeper|ician|arian|ist|eer|woman|ographist)s?$/;
const notAdverbs = new Set(
  'family assembly reply supply anomaly monopoly butterfly friendly elderly italy ugly lonely silly holy jelly belly ally bully'.split(
    ' ',
  ),
);
const commonEnd =
  /(?:tion|sion|ment|ness|ity|ism|ship|hood|ance|ence|ology|ography|ing|ed|ly|ful|less|ous|ive|able|ible|ical|ward|wards|age|ure|ist|ists|ologist|graph|scope|metre|meter)s?$/;

/** Everything known about a word in lower case; the same word always gets the same answer. */
export function senseOf(lower: string): WordSense {
  const known = cache.get(lower);
  if (known !== undefined) return known;
  if (cache.size >= cacheSize) cache.clear();
  const sense = makeSense(lower);
  cache.set(lower, sense);
  return sense;
}

/** The kind of place that a name of one or several words stands for in the word lists. */
export function placeKindOf(lower: string): PlaceKind | undefined {
  const extra = extraPlaces.get(lower);
  if (extra !== undefined) return extra;
  for (const tag of compromiseTables.tags(lower)) {
    if (tag === 'City') return 'city';
    if (tag === 'Country') return 'country';
    if (tag === 'Region' || (tag === 'Place' && lower.length > 4)) return 'region';
  }
  return undefined;
}

export function isKnownOrganization(lower: string): boolean {
  return compromiseTables.tags(lower).some((tag) => tag === 'Organization' || tag === 'SportsTeam');
}

function makeSense(lower: string): WordSense {
  const tags = compromiseTables.tags(lower);
  const functional = closedClasses.some((set) => set.has(lower));
  const verb = verbSenseOf(lower);
  const demonym = tags.includes('Demonym') || extraDemonyms.has(lower);
  const person =
    extraPersonWords.has(lower) ||
    tags.includes('Actor') ||
    (lower.length > 5 && occupationEnd.test(lower) && !demonym);
  const firstName = firstNameOf(lower, tags);
  return {
    functional,
    common: functional || person || isCommon(lower, tags, verb !== undefined),
    firstName,
    surname: tags.includes('LastName') || tags.includes('Person'),
    place: placeKindOf(lower),
    demonym,
    person,
    verb: functional && verb?.lemma !== 'have' && verb?.lemma !== 'do' ? undefined : verb,
    adjective: tags.some((tag) => tag === 'Adjective' || tag === 'Comparative' || tag === 'Superlative') || demonym,
    adverb:
      adverbs.has(lower) ||
      tags.includes('Adverb') ||
      (lower.endsWith('ly') && lower.length > 4 && !notAdverbs.has(lower) && !tags.includes('Noun')),
  };
}

function firstNameOf(lower: string, tags: readonly string[]): WordSense['firstName'] {
  const hyphen = lower.indexOf('-');
  // Charles-Maurice, Jean-Paul.
  if (hyphen > 2 && tags.length === 0) {
    const first = lower.slice(0, hyphen);
    const second = lower.slice(hyphen + 1);
    const both = [first, second].map((part) => firstNameOf(part, compromiseTables.tags(part)));
    return both.every((one) => one !== undefined) ? both[0] : undefined;
  }
  const extra = extraFirstNames.get(lower);
  if (extra !== undefined) return extra;
  if (notFirstNames.has(lower)) return undefined;
  if (tags.includes('MaleName')) return 'male';
  if (tags.includes('FemaleName')) return 'female';
  return tags.includes('FirstName') ? 'either' : undefined;
}

function isCommon(lower: string, tags: readonly string[], verb: boolean): boolean {
  if (extraCommonWords.has(lower) || tags.some((tag) => !nameTags.has(tag))) return true;
  if (compromiseTables.switches(lower) !== '') return true;
  if (tags.length > 0) return false;
  return verb || (lower.length > 4 && commonEnd.test(lower)) || isPluralOfCommon(lower);
}

function isPluralOfCommon(lower: string): boolean {
  if (!lower.endsWith('s') || lower.length < 4) return false;
  const stem = lower.slice(0, -1);
  return extraCommonWords.has(stem) || compromiseTables.tags(stem).some((tag) => !nameTags.has(tag));
}
