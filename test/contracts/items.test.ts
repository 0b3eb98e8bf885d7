import { expect, test } from 'vitest';
import { itemsOf, textsAt } from '../../src/contracts/items.ts';
import { findContract } from '../../src/contracts/registry.ts';
import { confidence, loadThing, quote, thingSchema } from './contract-folder.ts';

test('the items of an answer come in the order of x-items, with their index', () => {
  const answer = { relationships: [{ relation_type: 'owns' }], entities: [{ name: 'A' }, { name: 'B' }] };
  const found = itemsOf(findContract('entity_extraction').items, answer);
  expect(found.map(({ item, index, payload }) => [item.kind, index, payload])).toEqual([
    ['entity', 0, { name: 'A' }],
    ['entity', 1, { name: 'B' }],
    ['relationship', 0, { relation_type: 'owns' }],
  ]);
});

test('an answer that is one item is itself without the arrays that hold other items', () => {
  const contract = loadThing(
    thingSchema(
      {
        parts: {
          description: 'Parts.',
          type: 'array',
          maxItems: 9,
          items: {
            'x-merge': ['quote'],
            type: 'object',
            additionalProperties: false,
            required: ['confidence', 'quote'],
            properties: { confidence, quote: { ...quote, 'x-key': 'name' } },
          },
        },
      },
      {
        'x-items': [
          { path: '', kind: 'thing' },
          { path: 'parts', kind: 'part' },
        ],
      },
    ),
  );
  expect(contract.items.map(({ kind, keys }) => [kind, keys])).toEqual([
    ['thing', []],
    ['part', [{ path: 'quote', as: 'name' }]],
  ]);
  const found = itemsOf(contract.items, { confidence: 1, quote: 'q', parts: [{ confidence: 0.5, quote: 'p' }] });
  expect(found.map(({ payload }) => payload)).toEqual([
    { confidence: 1, quote: 'q' },
    { confidence: 0.5, quote: 'p' },
  ]);
});

test('what is no answer has no items', () => {
  const { items } = findContract('entity_extraction');
  for (const value of [null, 3, [], { entities: 'x' }, JSON.parse('{"__proto__": {"entities": [{}]}}')]) {
    expect(itemsOf(items, value)).toEqual([]);
  }
});

test('texts are read through arrays and only from own properties', () => {
  const item = { name: 'A', aliases: ['B', 'C', 4], attributes: [{ key: 'x' }, { key: 'y' }, {}] };
  expect(textsAt(item, 'name')).toEqual(['A']);
  expect(textsAt(item, 'aliases')).toEqual(['B', 'C']);
  expect(textsAt(item, 'attributes.key')).toEqual(['x', 'y']);
  expect(textsAt(item, 'constructor.name')).toEqual([]);
  expect(textsAt(item, 'attributes')).toEqual([]);
});
