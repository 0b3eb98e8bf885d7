import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteInContext } from '../../../src/knowledge/review/context.ts';

/** Words, blanks, 4-byte characters, combining marks and halves of none. */
const texts = fc
  .array(fc.constantFrom('a', 'bc', ' ', '\n', '😀', 'é', 'ü', '漢字', '.', '👩‍🚀'), { maxLength: 120 })
  .map((parts) => parts.join(''));
const placed = texts.chain((text) =>
  fc
    .tuple(fc.constant(text), fc.nat(text.length), fc.nat(text.length), fc.nat(40))
    .map(([content, one, other, around]) => {
      const [char_start, char_end] = [Math.min(one, other), Math.max(one, other)];
      return { content, char_start, char_end, around };
    }),
);
const isWhole = (text: string) => text.isWellFormed();

test('the parts are the page’s own, side by side, of the length that was asked for, and cut in no character', () => {
  fc.assert(
    fc.property(placed, ({ content, char_start, char_end, around }) => {
      const quote = content.slice(char_start, char_end);
      fc.pre(char_end > char_start && isWhole(quote) && isWhole(content.slice(0, char_start)));
      const shown = quoteInContext(content, { char_start, char_end, quote }, around);
      expect(shown).toBeDefined();
      if (!shown) return;
      const { before, after, is_cut_before, is_cut_after } = shown;
      expect(shown.quote).toBe(quote);
      expect(content.slice(0, char_start).endsWith(before)).toBe(true);
      expect(content.slice(char_end).startsWith(after)).toBe(true);
      expect(before.length === char_start).toBe(!is_cut_before);
      expect(char_end + after.length === content.length).toBe(!is_cut_after);
      for (const part of [before, after]) {
        expect(isWhole(part)).toBe(true);
        expect(part.length).toBeLessThanOrEqual(around + 1);
      }
      if (is_cut_before) expect(before.length).toBeGreaterThanOrEqual(Math.min(around, char_start) - 30);
      if (is_cut_after) expect(after.length).toBeGreaterThanOrEqual(Math.min(around, content.length - char_end) - 31);
    }),
    { numRuns: 2_000 },
  );
});

test('whole words stay whole', () => {
  const content = 'The quick brown fox jumps over the lazy dog';
  const char_start = content.indexOf('fox');
  const shown = quoteInContext(content, { char_start, char_end: char_start + 3, quote: 'fox' }, 8);
  expect(shown).toEqual({ before: 'brown ', quote: 'fox', after: ' jumps', is_cut_before: true, is_cut_after: true });
});

test('there is no context where the quote is not in the page', () => {
  expect(quoteInContext(null, { char_start: 0, char_end: 3, quote: 'abc' })).toBeUndefined();
  expect(quoteInContext('abd', { char_start: 0, char_end: 3, quote: 'abc' })).toBeUndefined();
  expect(quoteInContext('abc', { char_start: -1, char_end: -1, quote: 'abc' })).toBeUndefined();
  expect(quoteInContext('abc', { char_start: 0, char_end: 0, quote: '' })).toBeUndefined();
});
