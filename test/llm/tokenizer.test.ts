import fc from 'fast-check';
import cl100k from 'gpt-tokenizer/encoding/cl100k_base';
import o200k from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { tokenizerFor } from '../../src/llm/tokenizer.ts';
import { anyText, tokenizers } from './chunk-arbitrary.ts';

const peers = { o200k_base: o200k, cl100k_base: cl100k };
const asText = { disallowedSpecial: new Set<string>() };

describe('the tokenizer of a model', () => {
  test.each([
    ['gpt-4o', 'o200k_base'],
    ['gpt-4o-mini-2024-07-18', 'o200k_base'],
    ['openai/gpt-5.1-mini', 'o200k_base'],
    ['ft:gpt-4.1-mini:org::abc', 'o200k_base'],
    ['o3-mini', 'o200k_base'],
    ['gpt-oss:20b', 'o200k_base'],
    ['gpt-4', 'cl100k_base'],
    ['gpt-4-turbo', 'cl100k_base'],
    ['gpt-3.5-turbo', 'cl100k_base'],
    ['text-embedding-3-small', 'cl100k_base'],
    ['llama-3.1-8b', 'chars/4'],
    ['builtin-rules-1', 'chars/4'],
    ['gpt-4omega', 'chars/4'],
    ['', 'chars/4'],
  ])('%s is counted with %s', (model, name) => {
    const tokenizer = tokenizerFor(model);
    expect(tokenizer.name).toBe(name);
    expect(tokenizer.exact).toBe(name !== 'chars/4');
  });

  test('an unknown tokenizer counts four characters a token, rounded up', () => {
    const { count } = tokenizerFor('some-other-model');
    expect(['', 'a', 'abcd', 'abcde'].map(count)).toEqual([0, 1, 1, 2]);
  });
});

describe.each(['gpt-4o', 'gpt-4'])('counts for %s', (model) => {
  const tokenizer = tokenizerFor(model);
  const peer = peers[tokenizer.name === 'cl100k_base' ? 'cl100k_base' : 'o200k_base'];

  test('are those of gpt-tokenizer for any text', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        // gpt-tokenizer decodes bytes with a decoder that drops a byte order mark, so it misses tokens that start with one.
        const plain = text.replaceAll('\ufeff', '');
        expect(tokenizer.count(plain)).toBe(peer.countTokens(plain, asText));
      }),
      { numRuns: 1000 },
    );
  });

  test('are those of gpt-tokenizer for every assigned character', () => {
    for (let first = 0; first < 0x20000; first += 64) {
      let text = '';
      for (let point = first; point < first + 64; point += 1) {
        if ((point & 0xfff800) !== 0xd800 && point !== 0xfeff)
          text += `${String.fromCodePoint(point)}a${String.fromCodePoint(point)} B`;
      }
      expect(tokenizer.count(text), first.toString(16)).toBe(peer.countTokens(text, asText));
    }
  });

  test('a word of a million letters takes no quadratic time', () => {
    const text = 'abcdefghij'.repeat(100_000);
    expect(tokenizer.count(text)).toBe(tokenizer.count(text.slice(0, 10_000)) * 100);
  });
});

test('the count of a slice of a measured text is that of the slice alone', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...tokenizers),
      anyText(),
      fc.array(
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(500)),
        {
          minLength: 1,
          maxLength: 12,
        },
      ),
      (tokenizer, text, slices) => {
        const measure = tokenizer.measure(text);
        for (const [a, b, tokens] of slices) {
          const start = wholeCharacter(text, Math.floor(Math.min(a, b) * text.length));
          const end = wholeCharacter(text, Math.floor(Math.max(a, b) * text.length));
          expect(measure.count(start, end)).toBe(tokenizer.count(text.slice(start, end)));
          const furthest = measure.furthest(start, tokens);
          expect(furthest).toBeGreaterThanOrEqual(start);
          expect(wholeCharacter(text, furthest)).toBe(furthest);
          expect(tokenizer.count(text.slice(start, furthest))).toBeLessThanOrEqual(tokens);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

function wholeCharacter(text: string, position: number): number {
  return position > 0 && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(position - 1, position + 1))
    ? position - 1
    : position;
}
