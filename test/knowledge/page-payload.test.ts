import { expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { pagePayload } from '../../src/knowledge/page-payload.ts';
import { loadThing, thingSchema } from '../contracts/contract-folder.ts';

const content = 'Ada Brook opened the Harrow Lane Tramway in May 1868. It ran to Oldport.';
const page = { source_page_id: 1, version: 1, content_sha256: 'x' };
const chunk = { chunk_index: 0, char_start: 100, char_end: 100 + content.length, content, content_sha256: 'y' };

test('an answer of every family becomes items in the order of the contract, each at its place in the page', () => {
  const quote = 'Ada Brook opened the Harrow Lane Tramway in May 1868.';
  const graded = { quote, confidence: 0.9 };
  const answer = {
    entities: [{ name: 'Ada Brook', type: 'person', ...graded }],
    events: [{ name: 'opening', type: 'opening', start: '1868-05', participants: [], ...graded }],
    works: [],
    locations: [{ name: 'Oldport', type: 'town', quote: 'It ran to Oldport.', confidence: 0.8 }],
    periods: [],
    concepts: [],
    tags: [{ name: 'Transport', quote: 'It never ran.', confidence: 0.5 }],
    facts: [],
    relationships: [],
  };
  const payload = pagePayload(findContract('knowledge_extraction'), page, 'm', [{ ...chunk, answer }]);
  expect(payload.items.map(({ item_kind, char_start, grounding }) => [item_kind, char_start, grounding])).toEqual([
    ['entity', 100, 'exact'],
    ['event', 100, 'exact'],
    ['location', 100 + content.indexOf('It ran'), 'exact'],
    ['tag', null, 'none'],
  ]);
  expect(payload.items[1]?.keys).toMatchObject({ start_earliest: '1868-05-01', participants: [] });
});

test('a family that no procedure knows is made of items like any other', () => {
  const vehicles = {
    description: 'Vehicles.',
    type: 'array' as const,
    maxItems: 9,
    items: {
      description: 'One.',
      'x-merge': ['name'],
      type: 'object' as const,
      additionalProperties: false as const,
      required: ['name', 'confidence', 'quote'],
      properties: {
        name: { description: 'N.', type: 'string' as const, maxLength: 99, 'x-key': 'name' as const },
        quote: { description: 'Q.', type: 'string' as const, maxLength: 99 },
        confidence: { description: 'C.', type: 'number' as const, minimum: 0, maximum: 1 },
      },
    },
  };
  const contract = loadThing({
    ...thingSchema(),
    'x-merge': undefined,
    'x-items': [{ path: 'vehicles', kind: 'vehicle' }],
    required: ['vehicles'],
    properties: { vehicles },
  });
  const answer = { vehicles: [{ name: 'Harrow Lane Tramway', quote: 'It ran to Oldport.', confidence: 1 }] };
  const [item] = pagePayload(contract, page, 'm', [{ ...chunk, answer }]).items;
  expect(item).toMatchObject({ item_kind: 'vehicle', keys: { name_key: 'harrow lane tramway' }, grounding: 'exact' });
});
