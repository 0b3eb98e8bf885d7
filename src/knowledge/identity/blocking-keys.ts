import { acronymsOf } from './acronym.ts';
import { isJoiningWord } from './common-word.ts';
import { fullNamesOf, givenNameSpelling } from './given-name.ts';
import { consonants, initialOf, skeleton } from './latin.ts';
import type { NameForm } from './name-form.ts';
import type { NameWord } from './name-word.ts';
import type { Profile } from './profile.ts';

/** A word shorter than this is wholly another word when a letter is wrong. */
const shortestTypo = 5;
const edge = 4;
/** Of a long name only its longest words are thought to hold a slip. */
const mostSlips = 3;

/**
 * The keys of an entity: two entities that share one are compared. Every key carries the name's numbers, so that what
 * differs in them never meets. About ten for a name, two for an alias.
 */
export function blockingKeys(profile: Profile): string[] {
  const keys = new Set<string>();
  for (const form of [profile.form, ...profile.aliases]) for (const key of wholeKeys(form)) keys.add(key);
  for (const key of partialKeys(profile.form)) keys.add(key);
  return [...keys];
}

/** The whole name: its words in any order, its letters in one piece, its full form if a nickname begins it. */
function wholeKeys(form: NameForm): string[] {
  const words = contentWords(form);
  const [first, ...others] = words;
  const keys = [`letters ${skeleton(form.letters.latin || form.letters.native)}`];
  if (first && others.length > 0) keys.push(wordsKey('words', words.map(soundOf), form));
  if (first && form.kind !== 'organization' && form.kind !== 'place') {
    for (const full of fullNamesOf(first.latin)) {
      keys.push(wordsKey('words', [skeleton(full), ...others.map(soundOf)], form));
    }
  }
  return keys;
}

function partialKeys(form: NameForm): string[] {
  const words = contentWords(form);
  return [
    wordsKey(
      'consonants',
      words.map((word) => consonants(word.skeleton) || word.native),
      form,
    ),
    ...surnameKeys(form, words),
    ...slipKeys(form, words),
    ...shorterKeys(form, words),
    ...(form.acronym === '' ? [] : [`acronym ${form.acronym}`]),
    ...acronymsOf(form).map((acronym) => `acronym ${acronym}`),
  ];
}

/** Family name and the initial of the given name, also of the name that a nickname stands for. */
function surnameKeys(form: NameForm, words: readonly NameWord[]): string[] {
  const [first, last] = [words[0], words.at(-1)];
  if ((form.kind !== 'person' && form.kind !== 'open') || !first || !last || words.length < 2) return [];
  const names = [first.latin, ...fullNamesOf(first.latin)];
  const initials = new Set(names.map((name) => initialOf(givenNameSpelling(name))));
  return [...initials].map((initial) => wordsKey('surname', [`${initial}.`, soundOf(last)], form));
}

/** All words but the beginning, and all but the end, of one: a single slip leaves one of the two as it is. */
function slipKeys(form: NameForm, words: readonly NameWord[]): string[] {
  const long = words.filter((word) => word.latin.length >= shortestTypo);
  const longest = long.toSorted((a, b) => b.latin.length - a.latin.length).slice(0, mostSlips);
  return longest.flatMap((word) => {
    const others = words.filter((other) => other !== word).map(soundOf);
    const keep = others.length > 0 ? edge : Math.max(edge + 1, Math.floor(word.latin.length / 2));
    const parts = [`${word.latin.slice(0, keep)}-`, `-${word.latin.slice(-keep)}`];
    return parts.map((part) => wordsKey('slip', [...others, part], form));
  });
}

/** The name without its subtitle, or without 'of' and what follows a person's name. */
function shorterKeys(form: NameForm, words: readonly NameWord[]): string[] {
  const main = words.filter((word) => !word.in_subtitle);
  const of = form.words.findIndex((word) => word.latin === 'of');
  const keys: string[] = [];
  if (main.length < words.length && main.length > 0) keys.push(...wholeOf(main, form));
  if (of > 0 && form.kind === 'person') keys.push(...wholeOf(form.words.slice(0, of), form));
  return keys;
}

function wholeOf(words: readonly NameWord[], form: NameForm): string[] {
  if (words.length > 1) return [wordsKey('words', words.map(soundOf), form)];
  const numbers = form.numbers.join('');
  return words.map((word) => `letters ${skeleton(word.latin || word.native)}${numbers}`);
}

function contentWords(form: NameForm): NameWord[] {
  const content = form.words.filter((word, at) => at === 0 || word.is_initial || !isJoiningWord(word.latin));
  return content.length > 0 ? content : form.words;
}

function soundOf(word: NameWord): string {
  const spelling = givenNameSpelling(word.latin);
  return (spelling === word.latin ? word.skeleton : skeleton(spelling)) || word.native;
}

function wordsKey(sort: string, words: readonly string[], form: NameForm): string {
  return `${sort} ${words.toSorted().join(' ')} ${form.numbers.toSorted().join(' ')}`;
}
