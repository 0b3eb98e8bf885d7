import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bundleContent,
  type PairedEntity,
  pairContent,
  readBundle,
  readPair,
} from '../../src/llm/evidence-messages.ts';

test('a bundle shows the entity and its numbered passages', () => {
  const content = bundleContent({ name: 'Ada Brook', type: 'person' }, [
    { label: '1', title: 'Oldport', text: 'Ada Brook came.\n\nShe stayed.' },
    { label: '2', title: 'The "Quay"', text: 'Brook left.' },
  ]);
  expect(content).toBe(
    'Entity: Ada Brook (person)\n\n[1] from the page "Oldport"\nAda Brook came.\n\nShe stayed.\n\n[2] from the page "The "Quay""\nBrook left.',
  );
  expect(readBundle('Some other text.')).toBeUndefined();
});

test('a pair shows of both what there is, and no empty lines', () => {
  const bare: PairedEntity = {
    name: 'Oldport',
    type: 'town',
    aliases: [],
    attributes: [],
    description: '',
    relations: [],
    passages: [],
  };
  const full = {
    ...bare,
    aliases: ['Old Port', 'Aldport'],
    attributes: ['population = 900 people'],
    description: 'A town.',
  };
  expect(pairContent([full, bare])).toBe(
    'Entity 1: Oldport (town)\nOther names: Old Port; Aldport\nAttributes: population = 900 people\nDescription: A town.\n\nEntity 2: Oldport (town)',
  );
  expect(readPair('Entity 1: x (y)')).toBeUndefined();
});

const word = fc.string({
  minLength: 1,
  maxLength: 8,
  unit: fc.constantFrom('a', 'B', ' ', '(', ')', '1', '"', '[', 'é'),
});
const line = word.map((text) => text.replaceAll(/\s+/g, ' ').trim()).filter((text) => text !== '');
const type = fc.constantFrom('person', 'tram line', 'x');
const text = fc
  .array(fc.constantFrom('Ada came.', 'He left.', '\n', '\n\n', ' [1] ', 'x'), { minLength: 1 })
  .map((parts) => parts.join(''));
const passages = fc
  .array(fc.record({ title: line, text }))
  .map((all) => all.map((each, at) => ({ label: String(at + 1), ...each })));

test('what was put before a model can be read back', () => {
  fc.assert(
    fc.property(fc.record({ name: line, type }), passages, (entity, given) => {
      expect(readBundle(bundleContent(entity, given))).toEqual({ entity, passages: given });
    }),
  );
  const paired = fc.record({
    name: line,
    type,
    aliases: fc.array(line),
    attributes: fc.array(line),
    description: fc.oneof(fc.constant(''), line),
    relations: fc.array(line),
    passages,
  });
  fc.assert(
    fc.property(paired, paired, (first, second) => {
      expect(readPair(pairContent([first, second]))).toEqual([first, second]);
    }),
  );
});
