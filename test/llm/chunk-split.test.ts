import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Chunk, chunkText } from '../../src/llm/chunk.ts';
import { splitChunk } from '../../src/llm/chunk-split.ts';
import { tokenizerFor } from '../../src/llm/tokenizer.ts';
import { anySizes, anyText } from './chunk-arbitrary.ts';

const tokenizer = tokenizerFor('gpt-4o');

test('the halves of any chunk are slices of the text, cover it, and cut no character', () => {
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  fc.assert(
    fc.property(anyText(), anySizes(), (text, sizes) => {
      for (const chunk of chunkText(text, sizes)) {
        const halves = splitChunk(chunk, sizes.tokenizer);
        const starts = [...graphemes.segment(chunk.content)].map(({ index }) => index);
        if (halves === undefined) {
          const visible = [...graphemes.segment(chunk.content)].filter(({ segment }) => segment.trim() !== '');
          expect(visible.length).toBeLessThanOrEqual(1);
          continue;
        }
        const [first, second] = halves;
        expect([first.char_start, first.char_end, second.char_end]).toEqual([
          chunk.char_start,
          second.char_start,
          chunk.char_end,
        ]);
        expect(starts).toContain(second.char_start - chunk.char_start);
        for (const half of halves) {
          expect(half.content.trim()).not.toBe('');
          expect(text.slice(half.char_start, half.char_end)).toBe(half.content);
          expect(half.token_count).toBe(sizes.tokenizer.count(half.content));
          expect(half.chunk_index).toBe(chunk.chunk_index);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('a chunk is split at the paragraph nearest to its middle, else at a sentence, else at a word', () => {
  const splits = (content: string): string[] | undefined =>
    splitChunk(whole(content), tokenizer)?.map((half) => half.content);
  expect(splits('One. Two.\n\nThree four.\n\nFive. Six seven.')).toEqual([
    'One. Two.\n\nThree four.\n\n',
    'Five. Six seven.',
  ]);
  expect(splits('A first sentence here. Then Mr. Second comes along.')).toEqual([
    'A first sentence here. ',
    'Then Mr. Second comes along.',
  ]);
  expect(splits('no sentence in here at all')).toEqual(['no sentence ', 'in here at all']);
  expect(splits('abcdef')).toEqual(['abc', 'def']);
});

test('a chunk that cannot be split gives nothing', () => {
  for (const content of ['a', ' a \n', '👩‍👩‍👧‍👦', ' \n '])
    expect(splitChunk(whole(content), tokenizer)).toBeUndefined();
});

function whole(content: string): Chunk {
  const [chunk] = chunkText(content, { tokenizer, max_tokens: 1000, overlap_tokens: 0, min_tokens: 0 });
  if (chunk === undefined) throw new Error('the text is empty');
  return chunk;
}
