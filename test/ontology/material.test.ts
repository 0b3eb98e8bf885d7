import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { inputSha256, materialText, rounded, wholePercent } from '../../src/ontology/material.ts';
import { columnOf, columnSubject, objectKey, partsOf, relationshipKey } from '../../src/ontology/object-key.ts';

describe('what an item depends on', () => {
  const contract = findContract('enum_analysis');

  test('is the same whatever the order of its keys, and another with any other value', () => {
    const hash = inputSha256({ a: 1, b: [1, 2] }, contract);
    expect(inputSha256({ b: [1, 2], a: 1 }, contract)).toBe(hash);
    expect(inputSha256({ a: 1, b: [2, 1] }, contract)).not.toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('counts a new prompt and a new MINOR in, and a PATCH of words not', () => {
    const hash = inputSha256({ a: 1 }, contract);
    const [major, minor] = contract.version.split('.');
    expect(inputSha256({ a: 1 }, { ...contract, version: `${major}.${minor}.9` })).toBe(hash);
    expect(inputSha256({ a: 1 }, { ...contract, version: `${major}.${Number(minor) + 1}.0` })).not.toBe(hash);
    expect(inputSha256({ a: 1 }, { ...contract, prompt_sha256: 'other' })).not.toBe(hash);
    expect(inputSha256({ a: 1 }, { ...contract, name: 'other' })).not.toBe(hash);
  });
});

describe('a number as far as it counts', () => {
  test.each([
    [0, 0],
    [null, null],
    [undefined, null],
    [Number.NaN, null],
    [7, 7],
    [1234, 1200],
    [0.012_345, 0.012],
    [-987, -990],
  ])('%s is %s', (value, expected) => {
    expect(rounded(value)).toBe(expected);
  });

  test('is within five percent, and nothing but zero is zero', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-300, max: 1e300 }), (value) => {
        const about = rounded(value) ?? 0;
        expect(about).toBeGreaterThan(0);
        expect(Math.abs(about - value)).toBeLessThanOrEqual(0.051 * value);
      }),
    );
  });

  test.each([
    [0, 100_000, 0],
    [1, 100_000, 1],
    [99_999, 100_000, 99],
    [100_000, 100_000, 100],
    [1, 3, 33],
    [1, 0, null],
    [null, 5, null],
    [5, null, null],
  ])('%s of %s are %s percent: none and all are exact', (part, whole, expected) => {
    expect(wholePercent(part, whole)).toBe(expected);
  });
});

test('the model sees the content in the order it was written in', () => {
  expect(materialText({ title: 't', content: { b: 1, a: [2] }, stable: {} })).toBe(
    '{\n  "b": 1,\n  "a": [\n    2\n  ]\n}',
  );
});

describe('keys', () => {
  test('of columns lead back to table and column, whatever the names', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (s, t, c) => {
        const table_key = objectKey([s, t]);
        const key = columnSubject(table_key, objectKey([c]));
        expect(partsOf(key)).toEqual([s, t, c]);
        expect(columnOf(key)).toEqual({ table_key, column_key: objectKey([c]) });
      }),
    );
  });

  test('of relationships name both sides with their columns in order', () => {
    const from = { table_key: 'shop.items', columns: ['order_id', '"line no"'] };
    const to = { table_key: 'shop.lines', columns: ['id', 'no'] };
    expect(relationshipKey(from, to)).toBe('shop.items(order_id,"line no")->shop.lines(id,no)');
  });
});
