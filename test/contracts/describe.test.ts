import { expect, test } from 'vitest';
import { describeContract } from '../../src/contracts/describe.ts';
import { findContract } from '../../src/contracts/registry.ts';

test('a contract is described field by field', () => {
  const fields = describeContract(findContract('entity_extraction', '1.0.0'));
  expect(fields.map(({ path }) => path)).toEqual([
    'entities',
    'entities[].name',
    'entities[].type',
    'entities[].aliases',
    'entities[].description',
    'entities[].attributes',
    'entities[].attributes[].key',
    'entities[].attributes[].value',
    'entities[].attributes[].unit',
    'entities[].quote',
    'entities[].confidence',
    'relationships',
    'relationships[].from_entity',
    'relationships[].to_entity',
    'relationships[].relation_type',
    'relationships[].start',
    'relationships[].end',
    'relationships[].quote',
    'relationships[].confidence',
  ]);
  expect(fields.find(({ path }) => path === 'entities[].confidence')).toMatchObject({
    type: 'number',
    required: true,
    limits: '0-1',
  });
  expect(fields.find(({ path }) => path === 'entities[].aliases')).toMatchObject({
    type: 'array of string',
    required: false,
    limits: '<= 100 items, each 1-1000 characters',
  });
  expect(fields.every(({ description }) => description.length > 0)).toBe(true);
});
