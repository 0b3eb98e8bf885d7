import { haveSameLetters, mayBePerson } from './align.ts';
import { isJoiningWord } from './common-word.ts';
import { familiesContradict, type IdentityEntity } from './entity.ts';
import { isCommonGivenName } from './given-name.ts';
import type { NameForm } from './name-form.ts';
import { isCode, type NameWord } from './name-word.ts';
import { matchWords } from './word-match.ts';

/** Why two names are never one by rule, however alike they look. */
export type Guard =
  | 'numbers'
  | 'versions'
  | 'generations'
  | 'title_genders'
  | 'given_names'
  | 'initials'
  | 'qualifiers'
  | 'families'
  | 'disambiguators';

/** What keeps two names apart. Symmetric; empty for a name and itself. */
export function nameGuards(one: NameForm, other: NameForm): Guard[] {
  const guards: Guard[] = [];
  if (!sameMembers(one.numbers, other.numbers)) guards.push('numbers');
  if (!haveSameLetters(one, other) && versionsDiffer(one, other)) guards.push('versions');
  if (one.generation !== undefined && other.generation !== undefined && one.generation !== other.generation) {
    guards.push('generations');
  }
  if (gendersContradict(one, other)) guards.push('title_genders');
  const given = mayBePerson(one) && mayBePerson(other) ? givenNamesContradict(one, other) : undefined;
  if (given) guards.push(given);
  const isQualified = one.qualifiers.length > 0 && other.qualifiers.length > 0;
  if (isQualified && !one.qualifiers.some((qualifier) => other.qualifiers.includes(qualifier))) {
    guards.push('qualifiers');
  }
  return guards;
}

/** What keeps two entities apart whatever they are called. */
export function entityGuards(one: IdentityEntity, other: IdentityEntity): Guard[] {
  const guards: Guard[] = [];
  if (familiesContradict(one.type_family, other.type_family)) guards.push('families');
  const [mark, otherMark] = [one.disambiguator, other.disambiguator];
  // Somebody told those of one name apart; of another name it only says that the bare name is not enough.
  const isToldApart = one.name_key === other.name_key || (mark !== '' && otherMark !== '');
  if (mark !== otherMark && isToldApart) guards.push('disambiguators');
  return guards;
}

/** Words with digits or signs must be the same (A320, C++); so must single letters that stand for no name (Vitamin C). */
function versionsDiffer(one: NameForm, other: NameForm): boolean {
  const isPerson = mayBePerson(one) && mayBePerson(other);
  const versions = (form: NameForm) =>
    form.words
      .filter((word) => isCode(word) || (word.is_initial && !isPerson && !isJoiningWord(word.latin)))
      .map((word) => word.latin);
  return !sameMembers(versions(one), versions(other));
}

function gendersContradict(one: NameForm, other: NameForm): boolean {
  const only = (form: NameForm, gender: 'male' | 'female') =>
    form.genders.has(gender) && !form.genders.has(gender === 'male' ? 'female' : 'male');
  return (only(one, 'male') && only(other, 'female')) || (only(one, 'female') && only(other, 'male'));
}

/**
 * Whether two names of one family name have given names that cannot be one: John and James, John and K., or middle
 * names of which both have one that the other has not. Names that may be no person's must begin with a known given name.
 */
function givenNamesContradict(one: NameForm, other: NameForm): 'given_names' | 'initials' | undefined {
  const [words, others] = [wordsOf(one), wordsOf(other)];
  const [first, last, otherFirst, otherLast] = [words[0], words.at(-1), others[0], others.at(-1)];
  if (!first || !last || !otherFirst || !otherLast || words.length < 2 || others.length < 2) return undefined;
  const isPerson = one.kind === 'person' || other.kind === 'person';
  if (!isPerson && !isCommonGivenName(first.latin) && !isCommonGivenName(otherFirst.latin)) return undefined;
  if (haveSameLetters(one, other) || !matchWords(last, otherLast, false)) return undefined;
  if (!matchWords(first, otherFirst, true)) return kindOfClash(first, otherFirst);
  const rest = unmatched(words.slice(1, -1), others.slice(1, -1));
  const otherRest = unmatched(others.slice(1, -1), words.slice(1, -1));
  const [left] = rest;
  const [otherLeft] = otherRest;
  return left && otherLeft ? kindOfClash(left, otherLeft) : undefined;
}

function kindOfClash(one: NameWord, other: NameWord): 'given_names' | 'initials' {
  return one.is_initial || other.is_initial ? 'initials' : 'given_names';
}

function unmatched(words: readonly NameWord[], others: readonly NameWord[]): NameWord[] {
  return words.filter((word) => !others.some((other) => matchWords(word, other, true)));
}

function wordsOf(form: NameForm): NameWord[] {
  return form.words.filter((word, at) => at === 0 || word.is_initial || !isJoiningWord(word.latin));
}

function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  const [a, b] = [one.toSorted(), other.toSorted()];
  return a.every((member, at) => member === b[at]);
}
