import fc from 'fast-check';
import type { ChunkSizes } from '../../src/llm/chunk.ts';
import { tokenizerFor } from '../../src/llm/tokenizer.ts';

export const tokenizers = ['gpt-4o', 'gpt-4', 'some-other-model'].map(tokenizerFor);

const fragments = [
  'Dr. Ada Lovelace met Mr. Babbage in the U.S. on 5 June 1833. ',
  'They talked, e.g. about the engine! "Was it built?" It was not.\n',
  'A line that goes on and on until the seventy second column is reached, and\nthen goes on in the next one. ',
  '\n\n',
  '\r\n\r\n',
  '\n',
  '\r\n',
  ' ',
  '   \t  ',
  '# Heading\n',
  '- an item\n- another one\n',
  '{"a":1,"b":[2,3,"four"]}',
  "don't WE'LL they\u2019ve I'm 's 'Re",
  'x'.repeat(70),
  'aB'.repeat(150),
  '1234567890',
  '//// !!!\n\n/ ...\r\n',
  'e\u0301\u0302\u0303',
  `z${'\u0335'.repeat(40)}`,
  '👩‍👩‍👧‍👦',
  '🏳️‍🌈🇩🇪🇫🇷🇯🇵',
  '👍🏽',
  '\ud83d',
  '\ude00',
  '日本語の文です。次の文もあります。',
  '漢字仮名交じり文'.repeat(12),
  'שלום עולם. ',
  'مرحبا بالعالم؟ نعم. ',
  'क्षत्रिय नमस्ते। ',
  'กำลังทำงานอยู่ที่นี่',
  '각각한국어 문장입니다. ',
  '\u200d\u200b\ufeff\u00ad',
  '\u2028\u2029\u0085\v\f\u3000\u00a0',
  'Ǆemo ʰʷ あいAbcÀÉ ÑANDÚ ñandú',
  '\0\u0001',
  '<|endoftext|>',
];

/** Text of every kind that a page may hold: scripts, emoji, surrogates alone, white space, words without an end. */
export function anyText(maxLength = 40): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...fragments) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
    { weight: 1, arbitrary: fc.string({ maxLength: 30 }) },
  );
  return fc.oneof(
    { weight: 8, arbitrary: fc.array(piece, { maxLength }).map((pieces) => pieces.join('')) },
    { weight: 1, arbitrary: fc.tuple(piece, fc.nat({ max: 60 })).map(([text, times]) => text.repeat(times)) },
    { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 300 }) },
  );
}

export function anySizes(): fc.Arbitrary<ChunkSizes> {
  return fc.record({
    tokenizer: fc.constantFrom(...tokenizers),
    max_tokens: fc.oneof(fc.integer({ min: 4, max: 12 }), fc.integer({ min: 4, max: 400 })),
    overlap_tokens: fc.integer({ min: 0, max: 200 }),
    min_tokens: fc.integer({ min: 0, max: 200 }),
  });
}
