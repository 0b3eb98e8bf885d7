import { nameKey } from '../name-key.ts';
import { cleanText } from '../text-hygiene.ts';
import { expanded } from './abbreviation.ts';
import { isArticle, isJoiningWord } from './common-word.ts';
import type { NameKind } from './entity.ts';
import { isCommonGivenName } from './given-name.ts';
import { legalForm, withoutAttachedForm } from './legal-form.ts';
import { type NameSegments, segmentsOf } from './name-segments.ts';
import { type NameWord, nameWord, type Piece, piecesOf } from './name-word.ts';
import { combineNumbers, digitRuns, numberOfDigits, numberOfRoman, numberOfWord } from './numeral.ts';
import { generationOf, isPostnominal, type TitleGender, titleGender } from './titles.ts';

/** A name taken apart, for comparison only: what is stored and what routing matches by stays the name key. */
export interface NameForm {
  kind: NameKind;
  /** What the name is made of: without titles, legal forms, leading articles, qualifiers and plain numbers. */
  words: NameWord[];
  /** Every number in it, in order: digits, number words, roman numerals and digits within words. */
  numbers: string[];
  /** Words and numbers in one piece, in the three ways of {@link NameWord}. */
  letters: { native: string; latin: string; alternate: string };
  titles: string[];
  /** It began with an article. */
  has_article: boolean;
  genders: ReadonlySet<TitleGender>;
  /** 'junior' or 'senior', if it says so. */
  generation: string | undefined;
  legal_forms: string[];
  /** What stands in parentheses, or behind a place's comma. */
  qualifiers: string[];
  /** The letters, if the whole name is an acronym; '' otherwise. */
  acronym: string;
}

/** Longer names are compared as they are: whoever writes them writes no name. */
const longestName = 200;
const mostWords = 24;

/** Takes a name apart by the rules for its kind. Linear in the name; never throws. */
export function nameForm(name: string, kind: NameKind): NameForm {
  const isShort = name.length <= 4 * longestName;
  const visible = isShort ? withoutInvisible(cleanText(name).normalize('NFKC')).replaceAll(/\s+/g, ' ').trim() : '';
  const form = read(visible, kind);
  const isReadable = visible.length <= longestName && form.words.length <= mostWords && form.letters.latin !== '';
  if (isShort && isReadable) return form;
  const whole = nameKey(name);
  return { ...form, words: [], letters: { native: whole, latin: whole, alternate: whole }, acronym: '' };
}

function read(visible: string, kind: NameKind): NameForm {
  const bounded = visible.slice(0, longestName);
  const { text, forms } =
    kind === 'organization' || kind === 'open' ? withoutAttachedForm(bounded) : { text: bounded, forms: [] };
  const segments = segmentsOf(text, kind);
  const parts = partsOf(segments, kind);
  const inner = strip(parts, kind, forms);
  const { items, numbers } = itemsOf(inner.parts, kind);
  const words = items.filter((item) => typeof item !== 'string');
  const letters = (form: 'native' | 'latin' | 'alternate') =>
    items.map((item) => (typeof item === 'string' ? item : item[form])).join('');
  return {
    kind,
    words,
    numbers,
    letters: { native: letters('native'), latin: letters('latin'), alternate: letters('alternate') },
    titles: inner.titles,
    has_article: inner.has_article,
    genders: new Set(inner.titles.map((title) => titleGender(title) ?? 'either')),
    generation: inner.generation,
    legal_forms: inner.legal_forms.sort(),
    qualifiers: segments.qualifiers.map((qualifier) => keyOf(qualifier)).filter((key) => key !== ''),
    acronym: acronymOf(words, numbers, inner.parts),
  };
}

interface Part extends Piece {
  key: string;
  in_subtitle: boolean;
}

function partsOf(segments: NameSegments, kind: NameKind): Part[] {
  const main = piecesOf(segments.main).map((piece) => part(piece, false));
  const sub = piecesOf(segments.subtitle).map((piece) => part(piece, true));
  const all = [...main, ...sub];
  return all.flatMap((each, at) => (isRunOfInitials(each, at, all, kind) ? letterParts(each) : [each]));
}

function part(piece: Piece, in_subtitle: boolean): Part {
  const key = nameWord(piece.written, in_subtitle).latin;
  return { ...piece, key, in_subtitle };
}

/** J.R.R. or JRR before a name is three initials; N.A.T.O. alone is one word. */
function isRunOfInitials(one: Part, at: number, all: readonly Part[], kind: NameKind): boolean {
  if ((kind !== 'person' && kind !== 'open') || at === all.length - 1 || /\d/.test(one.key)) return false;
  if (one.is_pointed_letters) return !isPostnominal(one.key) && titleGender(one.key) === undefined;
  const isShort = one.written.length >= 2 && one.written.length <= 3;
  const isCapital = one.written === one.written.toUpperCase() && one.written !== one.written.toLowerCase();
  if (at > 0 && numberOfRoman(one.written, false) !== undefined) return false;
  const others = all.filter((_, place) => place !== at);
  return (
    kind === 'person' &&
    isShort &&
    isCapital &&
    !isCommonGivenName(one.key) &&
    !isPostnominal(one.key) &&
    titleGender(one.key) === undefined &&
    others.some(({ written }) => written !== written.toUpperCase())
  );
}

function letterParts(one: Part): Part[] {
  return [...one.written].map((written) => ({
    ...part({ written, is_pointed_letters: false, is_pointed: true }, one.in_subtitle),
  }));
}

interface Stripped {
  parts: Part[];
  has_article: boolean;
  titles: string[];
  generation: string | undefined;
  legal_forms: string[];
}

/** Takes off what may be there or not without changing who is meant; one word at least stays. */
function strip(parts: readonly Part[], kind: NameKind, attached: readonly string[]): Stripped {
  const rest = [...parts];
  const found: Stripped = {
    parts: rest,
    has_article: false,
    titles: [],
    generation: undefined,
    legal_forms: [...attached],
  };
  if (kind === 'person' || kind === 'open') stripPerson(rest, found);
  if (kind === 'organization' || kind === 'open') stripLegalForms(rest, found);
  const [first] = rest;
  if (kind !== 'person' && first && rest.length > 1 && !first.is_pointed && isArticle(first.key)) {
    found.has_article = true;
    rest.shift();
  }
  return found;
}

function stripPerson(rest: Part[], found: Stripped): void {
  while (rest.length > 1) {
    const [first, second] = rest;
    if (!first || !second || titleGender(first.key) === undefined || isJoiningWord(second.key)) break;
    // Dean Martin and Don Giovanni: before one word it is as likely a name.
    if (rest.length === 2 && isCommonGivenName(first.key)) break;
    found.titles.push(expanded(first.key));
    rest.shift();
  }
  while (rest.length > 1) {
    const last = rest.at(-1);
    if (!last) break;
    const generation = generationOf(last.key);
    const isCapital = last.written === last.written.toUpperCase() || last.is_pointed_letters;
    if (generation !== undefined && found.generation === undefined) found.generation = generation;
    else if (!(isPostnominal(last.key) && isCapital)) break;
    rest.pop();
    if (generation !== undefined && rest.length > 1 && isArticle(rest.at(-1)?.key ?? '')) rest.pop();
  }
}

function stripLegalForms(rest: Part[], found: Stripped): void {
  for (const end of ['last', 'first'] as const) {
    while (rest.length > 1) {
      const key = (end === 'last' ? rest.at(-1) : rest[0])?.key ?? '';
      const form = legalForm(key);
      // Before the name only what Russian and Swedish put there; 'As' and 'Co' begin other names.
      if (form === undefined || (end === 'first' && !/^(ooo|oao|pao|zao|telefonaktiebolaget|aktiebolaget)$/.test(key)))
        break;
      found.legal_forms.push(form);
      if (end === 'last') rest.pop();
      else rest.shift();
    }
  }
  if (found.legal_forms.length > 0 && rest.length > 1 && expanded(rest.at(-1)?.key || '&') === 'and') rest.pop();
}

/** Words, and numbers as text, in order. */
function itemsOf(parts: readonly Part[], kind: NameKind): { items: (NameWord | string)[]; numbers: string[] } {
  const items: (NameWord | string)[] = [];
  const numbers: string[] = [];
  let wordNumber: number | undefined;
  for (const [at, each] of parts.entries()) {
    const next = numberOfWord(each.key);
    const combined = wordNumber !== undefined && next !== undefined ? combineNumbers(wordNumber, next) : undefined;
    if (combined !== undefined) {
      items[items.length - 1] = String(combined);
      numbers[numbers.length - 1] = String(combined);
      wordNumber = combined;
      continue;
    }
    wordNumber = next;
    const number = next !== undefined && parts.length > 1 ? String(next) : numberIn(each, at, parts, kind);
    if (number === undefined) {
      const word = nameWord(each.written, each.in_subtitle);
      const whole = expanded(word.latin || each.written);
      items.push(whole === (word.latin || each.written) ? word : nameWord(whole, each.in_subtitle));
      numbers.push(...digitRuns(word.latin));
    } else {
      items.push(number);
      numbers.push(number);
    }
  }
  return { items: items.filter((item) => typeof item === 'string' || item.native !== ''), numbers };
}

function numberIn(one: Part, at: number, parts: readonly Part[], kind: NameKind): string | undefined {
  const digits = numberOfDigits(one.key);
  if (digits !== undefined) return digits;
  if (at === 0 || one.is_pointed || !/^[a-z]+$/i.test(one.written)) return undefined;
  const next = parts[at + 1];
  const isLast = next === undefined || isJoiningWord(next.key);
  const single = kind === 'person' || kind === 'open' ? isLast : true;
  const roman = numberOfRoman(one.written, single);
  return roman === undefined ? undefined : String(roman);
}

function acronymOf(words: readonly NameWord[], numbers: readonly string[], parts: readonly Part[]): string {
  const [only] = words;
  if (!only || words.length !== 1 || parts.length !== 1 || numbers.length > 0) return '';
  const isCapital = only.written === only.written.toUpperCase() && only.written !== only.written.toLowerCase();
  return isCapital && /^[a-z]{2,8}$/.test(only.latin) ? only.latin : '';
}

function keyOf(text: string): string {
  return piecesOf(text)
    .map(({ written }) => expanded(nameWord(written, false).latin || written.toLowerCase()))
    .filter((key) => !isArticle(key))
    .join(' ');
}

function withoutInvisible(text: string): string {
  return text.replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cc}]+/gu, (found) => (/\s/.test(found) ? ' ' : ''));
}
