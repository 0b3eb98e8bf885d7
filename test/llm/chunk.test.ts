import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Chunk, type ChunkSizes, chunkText } from '../../src/llm/chunk.ts';
import { tokenizerFor } from '../../src/llm/tokenizer.ts';
import { anySizes, anyText, tokenizers } from './chunk-arbitrary.ts';

const exact = tokenizerFor('gpt-4o');
const estimate = tokenizerFor('some-other-model');
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

describe('for any text and sizes', () => {
  test('chunks cover the text, keep their budget, are slices of the text and advance', () => {
    fc.assert(
      fc.property(anyText(), anySizes(), (text, sizes) => {
        const chunks = chunkText(text, sizes);
        expectCover(text, chunks);
        for (const chunk of chunks) {
          expect(text.slice(chunk.char_start, chunk.char_end)).toBe(chunk.content);
          expect(chunk.token_count).toBe(sizes.tokenizer.count(chunk.content));
          expect(chunk.token_count).toBeLessThanOrEqual(sizes.max_tokens);
          expect(chunk.content_sha256).toBe(createHash('sha256').update(chunk.content).digest('hex'));
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('no user-perceived character is cut unless it alone exceeds the budget, and no surrogate pair ever', () => {
    fc.assert(
      fc.property(anyText(), anySizes(), (text, sizes) => {
        const limits = chunkText(text, sizes).flatMap((chunk) => [chunk.char_start, chunk.char_end]);
        const wanted = new Set(limits);
        for (const { index, segment } of graphemes.segment(text)) {
          if (sizes.tokenizer.count(segment) > sizes.max_tokens) continue;
          for (let at = index + 1; at < index + segment.length; at += 1) expect(wanted.has(at)).toBe(false);
        }
        for (const at of wanted)
          expect(/^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('the overlap stays within its size', () => {
    fc.assert(
      fc.property(anyText(), anySizes(), (text, sizes) => {
        const chunks = chunkText(text, sizes);
        chunks.slice(1).forEach((chunk, index) => {
          const repeated = text.slice(chunk.char_start, chunks[index]?.char_end);
          expect(sizes.tokenizer.count(repeated)).toBeLessThanOrEqual(sizes.overlap_tokens);
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('the result is the same each time', () => {
    fc.assert(
      fc.property(anyText(), anySizes(), (text, sizes) => {
        expect(chunkText(text, sizes)).toEqual(chunkText(`${text} `.slice(0, -1), sizes));
      }),
    );
  });
});

test('an empty text has no chunks, and one that fits has one', () => {
  const sizes = { tokenizer: exact, max_tokens: 8000, overlap_tokens: 1000, min_tokens: 2000 };
  expect(chunkText('', sizes)).toEqual([]);
  const [only, ...others] = chunkText('Hello, world.\n', sizes);
  expect(others).toEqual([]);
  expect(only).toMatchObject({
    chunk_index: 0,
    char_start: 0,
    char_end: 14,
    content: 'Hello, world.\n',
    token_count: 4,
  });
});

test('a budget below four tokens is refused', () => {
  const sizes = { tokenizer: exact, max_tokens: 3, overlap_tokens: 0, min_tokens: 0 };
  expect(() => chunkText('text', sizes)).toThrowError(expect.objectContaining({ code: 'TOKEN_BUDGET' }));
});

describe.each(tokenizers)('boundaries with $name', (tokenizer) => {
  const sizes: ChunkSizes = { tokenizer, max_tokens: 800, overlap_tokens: 100, min_tokens: 200 };

  test('are paragraphs where there are some', () => {
    const text = prose(1, 200);
    for (const chunk of chunkText(text, sizes).slice(1)) {
      const before = chunkText(text, sizes)[chunk.chunk_index - 1]?.char_end ?? 0;
      expect(text.slice(before - 2, before)).toBe('\n\n');
    }
  });

  test('are sentences in a text without paragraphs, also when its lines are wrapped', () => {
    const plain = prose(2, 200).replaceAll('\n\n', ' ');
    const wrapped = plain.replace(/(.{60,72}) /g, '$1\n');
    for (const text of [plain, wrapped]) {
      for (const { char_end } of chunkText(text, sizes).slice(0, -1)) {
        expect(text.slice(char_end - 2, char_end)).toMatch(/^\.\s$/);
        expect(text.slice(char_end, char_end + 1)).toMatch(/\p{Lu}/u);
      }
    }
  });

  test('are words in a text without sentences', () => {
    const text = prose(3, 200)
      .toLowerCase()
      .replace(/[.\n]+/g, ' ');
    for (const { content } of chunkText(text, sizes).slice(0, -1)) expect(content).toMatch(/\w\s+$/);
  });

  test('are rows in a table of long lines', () => {
    const row = (index: number): string => `${index},${'some cell,another cell,'.repeat(4)}${index * 7}\n`;
    const text = Array.from({ length: 400 }, (_, index) => row(index)).join('');
    for (const { content } of chunkText(text, sizes)) expect(content.endsWith('\n')).toBe(true);
  });

  test('are after punctuation in minified JSON', () => {
    const text = JSON.stringify(Array.from({ length: 600 }, (_, index) => ({ id: index, name: `name${index}` })));
    for (const { content } of chunkText(text, sizes).slice(0, -1)) expect(content).toMatch(/[[\]{}:,"]$/);
  });

  test('the last two chunks are balanced', () => {
    for (let paragraphs = 20; paragraphs < 60; paragraphs += 1) {
      const chunks = chunkText(prose(paragraphs, paragraphs), sizes);
      if (chunks.length > 1) expect(chunks.at(-1)?.token_count).toBeGreaterThanOrEqual(sizes.min_tokens);
    }
  });

  test('the overlap is made of whole sentences and is used', () => {
    const text = prose(5, 300);
    const chunks = chunkText(text, sizes);
    const repeated = chunks.slice(1).map((chunk, index) => text.slice(chunk.char_start, chunks[index]?.char_end));
    for (const overlap of repeated) expect(overlap).toMatch(/^(\p{Lu}[^.]*\.\s+)+$/u);
    const tokens = repeated.map((overlap) => tokenizer.count(overlap));
    expect(tokens.reduce((sum, count) => sum + count, 0) / tokens.length).toBeGreaterThan(60);
  });
});

test('no chunk ends after an abbreviation or an initial', () => {
  const names = [
    'Dr. Smith',
    'J. R. R. Tolkien',
    'the U.S. Army',
    'Mr. and Mrs. Jones',
    'animals, e.g. Bears',
    'No. 5',
  ];
  const text = Array.from({ length: 3000 }, (_, index) => `We saw ${names[index % names.length]} there. `).join('');
  for (const max_tokens of [20, 50, 100]) {
    for (const { content } of chunkText(text, { tokenizer: exact, max_tokens, overlap_tokens: 0, min_tokens: 0 })) {
      expect(content).toMatch(/there\. $/);
    }
  }
});

describe('after an edit', () => {
  const sizes: ChunkSizes = { tokenizer: estimate, max_tokens: 400, overlap_tokens: 50, min_tokens: 100 };
  const edits: Record<string, (text: string, at: number, size: number) => string> = {
    'inserted paragraphs': (text, at, size) => text.slice(0, at) + prose(at, 1 + (size % 4)) + text.slice(at),
    'removed text': (text, at, size) => text.slice(0, at) + text.slice(at + size),
    'a changed word': (text, at) => `${text.slice(0, at)}changed${text.slice(at + 3)}`,
  };

  test.each(Object.keys(edits))('(%s) all but a few of 200 chunks stay the same', (name) => {
    const text = prose(9, 1500);
    const before = chunkText(text, sizes);
    expect(before.length).toBeGreaterThan(200);
    const hashes = new Set(before.map((chunk) => chunk.content_sha256));
    const changed: number[] = [];
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(5000), (at, size) => {
        const after = chunkText(edits[name]?.(text, at, size) ?? '', sizes);
        const others = after.filter((chunk) => !hashes.has(chunk.content_sha256)).length;
        changed.push(others);
        expect(others).toBeLessThanOrEqual(30);
      }),
      { numRuns: 200, seed: 1 },
    );
    expect(changed.reduce((sum, count) => sum + count, 0) / changed.length).toBeLessThan(6);
  });

  test('of a paragraph, at the default sizes, one or two chunks change', () => {
    const defaults = { tokenizer: estimate, max_tokens: 8000, overlap_tokens: 1000, min_tokens: 2000 };
    const text = prose(11, 14_000);
    const before = chunkText(text, defaults);
    expect(before.length).toBeGreaterThan(200);
    const hashes = new Set(before.map((chunk) => chunk.content_sha256));
    const changed = Array.from({ length: 40 }, (_, index) => {
      const at = text.indexOf('\n\n', (index * text.length) / 60) + 2;
      const edited =
        index % 2 === 0 ? `${text.slice(0, at)}${prose(index, 1)}${text.slice(at)}` : removeParagraph(text, at);
      return chunkText(edited, defaults).filter((chunk) => !hashes.has(chunk.content_sha256)).length;
    });
    expect(changed.reduce((sum, count) => sum + count, 0) / changed.length).toBeLessThan(3);
    expect(Math.max(...changed)).toBeLessThan(20);
  });

  test.each(tokenizers)('chunks resynchronise in running text without paragraphs ($name)', (tokenizer) => {
    const text = prose(10, 800).replaceAll('\n\n', ' ');
    const hashes = new Set(chunkText(text, { ...sizes, tokenizer }).map((chunk) => chunk.content_sha256));
    const after = chunkText(`A new sentence at the start. ${text}`, { ...sizes, tokenizer });
    expect(after.filter((chunk) => !hashes.has(chunk.content_sha256)).length).toBeLessThanOrEqual(10);
  });
});

test('hostile text takes linear time', () => {
  const sizes = { tokenizer: exact, max_tokens: 500, overlap_tokens: 60, min_tokens: 100 };
  const size = 60_000;
  const texts = [
    'a',
    ' ',
    '\n',
    '\n ',
    'ab1',
    '{"a":1}',
    'é',
    'e\u0301',
    '漢',
    '🇩🇪',
    '👩‍👩‍👧‍👦',
    '\u0301',
    '\ud83d',
    'A.',
    '. ',
    'A',
    '1',
    '.',
  ].map((unit) => unit.repeat(size / unit.length));
  for (const text of texts) {
    const chunks = chunkText(text, sizes);
    expectCover(text, chunks);
    for (const chunk of chunks) expect(chunk.token_count).toBeLessThanOrEqual(sizes.max_tokens);
  }
});

function expectCover(text: string, chunks: Chunk[]): void {
  expect(chunks.length === 0).toBe(text === '');
  expect(chunks[0]?.char_start ?? 0).toBe(0);
  expect(chunks.at(-1)?.char_end ?? 0).toBe(text.length);
  chunks.forEach((chunk, index) => {
    const before = chunks[index - 1];
    expect(chunk.chunk_index).toBe(index);
    expect(chunk.char_end).toBeGreaterThan(chunk.char_start);
    if (before === undefined) return;
    expect(chunk.char_start).toBeLessThanOrEqual(before.char_end);
    expect(chunk.char_start).toBeGreaterThan(before.char_start);
    expect(chunk.char_end).toBeGreaterThan(before.char_end);
  });
}

function removeParagraph(text: string, at: number): string {
  return text.slice(0, at) + text.slice(text.indexOf('\n\n', at) + 2);
}

/** Paragraphs of 2 to 6 sentences of 6 to 20 words, the same for the same seed. */
function prose(seed: number, paragraphs: number): string {
  let state = seed * 2_654_435_761;
  const random = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
  const word = (): string => words[random(words.length)] ?? '';
  const sentence = (): string => {
    const [first = '', ...rest] = Array.from({ length: 6 + random(15) }, word);
    return `${first.charAt(0).toUpperCase()}${first.slice(1)} ${rest.join(' ')}.`;
  };
  return Array.from(
    { length: paragraphs },
    () => `${Array.from({ length: 2 + random(5) }, sentence).join(' ')}\n\n`,
  ).join('');
}

const words = (
  'engine river letter garden number machine history winter captain theory island silver planet record village signal ' +
  'bridge window harbour journey market paper season temple forest valley castle summer people answer carried measured ' +
  'found built wrote called named after before under beyond within against between without during toward across along'
).split(' ');
