import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/contracts/canonical-json.ts';
import { itemSha256 } from '../../src/knowledge/item-key.ts';

test('keys are sorted, white space is gone, numbers are as JSON prints them', () => {
  const given: unknown = JSON.parse(
    '{"b": [1.0, -0, 1e21, 0.1, "\\u00e9\\u2028"], "a": {"d": null, "c": true}, "B": 1e400}',
  );
  expect(canonicalJson(given)).toBe('{"B":null,"a":{"c":true,"d":null},"b":[1,0,1e+21,0.1,"é\u2028"]}');
  expect(canonicalJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  expect(canonicalJson(JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}'))).toBe(
    '{"__proto__":{"x":1},"constructor":2}',
  );
});

test('the hash is one that any other program can compute', () => {
  expect(itemSha256({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  expect(itemSha256({ b: 1, a: 'é' })).toBe(itemSha256({ a: 'é', b: 1 }));
  expect(itemSha256({ a: [1, 2] })).not.toBe(itemSha256({ a: [2, 1] }));
});

test('any JSON is the same in any order of keys, and nothing else', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(Object.fromEntries(Object.entries(value).reverse()))).toBe(text);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('what is no JSON, or nests too deep, is refused', () => {
  const round: { self?: unknown } = {};
  round.self = round;
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  for (const value of [round, deep, 1n, () => 1, Symbol('x'), undefined, { a: 1n }]) {
    expect(() => itemSha256(value)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  }
});
