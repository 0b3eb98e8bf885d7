import { type Chunk, chunkOf } from './chunk.ts';
import { boundaries, boundaryKinds } from './chunk-boundaries.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * Cuts a chunk in two at the best boundary near its middle, for a model whose answer to the whole was too long.
 *
 * The halves keep the chunk's index and the offsets into its text; they do not overlap.
 *
 * @returns undefined when one of the halves would be blank or a character would be cut
 */
export function splitChunk(chunk: Chunk, tokenizer: Tokenizer): [Chunk, Chunk] | undefined {
  const at = middleOf(chunk.content);
  if (at === undefined) return undefined;
  const half = (from: number, to: number): Chunk => {
    const content = chunk.content.slice(from, to);
    return chunkOf(content, chunk.chunk_index, chunk.char_start + from, tokenizer.count(content));
  };
  return [half(0, at), half(at, chunk.content.length)];
}

function middleOf(content: string): number | undefined {
  const length = content.length;
  const isBalanced = (at: number): boolean => at >= length / 4 && at <= (length * 3) / 4;
  const first = content.search(/\S/) + 1;
  const last = content.trimEnd().length - 1;
  if (last < first) return undefined;
  for (const kind of boundaryKinds) {
    const candidates = boundaries(content, kind, first - 1, last, 0).filter((at) => at >= first);
    const wanted = kind === 'grapheme' ? candidates : candidates.filter(isBalanced);
    const [best] = wanted.toSorted((a, b) => Math.abs(a - length / 2) - Math.abs(b - length / 2));
    if (best !== undefined) return best;
  }
  return undefined;
}
