import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContractItem } from '../../src/contracts/items.ts';
import { findContract } from '../../src/contracts/registry.ts';
import { keysOf, mergeKey } from '../../src/knowledge/comparison-keys.ts';
import { loadThing, thingSchema } from '../contracts/contract-folder.ts';

function itemOf(kind: string): ContractItem {
  const found = findContract('knowledge_extraction').items.find((item) => item.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
}

test('texts, lists of texts and times have keys beside them', () => {
  const entity = { name: 'Ada  BROOK', type: 'Tram Driver', aliases: ['The Queen', 'A.B.'], confidence: 1, quote: 'q' };
  expect(keysOf(itemOf('entity'), entity)).toEqual({
    name_key: 'ada brook',
    type_key: 'tram_driver',
    aliases_keys: ['the queen', 'a.b.'],
    attributes: [],
  });
  const period = { name: 'The Drought', start: '1977-05', end: '32 BBY', confidence: 1, quote: 'q' };
  expect(keysOf(itemOf('period'), period)).toEqual({
    name_key: 'the drought',
    type_key: '',
    start_key: '1977-05',
    start_precision: 'month',
    start_earliest: '1977-05-01',
    start_latest: '1977-05-31',
    end_key: '32 bby',
    end_precision: 'text',
  });
});

test('an object lends its name to the keys of its texts', () => {
  const relationship = {
    from_entity: 'Luke',
    to_entity: 'R2-D2',
    relation_type: 'Owned',
    work_context: { from: 'A New Hope', to: 'The Last Jedi' },
    continuity: 'Canon',
  };
  expect(keysOf(itemOf('relationship'), relationship)).toEqual({
    from_entity_key: 'luke',
    to_entity_key: 'r2-d2',
    relation_type_key: 'owned',
    work_context_from_key: 'a new hope',
    work_context_to_key: 'the last jedi',
    continuity_key: 'canon',
  });
  const bare = { from_entity: 'Luke', to_entity: 'R2-D2', relation_type: 'Owned', work_context: { to: 'Dune' } };
  expect(keysOf(itemOf('relationship'), bare)).toMatchObject({
    work_context_from_key: '',
    work_context_to_key: 'dune',
    continuity_key: '',
  });
});

test('a list of objects has a parallel list of keys', () => {
  const event = {
    name: 'Opening',
    type: 'opening',
    participants: [
      { entity: 'Ada Brook', role: 'Chief Opener' },
      { entity: 'Oldport', role: 'place' },
    ],
  };
  expect(keysOf(itemOf('event'), event)).toMatchObject({
    location_key: '',
    participants: [
      { entity_key: 'ada brook', role_key: 'chief_opener' },
      { entity_key: 'oldport', role_key: 'place' },
    ],
  });
  expect(keysOf(itemOf('work'), { name: 'Dune', type: 'film', appearances: [] })).toMatchObject({ appearances: [] });
  expect(
    keysOf(itemOf('entity'), { name: 'A', type: 'b', attributes: [{ key: 'Eye Colour', value: 'red' }] }),
  ).toMatchObject({ attributes: [{ key_key: 'eye_colour' }] });
});

test('a fact has the key of its value, a tag those of its topics', () => {
  const fact = { subject: 'Oldport', attribute: 'Head Count', value: ' 9,000 ', unit: 'People', valid_from: '1870' };
  expect(keysOf(itemOf('fact'), fact)).toMatchObject({
    subject_key: 'oldport',
    attribute_key: 'head_count',
    value_key: '9,000',
    unit_key: 'people',
    valid_from_earliest: '1870-01-01',
  });
  expect(keysOf(itemOf('tag'), { name: 'Slate Transport', broader: 'transport' })).toEqual({
    name_key: 'slate_transport',
    entity_key: '',
    broader_key: 'transport',
  });
});

test('a list beside the item is another item and has no keys here', () => {
  const contract = loadThing(
    thingSchema(
      {
        label: { description: 'L.', type: 'string', maxLength: 9, 'x-key': 'name' },
        parts: {
          description: 'Parts.',
          type: 'array',
          maxItems: 9,
          items: {
            description: 'One.',
            'x-merge': ['label'],
            type: 'object',
            additionalProperties: false,
            required: ['confidence', 'quote'],
            properties: {
              label: { description: 'L.', type: 'string', maxLength: 9, 'x-key': 'name' },
              quote: { description: 'Q.', type: 'string', maxLength: 9 },
              confidence: { description: 'C.', type: 'number', minimum: 0, maximum: 1 },
            },
          },
        },
      },
      { 'x-items': [...thingSchema()['x-items'], { path: 'parts', kind: 'part' }] },
    ),
  );
  const [whole, part] = contract.items;
  if (!whole || !part) throw new Error('no items');
  expect(keysOf(whole, { label: 'A', confidence: 1 })).toEqual({ label_key: 'a' });
  expect(keysOf(part, { label: 'B', confidence: 1 })).toEqual({ label_key: 'b' });
});

const name = fc.constantFrom('Ada', 'ada', 'Brook', '');

test('keys of lists are as many as what they are keys of, whatever is in them', () => {
  const event = fc.record({
    name,
    type: name,
    participants: fc.array(fc.record({ entity: name, role: name })),
    work_context: fc.option(fc.record({ from: name, to: name }, { requiredKeys: [] }), { nil: undefined }),
  });
  fc.assert(
    fc.property(event, (payload) => {
      const keys = keysOf(itemOf('event'), payload);
      expect(keys.participants).toHaveLength(payload.participants.length);
      expect(typeof keys.work_context_from_key).toBe('string');
      for (const [key, value] of Object.entries(keys)) {
        if (key.endsWith('_key')) expect(typeof value).toBe('string');
      }
    }),
  );
});

test('what holds between other works, or in another continuity, is another item', () => {
  const item = itemOf('relationship');
  const base = { from_entity: 'Luke', to_entity: 'R2', relation_type: 'owned' };
  const keys = [
    base,
    { ...base, work_context: { from: 'Dune' } },
    { ...base, work_context: { to: 'Dune' } },
    { ...base, work_context: { from: 'Dune', to: 'Dune' } },
    { ...base, continuity: 'canon' },
  ].map((payload) => mergeKey(item, payload));
  expect(new Set(keys).size).toBe(keys.length);
  expect(mergeKey(item, { ...base, work_context: { from: ' DUNE' } })).toBe(keys[1]);
});
