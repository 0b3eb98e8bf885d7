import { isJoiningWord } from './common-word.ts';
import type { NameForm } from './name-form.ts';

const bitsPerLetter = 3;
const fewestLetters = 3;

/** Whether one name is the acronym of the other. Three bits a letter: many names share one. */
export function acronymMatch(one: NameForm, other: NameForm): { similarity: number; entropy: number } | undefined {
  const acronym = expands(one, other) ? one.acronym : expands(other, one) ? other.acronym : '';
  return acronym === '' ? undefined : { similarity: 0.96, entropy: acronym.length * bitsPerLetter };
}

/** The acronyms that a name of several words may have: of all its words, and without those that only join. */
export function acronymsOf(form: NameForm): string[] {
  if (form.kind === 'person' || form.words.length < fewestLetters || form.numbers.length > 0) return [];
  const initials = (words: NameForm['words']) => words.map((word) => word.latin.charAt(0)).join('');
  const content = form.words.filter((word) => !isJoiningWord(word.latin));
  return [...new Set([initials(form.words), initials(content)])].filter((each) => each.length >= fewestLetters);
}

function expands(short: NameForm, long: NameForm): boolean {
  return short.acronym.length >= fewestLetters && acronymsOf(long).includes(short.acronym);
}
