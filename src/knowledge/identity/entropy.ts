import { isCommonSurname, isGenericWord, isJoiningWord } from './common-word.ts';
import { isCommonGivenName } from './given-name.ts';
import type { NameForm } from './name-form.ts';
import { isCode, type NameWord } from './name-word.ts';
import { titleGender } from './titles.ts';

/** How much it tells, in bits, that two names share a word. */
export type WordBits = (word: NameWord) => number;

const bits = {
  joining: 0.5,
  initial: 3,
  digit: 3,
  generic: 6,
  given_name: 7,
  surname: 8,
  /** Of a letter of any other word: names are less even than English prose, at about 2.3 bits (Shannon 1951). */
  letter: 2.4,
  han: 7,
  syllable: 4,
  least: 4,
  most: 22,
};

/**
 * What a word tells without knowing the pool: little if it is a common name or generic word, else by its length, up to
 * 22 bits.
 */
export function wordBits(word: NameWord): number {
  if (word.is_initial) return bits.initial;
  if (isJoiningWord(word.latin)) return bits.joining;
  if (isCode(word)) return bits.given_name;
  if (isCommonGivenName(word.latin)) return bits.given_name;
  if (isCommonSurname(word.latin)) return bits.surname;
  if (isGenericWord(word.latin) || titleGender(word.latin) !== undefined) return bits.generic;
  const length = [...word.native].length;
  const perLetter = word.script === 'han' ? bits.han : word.script === 'syllables' ? bits.syllable : bits.letter;
  return Math.min(bits.most, Math.max(bits.least, length * perLetter));
}

/** What the numbers of a name tell. */
export function numberBits(numbers: readonly string[]): number {
  return numbers.reduce((sum, number) => sum + Math.min(3, number.length) * bits.digit, 0);
}

/** What a whole name tells, in bits: John Smith 15, Isaac Newton 21.4. */
export function nameEntropy(form: NameForm, bitsOf: WordBits = wordBits): number {
  return form.words.reduce((sum, word) => sum + bitsOf(word), 0) + numberBits(form.numbers);
}
