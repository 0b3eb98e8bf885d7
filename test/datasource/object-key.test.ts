import fc from 'fast-check';
import { expect, test } from 'vitest';
import { objectKey, partsOf } from '../../src/datasource/object-key.ts';

test('plain words stay as they are, others are quoted', () => {
  expect(objectKey(['public', 'orders'])).toBe('public.orders');
  expect(objectKey(['dbo', 'Order Lines', 'id'])).toBe('dbo."Order Lines".id');
  expect(objectKey(['a"b', '', '1x', 'é', 'x.y', 'c$'])).toBe('"a""b".""."1x"."é"."x.y".c$');
});

test('every list of names is found again in its key, and no two lists have the same', () => {
  const names = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(names, names, (first, second) => {
      expect(partsOf(objectKey(first))).toEqual(first);
      if (first.length !== second.length || first.some((name, at) => name !== second[at])) {
        expect(objectKey(first)).not.toBe(objectKey(second));
      }
    }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('"', '.', 'a', '$', '1', ' ') }), { minLength: 1 }),
      (list) => {
        expect(partsOf(objectKey(list))).toEqual(list);
      },
    ),
  );
});

test.each(['', 'a b', 'a..b', '"a', 'a.', '"plain"', '1', 'a"b"'])('%j is no key', (text) => {
  expect(() => partsOf(text)).toThrow(/is no key/);
});
