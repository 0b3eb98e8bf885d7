import { foldName as normalForm } from './name-key.ts';

export type Grounding = 'exact' | 'normalized' | 'fuzzy' | 'none';

/** Where a quote was found: UTF-16 offsets in the chunk; both 0 where it was not. */
export interface Grounded {
  grounding: Grounding;
  char_start: number;
  char_end: number;
}

export interface Grounder {
  ground(quote: string): Grounded;
}

const notFound: Grounded = { grounding: 'none', char_start: 0, char_end: 0 };
const longestQuote = 20_000;
const fuzzyShare = 0.9;
const shortestFuzzy = 4;

/** Finds quotes in one chunk; its words are indexed once, at the first quote that is not found verbatim. */
export function createGrounder(content: string): Grounder {
  let words: Words | undefined;
  return {
    ground(quote) {
      if (quote.trim() === '' || quote.length > longestQuote) return notFound;
      const place = content.indexOf(quote);
      if (place >= 0 && !splitsPair(content, place) && !splitsPair(content, place + quote.length)) {
        return { grounding: 'exact', char_start: place, char_end: place + quote.length };
      }
      words ??= new Words(content);
      const wanted = wordsOf(quote).map((word) => word.text);
      if (wanted.length === 0) return notFound;
      return words.findRun(wanted) ?? words.findAlignment(wanted) ?? notFound;
    },
  };
}

/** Whether a passage contains none of the names, compared word by word in their normal form. */
export function isWeak(passage: string, names: readonly string[]): boolean {
  const text = ` ${wordsOf(passage)
    .map((word) => word.text)
    .join(' ')} `;
  return !names.some((name) => {
    const wanted = wordsOf(name)
      .map((word) => word.text)
      .join(' ');
    return wanted !== '' && text.includes(` ${wanted} `);
  });
}

interface Word {
  text: string;
  start: number;
  end: number;
}

/** Runs of letters and digits in their normal form (NFKC, lower case); punctuation, quotes and dashes do not count. */
function wordsOf(text: string): Word[] {
  const found: Word[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const normal = normalForm(match[0]);
    if (normal !== '') found.push({ text: normal, start: match.index, end: match.index + match[0].length });
  }
  return found;
}

class Words {
  readonly #words: Word[];
  readonly #places = new Map<string, number[]>();

  constructor(content: string) {
    this.#words = wordsOf(content);
    for (const [index, word] of this.#words.entries()) {
      const places = this.#places.get(word.text);
      if (places) places.push(index);
      else this.#places.set(word.text, [index]);
    }
  }

  /** All words one after the other: the quote but for case, white space and punctuation. */
  findRun(wanted: readonly string[]): Grounded | undefined {
    const rarest = this.#rarest(wanted);
    if (rarest === undefined) return undefined;
    for (const place of rarest.places) {
      const first = place - rarest.offset;
      if (first >= 0 && wanted.every((word, index) => this.#words[first + index]?.text === word)) {
        return this.#slice('normalized', first, first + wanted.length - 1);
      }
    }
    return undefined;
  }

  /** At least 0.9 of the words in order, in a window not much longer than the quote; the tightest, then the first. */
  findAlignment(wanted: readonly string[]): Grounded | undefined {
    if (wanted.length < shortestFuzzy) return undefined;
    const needed = Math.ceil(wanted.length * fuzzyShare);
    const reach = Math.ceil(wanted.length * 1.25) + 2;
    let best: { first: number; last: number; matched: number } | undefined;
    for (const start of this.#starts(wanted, wanted.length - needed)) {
      const found = this.#alignFrom(wanted, start.place, start.offset, reach);
      if (found.matched < needed) continue;
      const isBetter =
        best === undefined ||
        found.matched > best.matched ||
        (found.matched === best.matched && found.last - found.first < best.last - best.first);
      if (isBetter) best = found;
    }
    return best && this.#slice('fuzzy', best.first, best.last);
  }

  /** Where an alignment may begin: at any occurrence of one of the first words that may be missing and the next. */
  #starts(wanted: readonly string[], missing: number): { place: number; offset: number }[] {
    const starts: { place: number; offset: number }[] = [];
    for (let offset = 0; offset <= Math.min(missing, 20); offset += 1) {
      for (const place of this.#places.get(wanted[offset] ?? '') ?? []) starts.push({ place, offset });
      if (starts.length > 2_000) break;
    }
    return starts.slice(0, 2_000);
  }

  #alignFrom(wanted: readonly string[], place: number, offset: number, reach: number) {
    const window = this.#words.slice(place, place + reach);
    let at = 0;
    let last = place;
    let matched = 0;
    for (const word of wanted.slice(offset)) {
      // Looking only a little ahead keeps one stray repetition from swallowing the rest.
      const step = window.slice(at, at + 8).findIndex((each) => each.text === word);
      if (step < 0) continue;
      last = place + at + step;
      at += step + 1;
      matched += 1;
    }
    return { first: place, last, matched };
  }

  #rarest(wanted: readonly string[]): { offset: number; places: number[] } | undefined {
    let best: { offset: number; places: number[] } | undefined;
    for (const [offset, word] of wanted.entries()) {
      const places = this.#places.get(word);
      if (!places) return undefined;
      if (!best || places.length < best.places.length) best = { offset, places };
    }
    return best;
  }

  #slice(grounding: Grounding, first: number, last: number): Grounded | undefined {
    const from = this.#words[first];
    const upto = this.#words[last];
    return from && upto && { grounding, char_start: from.start, char_end: upto.end };
  }
}

function splitsPair(text: string, offset: number): boolean {
  const unit = text.charCodeAt(offset);
  const before = text.charCodeAt(offset - 1);
  return unit >= 0xdc00 && unit <= 0xdfff && before >= 0xd800 && before <= 0xdbff;
}
