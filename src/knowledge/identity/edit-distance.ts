/** How two words differ by single letters. */
export type Slip = 'doubled' | 'swapped' | 'missing' | 'replaced';

/**
 * Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other (optimal string
 * alignment: no letter is edited twice); `most + 1` if there are more than `most`. Counts code points.
 */
export function editDistance(one: string, other: string, most: number): number {
  const [a, b] = [[...one], [...other]];
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let row = b.map((_, at) => at + 1);
  row.unshift(0);
  for (const [i, letter] of a.entries()) {
    const next = [i + 1];
    let least = i + 1;
    for (const [j, otherLetter] of b.entries()) {
      const replaced = (row[j] ?? 0) + (letter === otherLetter ? 0 : 1);
      let cost = Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1);
      if (i > 0 && j > 0 && letter === b[j - 1] && a[i - 1] === otherLetter) {
        cost = Math.min(cost, (before[j - 1] ?? 0) + 1);
      }
      next.push(cost);
      least = Math.min(least, cost);
    }
    if (least > most) return most + 1;
    before = row;
    row = next;
  }
  return Math.min(row.at(-1) ?? 0, most + 1);
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
