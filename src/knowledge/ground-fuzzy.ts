import { type NormalForm, traits } from './normal-form.ts';

/** A stretch of a normal form, in its units. */
export interface Stretch {
  from: number;
  to: number;
}

/** The words of a normal form with the places of each. */
export interface WordIndex {
  words: Stretch[];
  /** Indexes into `words`, ascending. */
  places: Map<string, number[]>;
}

interface Alignment {
  /** Places of the first and last matched words. */
  first: number;
  last: number;
  matched: number;
}

const longestQuote = 4_000;
/** Pairs of equal words that are looked at for one quote: enough for prose, and a bound for text that repeats itself. */
const mostPairs = 100_000;
const mostStarts = 10_000;

export function indexWords(form: NormalForm): WordIndex {
  const words = wordsOf(form);
  const places = new Map<string, number[]>();
  for (const [place, { from, to }] of words.entries()) {
    const word = form.text.slice(from, to);
    const known = places.get(word);
    if (known) known.push(place);
    else places.set(word, [place]);
  }
  return { words, places };
}

/**
 * Where at least 0.9 of the quote's words stand in order, within a stretch that is longer by a quarter at most; a
 * word with a digit must be among them. The most words win, then the tightest, then the first.
 */
export function alignWords(index: WordIndex, quote: NormalForm): Stretch | undefined {
  const wanted = wordsOf(quote).map(({ from, to }) => quote.text.slice(from, to));
  if (wanted.length < 2 || wanted.length > longestQuote) return undefined;
  const mayMiss = Math.floor(wanted.length / 10);
  const slack = Math.ceil(wanted.length / 4);
  const places = wanted.map((word) => index.places.get(word) ?? []);
  const missing = wanted.filter((_, at) => places[at]?.length === 0);
  if (missing.length > mayMiss || missing.some(hasDigit)) return undefined;

  const limits = { least: wanted.length - mayMiss, longest: wanted.length + slack };
  const budget = { left: mostPairs };
  let best: Alignment | undefined;
  for (const diagonal of diagonalsOf(places, mayMiss - missing.length + 1)) {
    const low = diagonal - slack;
    const high = diagonal + wanted.length + slack + mayMiss;
    const found = alignWithin(wanted, places, low, high, limits, budget);
    if (budget.left < 0) break;
    if (found && (!best || isBetter(found, best))) best = found;
  }
  const from = best && index.words[best.first]?.from;
  const to = best && index.words[best.last]?.to;
  return from === undefined || to === undefined ? undefined : { from, to };
}

/**
 * Where the quote would begin, by the places of its rarest words, as many as cannot all be missing; nowhere if that
 * were almost anywhere.
 */
function diagonalsOf(places: readonly number[][], anchors: number): number[] {
  const rarest = [...places.entries()]
    .filter(([, found]) => found.length > 0)
    .sort(([at, found], [otherAt, other]) => found.length - other.length || at - otherAt)
    .slice(0, anchors);
  if (rarest.reduce((sum, [, found]) => sum + found.length, 0) > mostStarts) return [];
  const diagonals = new Set(rarest.flatMap(([at, found]) => found.map((place) => place - at)));
  return [...diagonals].sort((one, other) => one - other);
}

function alignWithin(
  wanted: readonly string[],
  places: readonly number[][],
  low: number,
  high: number,
  limits: { least: number; longest: number },
  budget: { left: number },
): Alignment | undefined {
  const bounds = places.map((found) => ({ from: firstFrom(found, low), to: firstFrom(found, high) }));
  budget.left -= bounds.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (budget.left < 0 || bounds.filter(({ from, to }) => to > from).length < limits.least) return undefined;
  const rows = places.map((found, at) => found.slice(bounds[at]?.from, bounds[at]?.to));
  const last = longestChain(rows).at(-1)?.place;
  if (last === undefined) return undefined;
  // Backwards from the nearest end, the chain begins as late as it can.
  const mirrored = rows.map((row) => row.filter((place) => place <= last).map((place) => -place));
  const chain = longestChain(mirrored.map((row) => row.reverse()).reverse());
  const first = -(chain.at(-1)?.place ?? -last);
  if (chain.length < limits.least) return undefined;
  if (last - first >= limits.longest) {
    const nearer = last - limits.longest + 1;
    return nearer > low ? alignWithin(wanted, places, nearer, last + 1, limits, budget) : undefined;
  }
  const used = new Set(chain.map(({ row }) => wanted.length - 1 - row));
  const skipsNumber = wanted.some((word, at) => !used.has(at) && hasDigit(word));
  return skipsNumber ? undefined : { first, last, matched: chain.length };
}

interface Link {
  row: number;
  place: number;
  before: Link | undefined;
}

/** The longest choice of ascending places from rows in order, the one that ends first (patience sorting). */
function longestChain(rows: readonly number[][]): Link[] {
  const tails: Link[] = [];
  for (const [row, ascending] of rows.entries()) {
    for (let at = ascending.length - 1; at >= 0; at -= 1) {
      const place = ascending[at] ?? 0;
      let low = 0;
      for (let high = tails.length; low < high; ) {
        const middle = (low + high) >> 1;
        if ((tails[middle]?.place ?? 0) < place) low = middle + 1;
        else high = middle;
      }
      tails[low] = { row, place, before: tails[low - 1] };
    }
  }
  const chain: Link[] = [];
  for (let link = tails.at(-1); link; link = link.before) chain.push(link);
  return chain.reverse();
}

function firstFrom(ascending: readonly number[], bound: number): number {
  let low = 0;
  for (let high = ascending.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBetter(one: Alignment, other: Alignment): boolean {
  if (one.matched !== other.matched) return one.matched > other.matched;
  return one.last - one.first < other.last - other.first;
}

function wordsOf(form: NormalForm): Stretch[] {
  const words: Stretch[] = [];
  for (const [at, trait] of form.traits.entries()) {
    const word = words.at(-1);
    if (trait & traits.border || !word) words.push({ from: at, to: at + 1 });
    else word.to = at + 1;
  }
  // What stands between numbers is a word of its own, and none.
  return words.filter(({ from, to }) => to > from + 1 || !' -'.includes(form.text.charAt(from)));
}

function hasDigit(word: string): boolean {
  return /\p{Nd}/u.test(word);
}
