import { expect, test } from 'vitest';
import { parseField, parseSettings } from '../../../src/knowledge/review/fields.ts';
import { itemName, parseItemId } from '../../../src/knowledge/review/item-id.ts';

test('a text is taken as it stands, unless it is a JSON text', () => {
  expect(parseField('fact', 'value', '1815')).toBe('1815');
  expect(parseField('fact', 'value', '"1815"')).toBe('1815');
  expect(parseField('fact', 'value', 'null')).toBe('null');
  expect(parseField('fact', 'value', '{"a": 1}')).toBe('{"a": 1}');
  expect(parseField('entity', 'entity_name', ' Ada = Lovelace ')).toBe('Ada = Lovelace');
  expect(parseField('entity', 'entity_name', '"A\\u0000da"')).toBe('A\ufffdda');
});

test('a list is JSON, or its parts between commas', () => {
  expect(parseField('page_classification', 'type_set', 'letter, poem')).toEqual(['letter', 'poem']);
  expect(parseField('page_classification', 'type_set', '["a, b"]')).toEqual(['a, b']);
  expect(parseField('page_classification', 'tags', '[]')).toEqual([]);
  expect(parseField('entity', 'attributes', '[{"key":"height","value":"1.7","unit":"m"}]')).toEqual([
    { key: 'height', value: '1.7', unit: 'm' },
  ]);
});

test.each([
  ['fact', 'value', ''],
  ['fact', 'value', '""'],
  ['page_classification', 'type_set', '[]'],
  ['page_classification', 'type_set', 'a,,b'],
  ['page_classification', 'tags', '[1]'],
  ['entity', 'attributes', '[{"key":"height"}]'],
  ['entity', 'attributes', '[{"key":"a","value":"b","x":1}]'],
  ['pair', 'decision', 'destroy'],
  ['pair', 'master', '0'],
] as const)('%s: %s cannot be %j', (kind, field, given) => {
  expect(() => parseField(kind, field, given)).toThrow(`${field} cannot be ${JSON.stringify(given)}.`);
});

test('settings are field=value, of fields that the kind has', () => {
  expect(parseSettings('fact', ['value=x'])).toEqual({ value: 'x' });
  expect(parseSettings('fact', ['attribute=Born=In', 'value=x'])).toEqual({
    attribute: 'Born=In',
    attribute_key: 'born=in',
    value: 'x',
  });
  expect(parseSettings('relation', ['relation_type=né à', 'start=1977', 'end=null'])).toEqual({
    relation_type: 'né à',
    relation_type_key: 'né_à',
    start: '1977',
    end: null,
  });
  expect(() => parseSettings('fact', ['value'])).toThrow('"value" sets nothing.');
  expect(() => parseSettings('fact', ['=x'])).toThrow('"=x" sets nothing.');
  expect(() => parseSettings('fact', ['unit=m'])).toThrow('"unit" is no field of fact that can be overridden.');
  expect(() => parseSettings('assertion', ['quote=m'])).toThrow('"quote" is no field of assertion');
  expect(() => parseSettings('entity', ['__proto__=m'])).toThrow('is no field of entity');
});

test('items are named kind:id; a dimension stands for its entity', () => {
  expect(parseItemId('relation:7')).toEqual({ kind: 'relation', id: 7 });
  expect(parseItemId('event:12')).toEqual({ kind: 'entity', id: 12, dimension: 'event' });
  expect(itemName({ kind: 'pair', id: 9 })).toBe('pair:9');
  for (const bad of [
    '',
    '7',
    'ghost:1',
    'entity:0',
    'entity:-1',
    'entity:1x',
    'entity:9999999999999999',
    'toString:1',
  ]) {
    expect(() => parseItemId(bad)).toThrow('names no item');
  }
});
