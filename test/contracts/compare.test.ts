import { describe, expect, test } from 'vitest';
import { classifyChange } from '../../src/contracts/compare.ts';
import type { ContractSchema, SchemaNode } from '../../src/contracts/dialect.ts';
import { findContract } from '../../src/contracts/registry.ts';
import { confidence, quote, thingSchema } from './contract-folder.ts';

const text: SchemaNode = { description: 'T.', type: 'string', maxLength: 10 };
const count: SchemaNode = { description: 'C.', type: 'integer', minimum: 0, maximum: 9 };
const list: SchemaNode = { description: 'L.', type: 'array', maxItems: 3, items: text };
const choice: SchemaNode = { description: 'C.', type: 'string', enum: ['a', 'b'] };

describe('a change of one property', () => {
  test.each<[string, SchemaNode, SchemaNode, string]>([
    ['equal', text, { ...text }, 'NONE'],
    ['other words', text, { ...text, description: 'U.' }, 'PATCH'],
    ['a title', text, { ...text, title: 'T' }, 'PATCH'],
    ['examples', text, { ...text, examples: ['x'] }, 'PATCH'],
    ['longer texts', text, { ...text, maxLength: 11 }, 'MINOR'],
    ['shorter texts', text, { ...text, maxLength: 9 }, 'MAJOR'],
    ['no empty text', text, { ...text, minLength: 1 }, 'MAJOR'],
    ['minLength 0 is none', text, { ...text, minLength: 0 }, 'NONE'],
    ['a pattern', text, { ...text, pattern: '^a' }, 'MAJOR'],
    ['no pattern', { ...text, pattern: '^a' }, text, 'MINOR'],
    ['a format', text, { ...text, format: 'date' }, 'MAJOR'],
    ['null too', text, { ...text, type: ['string', 'null'] }, 'MINOR'],
    ['null no more', { ...text, type: ['string', 'null'] }, text, 'MAJOR'],
    ['another type', text, { description: 'T.', type: 'boolean' }, 'MAJOR'],
    ['number instead of integer', count, { ...count, type: 'number' }, 'MINOR'],
    ['integer instead of number', { ...count, type: 'number' }, count, 'MAJOR'],
    ['a wider range', count, { ...count, minimum: -1 }, 'MINOR'],
    ['a narrower range', count, { ...count, maximum: 8 }, 'MAJOR'],
    ['the bound excluded', count, { ...count, exclusiveMaximum: 9 }, 'MAJOR'],
    ['the bound included', { ...count, exclusiveMaximum: 9 }, count, 'MINOR'],
    ['more items', list, { ...list, maxItems: 4 }, 'MINOR'],
    ['fewer items', list, { ...list, maxItems: 2 }, 'MAJOR'],
    ['narrower items', list, { ...list, items: { ...text, maxLength: 1 } }, 'MAJOR'],
    ['a further choice', choice, { ...choice, enum: ['a', 'b', 'c'] }, 'MINOR'],
    ['a choice less', choice, { ...choice, enum: ['a'] }, 'MAJOR'],
    ['choices reordered', choice, { ...choice, enum: ['b', 'a'] }, 'PATCH'],
    ['choices opened', choice, text, 'MINOR'],
    ['choices opened to what they do not fit', choice, { ...text, minLength: 2 }, 'MAJOR'],
    ['a text closed to choices', text, choice, 'MAJOR'],
    ['one choice as const', { ...choice, enum: ['a'] }, { description: 'C.', type: 'string', const: 'a' }, 'NONE'],
    ['a key', text, { ...text, 'x-key': 'name' }, 'MAJOR'],
    ['a time', text, { ...text, 'x-time': true }, 'MAJOR'],
  ])('%s: %s -> %s is %s', (_, before, after, level) => {
    const change = classifyChange(thingSchema({ label: before }), thingSchema({ label: after }));
    expect(change.level).toBe(level);
    expect(change.reasons.every(({ path }) => path.startsWith('$.label'))).toBe(true);
  });
});

describe('a change of the whole', () => {
  const before = thingSchema({ label: text });
  const family: SchemaNode = {
    description: 'Parts.',
    type: 'array',
    maxItems: 9,
    items: {
      'x-merge': ['quote'],
      type: 'object',
      additionalProperties: false,
      required: ['confidence', 'quote'],
      properties: { confidence, quote },
    },
  };
  const items = [...before['x-items'], { path: 'parts', kind: 'part' }];
  const required = ['confidence', 'quote'];

  test.each<[string, ContractSchema, string, RegExp]>([
    ['a new optional property', thingSchema({ label: text, size: count }), 'MINOR', /size is new/],
    [
      'a new required property',
      thingSchema({ label: text, size: count }, { required: [...required, 'size'] }),
      'MAJOR',
      /new and required/,
    ],
    ['a property less', thingSchema(), 'MAJOR', /label is gone/],
    ['a property renamed', thingSchema({ name: text }), 'MAJOR', /label is gone or renamed/],
    [
      'an optional property now required',
      thingSchema({ label: text }, { required: [...required, 'label'] }),
      'MAJOR',
      /required now/,
    ],
    [
      'a required property now optional',
      thingSchema({ label: text }, { required: ['quote'] }),
      'MINOR',
      /optional now/,
    ],
    [
      'properties in another order',
      { ...before, properties: { label: text, quote, confidence } },
      'PATCH',
      /another order/,
    ],
    [
      'another kind of item',
      thingSchema({ label: text }, { 'x-items': [{ path: '', kind: 'other' }] }),
      'MAJOR',
      /x-items/,
    ],
    ['another merge key', thingSchema({ label: text }, { 'x-merge': ['label'] }), 'MAJOR', /x-merge/],
    ['another evidence', thingSchema({ label: text }, { 'x-evidence': null }), 'MAJOR', /x-evidence/],
    [
      'the default evidence spelled out',
      thingSchema({ label: text }, { 'x-evidence': 'quote', 'x-name': [] }),
      'NONE',
      /^$/,
    ],
    ['names to ground by', thingSchema({ label: text }, { 'x-name': ['label'] }), 'MAJOR', /x-name/],
    ['an input now', thingSchema({ label: text }, { 'x-kind': 'input' }), 'MAJOR', /x-kind/],
    [
      'a family of its own',
      thingSchema({ label: text, parts: family }, { 'x-items': items }),
      'MINOR',
      /"parts" is new/,
    ],
    [
      'items where there was something else',
      thingSchema({ label: text }, { 'x-items': [...before['x-items'], { path: 'label', kind: 'part' }] }),
      'MAJOR',
      /"label" is new/,
    ],
    [
      'a change of meaning',
      thingSchema({ label: text }, { 'x-breaking': 'confidence means something else' }),
      'MAJOR',
      /something else/,
    ],
  ])('%s', (_, after, level, reason) => {
    const change = classifyChange(before, after);
    expect(change.level).toBe(level);
    expect(change.reasons.map((each) => `${each.path} ${each.reason}`).join('\n')).toMatch(reason);
  });
});

test.each<[string, string[], string]>([
  ['by a property that is new', ['quote', 'colour'], 'MINOR'],
  ['by one that was there', ['quote', 'label'], 'MAJOR'],
  ['by both', ['quote', 'label', 'colour'], 'MAJOR'],
  ['by nothing', [], 'MAJOR'],
  ['in another order', ['colour', 'quote'], 'MAJOR'],
])('items told apart %s are a change of its level', (_, merge, level) => {
  const before = thingSchema({ label: text }, { 'x-merge': ['quote'] });
  const after = thingSchema({ label: text, colour: text }, { 'x-merge': merge });
  expect(classifyChange(before, after).level).toBe(level);
});

test('a definition and what it stands for are the same', () => {
  const inlined = thingSchema({ label: text });
  const referring = thingSchema({ label: { $ref: '#/$defs/text' } }, { $defs: { text } });
  expect(classifyChange(inlined, referring).level).toBe('NONE');
});

test('the place of a change deep inside is named', () => {
  const before = findContract('entity_extraction').schema;
  const after = structuredClone(before);
  const unit = after.properties?.entities?.items?.properties?.attributes?.items?.properties?.unit;
  if (unit) unit.maxLength = 1;
  expect(classifyChange(before, after).reasons).toEqual([
    { path: '$.entities[].attributes[].unit', level: 'MAJOR', reason: 'maxLength is narrower' },
  ]);
});
