/** How much two sides have in common, 0 to 1; a word counts by its rarity among the tables. */
export function namesAgree(
  source: { columns: readonly string[] },
  target: { table: string; columns: readonly string[] },
  words: Readonly<Record<string, number | null>>,
): number {
  const weight = (word: string) => (word.length < 3 ? 0.1 : 1) * Math.max(0, 1 - (words[word] ?? 0) / 100);
  const own = source.columns.flatMap(wordsOf);
  const table = wordsOf(target.table.split('.').at(-1) ?? '');
  const key = target.columns.flatMap(wordsOf);
  const share = (list: readonly string[], others: readonly string[]) => {
    const whole = list.reduce((sum, word) => sum + weight(word), 0);
    const found = (word: string) => Math.max(0, ...others.map((other) => alike(word, other)));
    return whole === 0 ? 0 : list.reduce((sum, word) => sum + weight(word) * found(word), 0) / whole;
  };
  return Math.sqrt(share(own, [...table, ...key]) * Math.max(share(table, own), 0.9 * share(key, own)));
}

/** What the names of keys end with, those of references often end with as well, however common the word is. */
export function sharesLastWord(columns: readonly string[], others: readonly string[]): boolean {
  return columns.every((name, at) => {
    const last = wordsOf(name).at(-1);
    return last !== undefined && last === wordsOf(others[at] ?? '').at(-1);
  });
}

/** The words that a name is made of, in lower case; digits are none. */
function wordsOf(name: string): string[] {
  return [...name.matchAll(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+/gu)].map(([word]) => word.toLowerCase());
}

/** Forms of one word begin alike; a whole word that another begins with is one. */
function alike(one: string, other: string): number {
  if (one === other) return 1;
  const length = Math.min(one.length, other.length);
  let same = 0;
  while (same < length && one[same] === other[same]) same += 1;
  const share = same / Math.max(one.length, other.length);
  if (same < 3 || share < 0.6) return same === length && same > 3 ? 0.6 : 0;
  return share;
}
