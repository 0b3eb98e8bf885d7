import { expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';
import { addedItems } from '../../src/knowledge/added-items.ts';

const contract = findContract('entity_extraction');
const entity = (name: string, more: object = {}) => ({ name, type: 'person', quote: name, confidence: 0.9, ...more });

test('only what is new is added, told apart by names and types and not by wording', () => {
  const found = { entities: [entity('Ada Brook')], relationships: [] };
  const answer = {
    entities: [
      entity('ADA  BROOK', { quote: 'other words' }),
      entity('Tom'),
      entity('Tom'),
      entity('Tom', { type: 'dog' }),
    ],
    relationships: [],
  };
  const result = addedItems(contract, found, answer);
  expect(result.count).toBe(2);
  expect(result.added.entities).toMatchObject([{ name: 'Tom' }, { type: 'dog' }]);
  expect(result.found.entities).toHaveLength(3);
  expect(validateAnswer(contract, result.added).issues).toEqual([]);
  expect(addedItems(contract, result.found, answer).count).toBe(0);
});

test('equal names of different families are different items', () => {
  const knowledge = findContract('knowledge_extraction');
  const lists = Object.fromEntries(knowledge.items.map(({ path }) => [path, [] as object[]]));
  const periods = [{ name: 'Drought', quote: 'Drought', confidence: 1 }];
  const { count, added } = addedItems(knowledge, { ...lists, concepts: periods }, { ...lists, periods });
  expect(count).toBe(1);
  expect(added).toMatchObject({ periods: [{ name: 'Drought' }], concepts: [] });
});
