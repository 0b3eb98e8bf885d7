import { findAll } from './find-all.ts';
import { alignWords, indexWords, type Stretch, type WordIndex } from './ground-fuzzy.ts';
import { foldName } from './name-key.ts';
import { isSpaceless, type NormalForm, normalForm, traits } from './normal-form.ts';

/** Where a quote stands in its chunk: UTF-16 offsets, never inside of a character. */
export type Grounded =
  | { grounding: 'exact' | 'normalized' | 'fuzzy'; char_start: number; char_end: number }
  | { grounding: 'none'; char_start: null; char_end: null };

export interface Grounder {
  ground(quote: string): Grounded;
}

const notFound: Grounded = { grounding: 'none', char_start: null, char_end: null };
/** From here on a quote may begin and end within words, as one does that was cut off. */
const longEnoughToCutWords = 12;
const mostParts = 8;
/** How far apart, in units of the normal form, the parts around an ellipsis may stand. */
const farthestPart = 300;
const mostStarts = 50;
const mostPlaces = 10_000;
const mostTries = 8;

/**
 * Finds quotes in a chunk: the first exact occurrence; the first that is equal but for case, white space, punctuation,
 * quotes, dashes and compatibility forms, between words unless it is long; the parts around an ellipsis near each
 * other, or at least 0.9 of the words in order (both `fuzzy`). The chunk is indexed once, when the first quote is not
 * exact.
 */
export function createGrounder(content: string): Grounder {
  let chunk: { form: NormalForm; index: WordIndex; graphemes: Intl.Segments } | undefined;
  const indexed = () => {
    if (!chunk) {
      const form = normalForm(content);
      const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(content);
      chunk = { form, index: indexWords(form), graphemes };
    }
    return chunk;
  };
  return {
    ground(quote) {
      const exact = findExact(content, quote);
      if (exact >= 0) return { grounding: 'exact', char_start: exact, char_end: exact + quote.length };
      // Longer by more than a page's markup and line breaks: it cannot be a quote of this chunk.
      if (quote.length > 2 * content.length + 1000) return notFound;
      const wanted = normalForm(quote);
      if (wanted.text === '') return notFound;
      const { form, index, graphemes } = indexed();
      const place = (stretch: Stretch | undefined) => stretch && placeOf(content, form, graphemes, stretch);
      for (const stretch of occurrences(form, wanted.text)) {
        const found = place(stretch);
        if (found && normalForm(content.slice(found.char_start, found.char_end)).text === wanted.text) {
          return { grounding: 'normalized', ...found };
        }
      }
      const near = place(findParts(form, quote) ?? alignWords(index, wanted));
      return near ? { grounding: 'fuzzy', ...near } : notFound;
    },
  };
}

/** Whether a passage contains none of the names, as they are compared by their keys, between words. */
export function isWeak(passage: string, names: readonly string[]): boolean {
  const text = foldName(passage);
  return !names.some((name) => {
    const wanted = foldName(name);
    if (wanted === '') return false;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      if (!joinsWord(text, at) && !joinsWord(text, at + wanted.length)) return true;
    }
    return false;
  });
}

function findExact(content: string, quote: string): number {
  // A lone surrogate could only be found inside of a character.
  if (quote.length > content.length || quote.trim() === '' || !quote.isWellFormed()) return -1;
  return findAll(content, quote).next().value ?? -1;
}

/** Where the needle stands between words, in order; then, if it is long, where it cuts words. */
function* occurrences(form: NormalForm, needle: string): Generator<Stretch> {
  const within: Stretch[] = [];
  let [places, tries] = [0, 0];
  for (const from of findAll(form.text, needle)) {
    places += 1;
    if (places > mostPlaces || tries >= mostTries) break;
    const stretch = { from, to: from + needle.length };
    if (isBorder(form, from) && isBorder(form, stretch.to)) {
      tries += 1;
      yield stretch;
    } else if (within.length < mostTries && maySplit(form, from) && maySplit(form, stretch.to)) within.push(stretch);
  }
  if (needle.length >= longEnoughToCutWords) yield* within;
}

function isBorder(form: NormalForm, at: number): boolean {
  return at === form.text.length || ((form.traits[at] ?? 0) & traits.border) !== 0;
}

/** Between characters, and not within a number. */
function maySplit(form: NormalForm, at: number): boolean {
  if (isBorder(form, at)) return true;
  const [before = 0, after = 0] = [form.traits[at - 1], form.traits[at]];
  return (after & traits.character) !== 0 && (before & after & traits.number) === 0;
}

/** The shortest stretch that holds the parts of 'this ... that' in order, each between words. */
function findParts(form: NormalForm, quote: string): Stretch | undefined {
  const parts = quote.split(/\.{3,}|\u2026/);
  if (parts.length < 2 || parts.length > mostParts) return undefined;
  const [first, ...others] = parts.map((part) => normalForm(part).text).filter((needle) => needle !== '');
  if (first === undefined || others.length === 0) return undefined;
  let best: Stretch | undefined;
  let starts = 0;
  for (const from of findAll(form.text, first)) {
    if (!isBorder(form, from) || !isBorder(form, from + first.length)) continue;
    starts += 1;
    if (starts > mostStarts) break;
    let to: number | undefined = from + first.length;
    for (const needle of others) to = to === undefined ? undefined : endOfNext(form, needle, to);
    if (to !== undefined && (!best || to - from < best.to - best.from)) best = { from, to };
  }
  return best;
}

function endOfNext(form: NormalForm, needle: string, after: number): number | undefined {
  for (const at of findAll(form.text.slice(after, after + farthestPart + needle.length), needle)) {
    const end = after + at + needle.length;
    if (isBorder(form, after + at) && isBorder(form, end)) return end;
  }
  return undefined;
}

/** A stretch of the normal form as offsets in the content, widened to whole graphemes. */
function placeOf(content: string, form: NormalForm, graphemes: Intl.Segments, { from, to }: Stretch) {
  const start = form.starts[from] ?? 0;
  const end = form.ends[to - 1] ?? start;
  const cut = splitGrapheme(content, graphemes, end);
  return {
    char_start: splitGrapheme(content, graphemes, start)?.index ?? start,
    char_end: cut ? cut.index + cut.segment.length : end,
  };
}

/** The grapheme that an offset is inside of. */
function splitGrapheme(content: string, graphemes: Intl.Segments, at: number): Intl.SegmentData | undefined {
  // Below U+0300 nothing combines with what stands before it.
  if (at === 0 || at >= content.length || content.charCodeAt(at) < 0x300) return undefined;
  const grapheme = graphemes.containing(at);
  return grapheme && grapheme.index < at ? grapheme : undefined;
}

/** Whether an offset is inside of a word. */
function joinsWord(text: string, at: number): boolean {
  const before = /[\p{L}\p{N}\p{M}]$/u.exec(text.slice(Math.max(0, at - 2), at))?.[0] ?? '';
  const after = /^[\p{L}\p{N}\p{M}]/u.exec(text.slice(at, at + 2))?.[0] ?? '';
  return before !== '' && after !== '' && !isSpaceless(before) && !isSpaceless(after);
}
