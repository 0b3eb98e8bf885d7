import { isJoiningWord } from './common-word.ts';
import { numberBits, type WordBits, wordBits } from './entropy.ts';
import { isCommonGivenName } from './given-name.ts';
import type { NameForm } from './name-form.ts';
import { isCode, type NameWord } from './name-word.ts';
import { pairWords, type WordPair } from './pair-words.ts';
import type { Match } from './word-match.ts';

/** What speaks against two names that otherwise match, until something besides the names speaks for them. */
export type NameDoubt =
  | 'initial' /* the given name is a single initial in one of them */
  | 'initials' /* two are */
  | 'nickname'
  | 'typo'
  | 'romanised'
  | 'homophone'
  | 'given_name_spelling'
  | 'middle_name'
  | 'epithet'
  | 'subtitle'
  | 'generation'
  | 'title'
  | 'article'
  | 'legal_form'
  | 'qualifier'
  | 'word_order'
  | 'joining_words';

/** How two names are one, word by word. */
export interface Alignment {
  /** 0 to 1: the matches' own, by what each word tells, less what is left over. */
  similarity: number;
  /** What the common words tell, in bits, by how certain each match is. */
  entropy: number;
  /** They differ in nothing but capitals, marks, spaces, punctuation and what names may lack. */
  is_same_letters: boolean;
  doubts: NameDoubt[];
  /** For people: what was made of which difference. */
  notes: string[];
}

/** How much of a word's bits a match is worth. */
const worth: Record<Match, number> = {
  equal: 1,
  transliterated: 0.9,
  respelt: 0.7,
  romanised: 0.7,
  homophone: 0.5,
  nickname: 0.6,
  initial: 1,
  slip: 0.6,
  typo: 0.5,
};
const orderBits = 4;
const doubtfulSimilarity = 0.012;
/** As many initials that fit are a name. */
const manyInitials = 3;

/**
 * Whether two names can be one, and how: every word of one must be found in the other, but for those that names may
 * lack. Undefined if they cannot. Symmetric. Numbers and given names are the business of guards.ts.
 */
export function alignNames(one: NameForm, other: NameForm, bitsOf: WordBits = wordBits): Alignment | undefined {
  const isSwapped = orderOf(one) > orderOf(other);
  return alignInOrder(isSwapped ? other : one, isSwapped ? one : other, bitsOf);
}

/** Whether the letters and numbers are the same, whatever stands between and above them. */
export function haveSameLetters(one: NameForm, other: NameForm): boolean {
  const [a, b] = [one.letters, other.letters];
  if (a.native === b.native) return true;
  if (!isLossless(one) || !isLossless(other)) return false;
  return a.latin === b.latin || a.alternate === b.latin || a.latin === b.alternate || a.alternate === b.alternate;
}

export function mayBePerson(form: NameForm): boolean {
  return form.kind === 'person' || form.kind === 'open';
}

function alignInOrder(one: NameForm, other: NameForm, bitsOf: WordBits): Alignment | undefined {
  const entropy = numberBits(one.numbers);
  const result: Alignment = { similarity: 1, entropy, is_same_letters: true, doubts: [], notes: [] };
  if (haveSameLetters(one, other)) {
    result.entropy += one.words.reduce((sum, word) => sum + bitsOf(word), 0);
    result.notes.push('same_letters');
  } else {
    result.is_same_letters = false;
    const inPerson = mayBePerson(one) && mayBePerson(other);
    const pairs = pairWords(one.words, other.words, inPerson);
    if (pairs.length === 0 || !takeLeftovers(one, other, pairs, result)) return undefined;
    weigh(pairs, inPerson, bitsOf, result);
    noteOrder(pairs, inPerson, result);
  }
  noteSurroundings(one, other, result);
  result.similarity = Math.max(0, result.similarity - doubtfulSimilarity * result.doubts.length);
  return result;
}

/** Says what the words are that only one name has; false if they make it another name. */
function takeLeftovers(one: NameForm, other: NameForm, pairs: readonly WordPair[], result: Alignment): boolean {
  const places = pairs.flatMap(({ ones }) => ones);
  const otherPlaces = pairs.flatMap(({ others }) => others);
  const rest = leftover(one, new Set(places));
  const otherRest = leftover(other, new Set(otherPlaces));
  if (rest.joining.length > 0 && otherRest.joining.length > 0) result.doubts.push('joining_words');
  for (const { word } of [...rest.joining, ...otherRest.joining]) result.notes.push(`only_in_one: ${word.latin}`);
  if (rest.words.length > 0 && otherRest.words.length > 0) return false;
  const isOne = rest.words.length > 0;
  const left = isOne ? rest.words : otherRest.words;
  if (left.length === 0) return true;
  const doubt = leftoverDoubt(isOne ? one : other, left, isOne ? places : otherPlaces);
  if (!doubt) return false;
  result.doubts.push(doubt);
  result.notes.push(`${doubt}_in_one: ${left.map(({ word }) => word.latin || word.native).join(' ')}`);
  return true;
}

interface Left {
  word: NameWord;
  place: number;
}

function leftover(form: NameForm, taken: ReadonlySet<number>): { joining: Left[]; words: Left[] } {
  const left = form.words.map((word, place) => ({ word, place })).filter(({ place }) => !taken.has(place));
  const isJoining = ({ word, place }: Left) =>
    isJoiningWord(word.latin) && !(word.is_initial && form.kind === 'person') && place > 0;
  return { joining: left.filter(isJoining), words: left.filter((each) => !isJoining(each)) };
}

function leftoverDoubt(form: NameForm, left: readonly Left[], matched: readonly number[]): NameDoubt | undefined {
  if (left.some(({ word }) => isCode(word))) return undefined;
  const [first, last] = [Math.min(...matched), Math.max(...matched)];
  if (left.every(({ word }) => word.in_subtitle)) {
    return matched.every((at) => form.words[at]?.in_subtitle === false) ? 'subtitle' : undefined;
  }
  const opensWithName = form.kind === 'open' && isCommonGivenName(form.words[0]?.latin ?? '');
  if (form.kind !== 'person' && !opensWithName) return undefined;
  if (left.every(({ place }) => place > first && place < last)) return 'middle_name';
  return form.words[last + 1]?.latin === 'of' && left.every(({ place }) => place > last) ? 'epithet' : undefined;
}

function weigh(pairs: readonly WordPair[], in_person: boolean, bitsOf: WordBits, result: Alignment): void {
  const initials = pairs.filter(({ match }) => match === 'initial').length;
  let total = 0;
  result.similarity = 0;
  for (const { ones, others, word, otherWord, match, similarity } of pairs) {
    const bits = Math.min(bitsOf(word), bitsOf(otherWord));
    total += bits;
    result.similarity += bits * similarity;
    result.entropy += bits * worth[match];
    if (match === 'equal') continue;
    const [first, second] = [word.latin || word.native, otherWord.latin || otherWord.native].sort();
    result.notes.push(`${match}: ${first} ~ ${second}`);
    const doubt = doubtOf(match, in_person && (ones.includes(0) || others.includes(0)), initials);
    if (doubt && !result.doubts.includes(doubt)) result.doubts.push(doubt);
  }
  result.similarity /= Math.max(total, Number.EPSILON);
}

function doubtOf(match: Match, is_given_name: boolean, initials: number): NameDoubt | undefined {
  switch (match) {
    case 'equal':
    case 'transliterated':
      return undefined;
    case 'initial':
      if (!is_given_name || initials >= manyInitials) return undefined;
      return initials === 1 ? 'initial' : 'initials';
    case 'slip':
    case 'respelt':
      return is_given_name ? 'given_name_spelling' : undefined;
    case 'typo':
      return is_given_name ? 'given_name_spelling' : 'typo';
    default:
      return match;
  }
}

/**
 * Words in another order: of a person, family name first is usual where one given name at most is known as such, and
 * costs some evidence; anywhere else another order is another name more often than not.
 */
function noteOrder(pairs: readonly WordPair[], in_person: boolean, result: Alignment): void {
  const places = pairs.toSorted((a, b) => (a.ones[0] ?? 0) - (b.ones[0] ?? 0)).map(({ others }) => others[0] ?? 0);
  if (places.every((place, at) => at === 0 || place >= (places[at - 1] ?? 0))) return;
  result.notes.push('word_order');
  const known = pairs.filter(({ word }) => isCommonGivenName(word.latin)).length;
  if (in_person && known <= 1) result.entropy -= orderBits;
  else result.doubts.push('word_order');
}

function noteSurroundings(one: NameForm, other: NameForm, result: Alignment): void {
  const note = (what: string, these: readonly string[], those: readonly string[]) => {
    const differing = [
      ...these.filter((each) => !those.includes(each)),
      ...those.filter((each) => !these.includes(each)),
    ];
    if (differing.length > 0) result.notes.push(`${what}_in_one: ${differing.sort().join(' ')}`);
    return differing.length > 0;
  };
  const areBoth = (these: readonly string[], those: readonly string[]) => these.length > 0 && those.length > 0;
  const isPerson = one.kind === 'person' || other.kind === 'person';
  // Of one word it makes more of a difference: Saint Augustine and Augustine, The Island and Island.
  const isSingle = Math.min(one.words.length, other.words.length) <= 1;
  if (one.has_article !== other.has_article && isSingle) result.doubts.push('article');
  if (note('title', one.titles, other.titles)) {
    const isOther = areBoth(one.titles, other.titles) && !one.titles.some((title) => other.titles.includes(title));
    if (!isPerson || isOther || isSingle) result.doubts.push('title');
  }
  const formsDiffer = note('legal_form', one.legal_forms, other.legal_forms);
  if (formsDiffer && areBoth(one.legal_forms, other.legal_forms)) result.doubts.push('legal_form');
  if (note('qualifier', one.qualifiers, other.qualifiers)) result.doubts.push('qualifier');
  if (one.generation !== other.generation) {
    result.notes.push(`generation_in_one: ${one.generation ?? other.generation}`);
    result.doubts.push('generation');
  }
}

function isLossless(form: NameForm): boolean {
  return form.words.every(({ script }) => script === 'latin' || script === 'alphabet');
}

/** Matching looks at one name first; which one must not depend on who asks. */
function orderOf(form: NameForm): string {
  return [form.letters.native, form.words.map(({ native }) => native).join(' '), form.kind].join('\u001f');
}
