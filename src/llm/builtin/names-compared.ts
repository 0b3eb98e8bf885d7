import { honorifics } from './prose/words.ts';

const legalForms = new Set(
  `inc incorporated ltd limited llc plc corp corporation co company gmbh ag kg se sa sas sarl spa srl bv nv ab oy oyj as asa
  aps pty pte kk`.split(/\s+/),
);
const smallWords = new Set(['the', 'of', 'and', '&', 'de', 'la', 'le', 'der', 'die', 'das', 'von', 'van']);

/** A name as it is compared: without case, accents, punctuation, a leading article. */
export function comparedName(name: string): string {
  return foldedWords(name).join(' ');
}

/** The words that tell one bearer of a name from another: no ranks, legal forms or small words. */
export function tellingWords(name: string): string[] {
  const words = foldedWords(name);
  const own = words.filter((word) => !honorifics.has(word) && !legalForms.has(word) && !smallWords.has(word));
  return own.length === 0 ? words : own;
}

function foldedWords(name: string): string[] {
  const words = name
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/['’`.]/g, '')
    .split(/[^\p{L}\p{N}&]+/u)
    .filter((word) => word !== '');
  return words[0] === 'the' && words.length > 1 ? words.slice(1) : words;
}

/** Whether two lists of words differ in what tells numbers, versions and ordinals apart. */
export function differInNumbers(one: readonly string[], other: readonly string[]): boolean {
  const numbers = (words: readonly string[]): string => words.filter(isNumber).toSorted().join(' ');
  return numbers(one) !== numbers(other);
}

const ordinals = new Set(
  'first second third fourth fifth sixth seventh eighth ninth tenth one two three four five six seven eight nine ten'.split(
    ' ',
  ),
);

function isNumber(word: string): boolean {
  return /\d/.test(word) || /^(?=[ivx])x{0,3}(?:ix|iv|v?i{0,3})$/.test(word) || ordinals.has(word);
}

/** Whether each word of one name stands for the word in its place of the other: equal, or an initial of it. */
export function agreeByInitials(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length || one.length < 2) return false;
  if (one.at(-1) !== other.at(-1)) return false;
  return one.every((word, at) => {
    const match = other[at] ?? '';
    return (
      word === match || (word.length === 1 && match.startsWith(word)) || (match.length === 1 && word.startsWith(match))
    );
  });
}

/** Whether two words are one but for a letter or two, as a slip of the pen or another spelling makes them. */
export function areNearlyEqual(one: string, other: string): boolean {
  const longer = Math.max(one.length, other.length);
  if (longer < 5 || one[0] !== other[0] || longer > longestCompared) return one === other;
  return distance(one, other) <= (longer < 9 ? 1 : 2);
}

const longestCompared = 60;

function distance(one: string, other: string): number {
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let at = 1; at <= other.length; at++) {
      const change = (last[at - 1] ?? 0) + (one[row - 1] === other[at - 1] ? 0 : 1);
      next.push(Math.min((last[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1, change));
    }
    last = next;
  }
  return last[other.length] ?? 0;
}
