import { isCommonSurname, isGenericWord } from './common-word.ts';
import { editDistance, slipBetween, wordSimilarity } from './edit-distance.ts';
import { areNicknames, givenNameSpelling, isCommonGivenName } from './given-name.ts';
import { consonants, initialOf } from './latin.ts';
import { isCode, type NameWord } from './name-word.ts';

/** What makes two words of two names the same word, from certain to doubtful. */
export type Match =
  | 'equal' /* but for marks, umlauts spelt out, capitals */
  | 'transliterated' /* from one alphabet to another, or one given name in another romanisation */
  | 'respelt' /* in one alphabet, by the conventions of another romanisation */
  | 'romanised' /* from a script whose romanisation loses what tells names apart */
  | 'homophone' /* other characters of one sound */
  | 'nickname'
  | 'initial'
  | 'slip' /* a letter doubled or not, or two swapped, in a long word */
  | 'typo';

export interface WordMatch {
  match: Match;
  /** 0 to 1. */
  similarity: number;
}

/** Words shorter than this differ on purpose when a letter differs. */
const shortestSpelling = 4;
const shortestTypo = 5;
const shortestSlip = 8;
const shortestRespelt = 6;

/** How two words may be one; `in_person` if nicknames and initials are to be thought of. Symmetric. */
export function matchWords(one: NameWord, other: NameWord, in_person: boolean): WordMatch | undefined {
  const certain = matchExactly(one, other);
  if (certain) return certain;
  if (isCode(one) || isCode(other)) return undefined;
  if (one.is_initial || other.is_initial) return in_person ? matchInitial(one, other) : undefined;
  if (!isLetters(one) || !isLetters(other)) return matchForeign(one, other);
  const isCrossing = one.script !== other.script;
  if (givenNameSpelling(one.latin) === givenNameSpelling(other.latin)) return found('transliterated', 0.99);
  if (in_person && areGenderForms(one.latin, other.latin)) return undefined;
  if (isCrossing && one.skeleton === other.skeleton) return found('transliterated', 0.99);
  if (in_person && areNicknames(one.latin, other.latin)) return found('nickname', 0.97);
  const bothKnown = isKnown(one.latin) && isKnown(other.latin);
  return matchSpelling(one, other) ?? (bothKnown ? undefined : matchTypo(one, other));
}

/** The same sounds in other letters of one alphabet. */
function matchSpelling(one: NameWord, other: NameWord): WordMatch | undefined {
  const length = Math.min(one.latin.length, other.latin.length);
  if (length < shortestSpelling || one.spelling !== other.spelling) return undefined;
  const isClear = length >= shortestRespelt && !isKnown(one.latin) && !isKnown(other.latin);
  return found(isClear ? 'respelt' : 'typo', 0.97);
}

function matchExactly(one: NameWord, other: NameWord): WordMatch | undefined {
  if (one.native === other.native) return found('equal', 1);
  const sameSounding =
    one.latin !== '' &&
    (one.latin === other.latin ||
      one.alternate === other.latin ||
      one.latin === other.alternate ||
      one.alternate === other.alternate);
  if (!sameSounding) return undefined;
  const lossy = (word: NameWord) => word.script === 'han' || word.script === 'syllables' || word.script === 'abjad';
  if (lossy(one) && lossy(other)) return found('homophone', 0.97);
  if (lossy(one) || lossy(other)) return found('romanised', 0.98);
  return found(one.script === other.script ? 'equal' : 'transliterated', 1);
}

function matchForeign(one: NameWord, other: NameWord): WordMatch | undefined {
  const isMixed = (one.script === 'abjad') !== (other.script === 'abjad');
  const sound = consonants(one.skeleton);
  const isAlike = isMixed && sound.length >= 3 && sound === consonants(other.skeleton);
  return isAlike ? found('romanised', 0.97) : undefined;
}

function matchInitial(one: NameWord, other: NameWord): WordMatch | undefined {
  const isAlike =
    one.latin.charAt(0) === other.latin.charAt(0) ||
    (one.script !== other.script && initialOf(one.latin) === initialOf(other.latin));
  return isAlike && !(one.is_initial && other.is_initial) ? found('initial', 0.97) : undefined;
}

function matchTypo(one: NameWord, other: NameWord): WordMatch | undefined {
  const length = Math.min(one.latin.length, other.latin.length);
  if (length < shortestTypo || one.script !== other.script) return undefined;
  const [a, b] = [one.latin, other.latin];
  if (a[0] !== b[0] && (a[0] !== b[1] || a[1] !== b[0])) return undefined;
  const most = length >= 9 ? 2 : 1;
  if (editDistance(a, b, most) > most) return undefined;
  const slip = slipBetween(a, b);
  const isSlip = (slip === 'doubled' || slip === 'swapped') && length >= shortestSlip;
  const isClear = isSlip && !isKnown(one.latin) && !isKnown(other.latin);
  return found(isClear ? 'slip' : 'typo', wordSimilarity(one.latin, other.latin));
}

/** Whether one is the other for the other sex, as far as the ending shows: Daniel and Daniela, Lucien and Lucienne. */
export function areGenderForms(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (short.length < 3) return false;
  const ending = /^(?:a|e|o|us|ine|ina|ette|ia|ne|le|nne|lle|ova|aya)$/;
  if (long.startsWith(short)) return ending.test(long.slice(short.length));
  const stem = short.slice(0, -1);
  const sameStem = long.startsWith(stem) && long.length - stem.length <= 3;
  return sameStem && ending.test(short.slice(stem.length)) && ending.test(long.slice(stem.length));
}

/** Common enough to stand beside a name that looks like it. */
function isKnown(word: string): boolean {
  return isCommonGivenName(word) || isCommonSurname(word) || isGenericWord(word);
}

function isLetters(word: NameWord): boolean {
  return word.script === 'latin' || word.script === 'alphabet';
}

function found(match: Match, similarity: number): WordMatch {
  return { match, similarity };
}
