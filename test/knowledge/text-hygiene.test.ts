import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanJson, cleanText } from '../../src/knowledge/text-hygiene.ts';

const anyText = fc.string({
  unit: fc.oneof(fc.constantFrom('\0', '\r', '\n', '\uFEFF', '\uD83D', '\uDE00'), fc.string()),
});

test('what a database refuses is replaced, line ends are one, byte order marks go', () => {
  expect(cleanText('\uFEFF\uFEFFa\0b\r\nc\rd\n\uD83Dé\uDE00 \uD83D\uDE00')).toBe(
    'a\uFFFDb\nc\nd\n\uFFFDé\uFFFD \uD83D\uDE00',
  );
  expect(cleanText('a\uFEFFb')).toBe('a\uFEFFb');
});

test('cleaning twice is cleaning once, and nothing refused is left', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const clean = cleanText(text);
      expect(cleanText(clean)).toBe(clean);
      expect(clean.isWellFormed()).toBe(true);
      expect(clean).not.toMatch(/[\0\r]|^\uFEFF/);
    }),
  );
});

test('JSON is cleaned in values and keys', () => {
  const given: unknown = JSON.parse(
    '{"a\\u0000": ["\\ud800", {"b\\r\\n": 1e400}], "__proto__": {"x": "\\u0000"}, "n": null}',
  );
  expect(JSON.stringify(cleanJson(given))).toBe(
    '{"a\uFFFD":["\uFFFD",{"b\\n":null}],"__proto__":{"x":"\uFFFD"},"n":null}',
  );
});

test('of keys that become equal the last one stays', () => {
  expect(cleanJson({ 'a\0': 1, 'a\uFFFD': 2 })).toEqual({ 'a\uFFFD': 2 });
});

test('JSON that nests too deep is refused and does not exhaust the stack', () => {
  const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  expect(cleanJson(nested(200))).toEqual(nested(200));
  for (const depth of [201, 100_000]) {
    expect(() => cleanJson(nested(depth))).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  }
});

test('any JSON comes back without what a database refuses', () => {
  fc.assert(
    fc.property(fc.jsonValue(), anyText, (value, text) => {
      // A backslash that a text has is printed as two.
      const printed = JSON.stringify(cleanJson({ [text]: value, list: [text] })).replaceAll('\\\\', '');
      expect(printed).not.toMatch(/\\u0000|\\ud[89a-f]/);
    }),
    { examples: [['\\ud83d', '\\u0000']] },
  );
});
