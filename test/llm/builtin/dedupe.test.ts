import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { findContract } from '../../../src/contracts/registry.ts';
import { validateAnswer } from '../../../src/contracts/validate.ts';
import { answerFor } from '../../../src/llm/builtin/answers.ts';
import { type PairedEntity, pairContent } from '../../../src/llm/evidence-messages.ts';

const schema = z.object({
  decision: z.enum(['merge', 'relate', 'distinct', 'suppress']),
  master: z.number(),
  relation_type: z.string().nullable(),
  confidence: z.number(),
  rationale: z.string(),
});

function entity(name: string, type: string, more: Partial<PairedEntity> = {}): PairedEntity {
  return { name, type, aliases: [], attributes: [], description: '', relations: [], passages: [], ...more };
}

function decide(first: PairedEntity, second: PairedEntity) {
  return schema.parse(answerFor('entity_dedupe', { title: '', content: pairContent([first, second]) }));
}

const born = { attributes: ['birth_date = 1932-02-08'] };

describe('one thing under two names', () => {
  test.each([
    ['case and accents', entity('Lech Wałęsa', 'person'), entity('LECH WAŁĘSA', 'person')],
    ['a title', entity('Sir Isaac Newton', 'person'), entity('Isaac Newton', 'person')],
    ['a legal form', entity('Acme Inc.', 'company'), entity('Acme', 'organization')],
    [
      'a listed name',
      entity('Government Code School', 'organization', { aliases: ['Station X Camp'] }),
      entity('Station X Camp', 'organization'),
    ],
    ['initials and a shared date', entity('J. Williams', 'person', born), entity('John Williams', 'person', born)],
    ['a slip and a shared date', entity('John Willams', 'person', born), entity('John Williams', 'person', born)],
  ])('%s', (_, first, second) => {
    expect(decide(first, second)).toMatchObject({ decision: 'merge' });
    expect(decide(second, first)).toMatchObject({ decision: 'merge' });
  });

  test('the fuller name remains', () => {
    expect(decide(entity('J. Williams', 'person', born), entity('John Williams', 'person', born)).master).toBe(2);
  });
});

describe('two things', () => {
  test.each([
    ['other numbers', entity('Apollo 11', 'mission'), entity('Apollo 12', 'mission')],
    ['other ordinals', entity('World War I', 'war'), entity('World War II', 'war')],
    ['other given names', entity('Anna Bell', 'person'), entity('Anton Bell', 'person')],
    [
      'other dates',
      entity('John Smith', 'person', born),
      entity('John Smith', 'person', { attributes: ['birth_date = 1901'] }),
    ],
    ['initials alone', entity('J. Williams', 'person'), entity('John Williams', 'person')],
    ['types that exclude each other', entity('Victoria Falls', 'place'), entity('Queen Victoria', 'person')],
    ['similar names', entity('University of York', 'university'), entity('University of Cork', 'university')],
  ])('%s', (_, first, second) => {
    expect(decide(first, second)).toMatchObject({ decision: 'distinct', master: 0, relation_type: null });
  });

  test('the more alike the names, the less sure', () => {
    const alike = decide(entity('J. Williams', 'person'), entity('John Williams', 'person'));
    const unlike = decide(entity('Anna Bell', 'person'), entity('Peter Marsh', 'person'));
    expect(alike.confidence).toBeLessThan(unlike.confidence);
  });
});

test('a film and the novel of one title are related', () => {
  const found = decide(entity('The Glass Hill', 'film'), entity('The Glass Hill', 'novel'));
  expect(found).toMatchObject({ decision: 'relate', master: 1, relation_type: 'adapted_from' });
});

test('a person and an institution of one name are related', () => {
  const found = decide(entity('Carl Zeiss', 'company'), entity('Carl Zeiss', 'person'));
  expect(found).toMatchObject({ decision: 'relate', master: 1, relation_type: 'named_after' });
});

test('a common word is no thing of its own', () => {
  expect(decide(entity('the band', 'organization'), entity('Pink Floyd', 'organization'))).toMatchObject({
    decision: 'suppress',
    master: 2,
  });
});

test('any pair, and what is none, gets a valid answer', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  const list = fc.array(text, { maxLength: 4 });
  const any = fc.record({
    name: text,
    type: fc.oneof(text, fc.constantFrom('person', 'film', 'place', 'company')),
    aliases: list,
    attributes: list,
    description: text,
    relations: list,
    passages: fc.array(fc.record({ label: text, title: text, text }), { maxLength: 2 }),
  });
  const contract = findContract('entity_dedupe');
  fc.assert(
    fc.property(any, any, text, (first, second, other) => {
      for (const content of [pairContent([first, second]), other]) {
        const answer = answerFor('entity_dedupe', { title: '', content });
        expect(validateAnswer(contract, answer).issues).toEqual([]);
        const { decision, master, relation_type } = schema.parse(answer);
        expect(decision === 'distinct').toBe(master === 0);
        expect(decision === 'relate').toBe(relation_type !== null);
      }
    }),
    { numRuns: 500 },
  );
});
