import { hash } from 'node:crypto';
import { SprouteError } from '../errors.ts';
import { boundaries, boundaryKinds } from './chunk-boundaries.ts';
import { type Cut, chooseCut, cutAtCharacter, longestCharacter } from './chunk-cut.ts';
import type { TextMeasure } from './chunk-measure.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A slice `[char_start, char_end)` of a text, in UTF-16 units, as it goes to a model. */
export interface Chunk {
  chunk_index: number;
  char_start: number;
  char_end: number;
  token_count: number;
  content: string;
  content_sha256: string;
}

/** Sizes in tokens of the tokenizer. */
export interface ChunkSizes {
  tokenizer: Tokenizer;
  /** The most that a chunk has, at least {@link smallestChunkTokens}. */
  max_tokens: number;
  /** The most that a chunk repeats of the one before; half of `max_tokens` is the upper limit. */
  overlap_tokens: number;
  /** What the last chunk should have at least; the one before is shortened for it if need be. */
  min_tokens: number;
}

/** A code point has at most four bytes, and so four tokens: a budget of as many always makes progress. */
export const smallestChunkTokens = 4;

/**
 * Cuts a text into chunks that cover it completely, each within its budget, in time linear in the text.
 *
 * A chunk ends at a paragraph, else a line, a sentence, a word, a user-perceived character; only such a character that
 * alone has more than `max_tokens` is cut, between code points. Every chunk but the first begins with the last whole
 * sentences of the one before, up to `overlap_tokens`. Equal input gives equal chunks, and an edit changes the chunks
 * near it only.
 *
 * @throws TOKEN_BUDGET when `max_tokens` is below {@link smallestChunkTokens}
 */
export function chunkText(text: string, sizes: ChunkSizes): Chunk[] {
  const { max, overlap, min } = checkedSizes(sizes);
  const measure = sizes.tokenizer.measure(text);
  const chunks: Chunk[] = [];
  let state: State = { start: 0, after: 0, known: 0 };
  while (state.after < text.length) {
    const { start, after, known } = state;
    const left = measure.furthest(start, max + min) === text.length ? measure.count(start, text.length) : undefined;
    if (left !== undefined && left <= max) {
      chunks.push(chunkOf(text.slice(start), chunks.length, start, left));
      break;
    }
    const tokens = left === undefined ? max : Math.min(max, left - min);
    const range = { after, known, ...endRange(measure, state, tokens) };
    const fits = (end: number): boolean => measure.count(start, end) <= max;
    const found = chooseCut(text, range, fits);
    if (found === undefined && start < after) {
      state = { ...state, start: after };
      continue;
    }
    const cut = found ?? cutAtCharacter(text, range, fits);
    chunks.push(chunkOf(text.slice(start, cut.at), chunks.length, start, measure.count(start, cut.at)));
    state = nextState(text, measure, state, cut, overlap);
  }
  return chunks;
}

/** A chunk of known content; `char_start` is where the text has it. */
export function chunkOf(content: string, chunk_index: number, char_start: number, token_count: number): Chunk {
  const char_end = char_start + content.length;
  return { chunk_index, char_start, char_end, token_count, content, content_sha256: hash('sha256', content) };
}

interface State {
  /** Where the chunk starts, its overlap included. */
  start: number;
  /** Where the chunk before ends. */
  after: number;
  /** A start of a user-perceived character at or before `start`. */
  known: number;
}

function checkedSizes(sizes: ChunkSizes): { max: number; overlap: number; min: number } {
  const max = Math.floor(sizes.max_tokens);
  if (!(max >= smallestChunkTokens)) {
    throw new SprouteError(
      'TOKEN_BUDGET',
      `no room for content: ${max < 1 ? 'nothing is left' : `${max} tokens are left, and a character may take more`}`,
      {
        hint: `set max_tokens to ${smallestChunkTokens} at least; a useful chunk has hundreds`,
      },
    );
  }
  const overlap = Math.max(0, Math.min(Math.floor(sizes.overlap_tokens), Math.floor(max / 2)));
  const min = Math.max(0, Math.min(Math.floor(sizes.min_tokens), Math.floor((max - overlap) / 2)));
  return { max, overlap, min };
}

/** The last 70 % of what is new in a chunk of so many tokens. */
function endRange(measure: TextMeasure, state: State, tokens: number): { from: number; to: number } {
  const repeated = measure.count(state.start, state.after);
  const earliest = repeated + Math.floor((tokens - repeated) * 0.3);
  const to = Math.max(state.after, measure.furthest(state.start, tokens));
  return { from: Math.min(to, Math.max(state.after, measure.furthest(state.start, earliest))), to };
}

function nextState(text: string, measure: TextMeasure, state: State, cut: Cut, overlap: number): State {
  const start = overlapStart(text, measure, state, cut, overlap);
  const isInside = cut.kind === 'code_point' && start === cut.at;
  const known = isInside && cut.at - state.known < longestCharacter ? state.known : start;
  return { start, after: cut.at, known };
}

/**
 * The first start of a sentence from which at most `overlap` tokens lead to the cut, else the cut itself. Where the cut
 * had to be made within a sentence, so may the overlap.
 */
function overlapStart(text: string, measure: TextMeasure, state: State, cut: Cut, overlap: number): number {
  if (overlap === 0 || cut.kind === 'code_point') return cut.at;
  const repeated = measure.furthest(state.start, measure.count(state.start, cut.at) - overlap);
  const from = Math.max(state.start, repeated);
  const sentence = boundaryKinds.indexOf('sentence');
  for (const kind of boundaryKinds.slice(sentence, Math.max(sentence, boundaryKinds.indexOf(cut.kind)) + 1)) {
    const near = Math.min(from + nearby, cut.at - 1);
    const fits = (start: number): boolean => measure.count(start, cut.at) <= overlap;
    const found =
      boundaries(text, kind, from, near, state.known).find(fits) ??
      boundaries(text, kind, near, cut.at - 1, state.known).find(fits);
    if (found !== undefined) return found;
  }
  return cut.at;
}

/** In UTF-16 units: a sentence start is most often found within so many. */
const nearby = 512;
