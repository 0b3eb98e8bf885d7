import type { ColumnRow, TableRow } from '../../db/ontology-queries.ts';

/** The words that a name is made of, in lower case; digits are none. */
export function wordsOf(name: string): readonly string[] {
  const found = known.get(name);
  if (found) return found;
  if (known.size >= mostKnown) known.clear();
  const words = split(name);
  known.set(name, words);
  return words;
}

/** Names are compared in pairs, again and again. */
const known = new Map<string, readonly string[]>();
const mostKnown = 50_000;

function split(name: string): string[] {
  return [...name.matchAll(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+/gu)].map(([word]) => word.toLowerCase());
}

/** In which share of the tables a word occurs, in the table's name or in one of a column. */
export function wordsOfNames(
  tables: readonly TableRow[],
  columns: ReadonlyMap<string, readonly ColumnRow[]>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { table_key, table_name } of tables) {
    const names = [table_name, ...(columns.get(table_key) ?? []).map(({ column_name }) => column_name)];
    for (const word of new Set(names.flatMap(wordsOf))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return new Map([...counts].map(([word, count]) => [word, count / Math.max(1, tables.length)]));
}

/**
 * How much two names have in common, 0 to 1: a word counts by its rarity, so that what every table has says nothing, and
 * words that begin alike are forms of one.
 */
export function namesAgree(
  source: { table: string; columns: readonly string[] },
  target: { table: string; columns: readonly string[] },
  words: ReadonlyMap<string, number>,
): number {
  const weight = (word: string) => (word.length < 3 ? 0.1 : 1) * Math.max(0, 1 - (words.get(word) ?? 0));
  const own = source.columns.flatMap(wordsOf);
  const table = wordsOf(target.table);
  const key = target.columns.flatMap(wordsOf);
  const shared = (list: readonly string[], others: readonly string[]) =>
    portion(list, weight, (word) => Math.max(0, ...others.map((other) => alike(word, other))));
  const covered = shared(own, [...table, ...key]);
  const named = Math.max(shared(table, own), key.length > 0 ? shared(key, own) * 0.9 : 0);
  return Math.sqrt(covered * named);
}

function portion(list: readonly string[], weight: (word: string) => number, found: (word: string) => number): number {
  const whole = list.reduce((sum, word) => sum + weight(word), 0);
  return whole === 0 ? 0 : list.reduce((sum, word) => sum + weight(word) * found(word), 0) / whole;
}

/** Words are alike as far as they begin alike; a whole word that another begins with is a form of it. */
function alike(one: string, other: string): number {
  if (one === other) return 1;
  const length = Math.min(one.length, other.length);
  let same = 0;
  while (same < length && one[same] === other[same]) same += 1;
  if (same < 3) return 0;
  const share = same / Math.max(one.length, other.length);
  if (share < 0.6) return same === length && same > 3 ? 0.6 : 0;
  return share;
}
