import { describe, expect, test } from 'vitest';
import { detectPatterns } from '../../src/ontology/profile/patterns.ts';

const namesOf = (...samples: string[]) => detectPatterns('text', samples).map(({ pattern }) => pattern);

describe('a text matches', () => {
  test.each([
    ['550e8400-e29b-41d4-a716-446655440000', ['uuid', 'generic_external_id']],
    ['550E8400-E29B-41D4-A716-446655440000', ['uuid', 'generic_external_id']],
    ['550e8400e29b41d4a716446655440000', ['generic_external_id']],
    ['cus_abc123', ['stripe_id']],
    ['pi_3MtwBwLkdIwHu7ix28a3tqPa', ['stripe_id', 'generic_external_id']],
    ['in_progress', []],
    ['0100018c-dead-beef@email.amazonses.com', ['aws_ses', 'email']],
    [`SM${'0af'.repeat(11).slice(0, 32)}`, ['twilio_sid', 'generic_external_id']],
    ['SMALL', []],
    ['V1StGXR8_Z5jdHi6B-myT', ['generic_external_id']],
    ['internationalisation-of-names', []],
    ['EUR', ['iso4217']],
    ['usd', ['iso4217']],
    ['Usd', []],
    ['ABC', []],
    ['GBR', []],
    ['a@b.co', ['email']],
    ['a b@c.co', []],
    ['https://example.org/a', ['url']],
    ['ftp://example.org', []],
    ['{"a": 1}', ['json']],
    ['[1, 2]', ['json']],
    ['{not json}', []],
    ['"text"', []],
    [`{"a": "${'x'.repeat(193)}`, ['json']],
    ['<a href="x">y</a>', ['xml']],
    ['<?xml version="1.0"?><a/>', ['xml']],
    ['<3 you', []],
    ['a < b > c', []],
    [`<note>${'x'.repeat(194)}`, ['xml']],
    ['1705329825', []],
    ['', []],
  ])('%j: %j', (text, patterns) => {
    expect(namesOf(text)).toEqual(patterns);
  });
});

test.each([
  ['1705329825', ['unix_seconds']],
  ['4102444799', ['unix_seconds']],
  ['4102444800', []],
  ['999999999', []],
  ['1705329825123', ['unix_millis']],
  ['1705329825123456', ['unix_micros']],
  ['1705329825123456789', ['unix_nanos']],
  ['4102444800000000000', []],
  ['-1705329825', []],
  ['17053298251', []],
  ['1705329825.5', []],
])('a number matches %s: %j', (text, patterns) => {
  for (const family of ['integer', 'decimal'] as const) {
    expect(detectPatterns(family, [text]).map(({ pattern }) => pattern)).toEqual(patterns);
  }
});

test('rates are shares of the samples, the best comes first, examples are three at most', () => {
  expect(detectPatterns('text', ['USD', 'EUR', 'GBP', 'CHF', 'a@b.co'])).toEqual([
    { pattern: 'iso4217', match_rate: 0.8, matched: 4, examples: ['USD', 'EUR', 'GBP'] },
    { pattern: 'email', match_rate: 0.2, matched: 1, examples: ['a@b.co'] },
  ]);
  expect(detectPatterns('text', [])).toEqual([]);
  expect(detectPatterns('timestamp', ['2026-11-21'])).toEqual([]);
});
