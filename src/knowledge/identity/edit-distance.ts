/** How two words differ by single letters. */
export type Slip = 'doubled' | 'swapped' | 'missing' | 'replaced';

/**
 * Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other (optimal string
 * alignment: no letter is edited twice); `most + 1` if there are more than `most`. Counts code points.
 */
export function editDistance(one: string, other: string, most: number): number {
  const [a, b] = withoutCommonEnds(pointsOf(one), pointsOf(other));
  if (Math.abs(a.length - b.length) > most) return most + 1;
  if (a.length === 0 || b.length === 0) return Math.min(a.length + b.length, most + 1);
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    let least = i + 1;
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      let cost = Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1);
      if (i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j]) cost = Math.min(cost, (before[j - 1] ?? 0) + 1);
      next.push(cost);
      least = Math.min(least, cost);
    }
    if (least > most) return most + 1;
    before = row;
    row = next;
  }
  return Math.min(row.at(-1) ?? 0, most + 1);
}

/** Code points of a word; a word without surrogates is its own list of them. */
function pointsOf(word: string): string | string[] {
  return /[\uD800-\uDFFF]/.test(word) ? [...word] : word;
}

function withoutCommonEnds(one: string | string[], other: string | string[]): [string | string[], string | string[]] {
  let start = 0;
  const shorter = Math.min(one.length, other.length);
  while (start < shorter && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end += 1;
  return [one.slice(start, one.length - end), other.slice(start, other.length - end)];
}

/** What kind of slip turns one word into the other; nothing unless a single one does. */
export function slipBetween(one: string, other: string): Slip | undefined {
  if (editDistance(one, other, 1) !== 1) return undefined;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length === long.length) return short[at] === long[at + 1] ? 'swapped' : 'replaced';
  return long[at] === long[at - 1] || long[at] === long[at + 1] ? 'doubled' : 'missing';
}

const longestPrefix = 4;
const prefixWeight = 0.1;

/**
 * Similarity of two words from 0 to 1: the share of letters that no edit touches, raised by up to four letters of common
 * beginning (Winkler 1990). Unlike Jaro's it falls with every edit and does not stumble over repeated letters.
 */
export function wordSimilarity(one: string, other: string): number {
  const letters = one.length + other.length;
  if (letters === 0) return 1;
  const ratio = Math.max(0, 1 - editDistance(one, other, letters) / letters);
  let prefix = 0;
  while (prefix < longestPrefix && prefix < one.length && one[prefix] === other[prefix]) prefix += 1;
  return ratio + prefix * prefixWeight * (1 - ratio);
}
