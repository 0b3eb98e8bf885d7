import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { findContract } from '../../../src/contracts/registry.ts';
import { validateAnswer } from '../../../src/contracts/validate.ts';
import { answerFor } from '../../../src/llm/builtin/answers.ts';
import { bundleContent, type Passage } from '../../../src/llm/evidence-messages.ts';

const evidenced = { evidence: z.number(), quote: z.string(), confidence: z.number() };
const schema = z.object({
  descriptions: z.array(z.object({ description: z.string(), ...evidenced })),
  aliases: z.array(z.object({ alias: z.string(), ...evidenced })),
  attributes: z.array(z.object({ key: z.string(), value: z.string(), unit: z.string().nullable(), ...evidenced })),
  relationships: z.array(
    z.object({
      from_entity: z.string(),
      relation_type: z.string(),
      to_entity: z.string(),
      start: z.string().nullable(),
      ...evidenced,
    }),
  ),
});

function enrich(name: string, passages: Passage[]) {
  const content = bundleContent({ name, type: 'person' }, passages);
  return schema.parse(answerFor('entity_enrichment', { title: name, content }));
}

const passages = [
  { label: '1', title: 'Fram', text: 'Colin Archer, a Norwegian shipbuilder, designed Fram in 1892.' },
  {
    label: '2',
    title: 'Larvik',
    text: 'In Larvik lived Anna Bell. Colin Archer was born there. Archer died in Larvik in 1921.',
  },
  { label: '3', title: 'Oslo', text: 'Oslo is a city. Nobody of that name lived there.' },
];

test('descriptions, aliases, attributes and relations come with the passage that they rest on', () => {
  const { descriptions, aliases, attributes, relationships } = enrich('Colin Archer', passages);
  expect(descriptions).toMatchObject([{ description: 'A Norwegian shipbuilder.', evidence: 1 }]);
  expect(aliases).toMatchObject([{ alias: 'Archer', evidence: 2 }]);
  expect(attributes.map(({ key, value, evidence }) => `${key} ${value} ${evidence}`)).toEqual(
    expect.arrayContaining(['occupation shipbuilder 1', 'nationality Norwegian 1', 'death_date 1921 2']),
  );
  expect(
    relationships.map(({ relation_type, to_entity, start, evidence }) => [relation_type, to_entity, start, evidence]),
  ).toEqual(
    expect.arrayContaining([
      ['designed', 'Fram', '1892', 1],
      ['died_in', 'Larvik', '1921', 2],
    ]),
  );
});

test('the entity stands under the name that it was given, however a passage calls it', () => {
  const { relationships } = enrich('colin archer', passages);
  expect(relationships.length).toBeGreaterThan(0);
  expect(
    relationships.every(({ from_entity, to_entity }) => from_entity === 'colin archer' || to_entity === 'colin archer'),
  ).toBe(true);
});

test('a passage that does not name the entity says nothing about it', () => {
  expect(enrich('Colin Archer', passages.slice(2))).toEqual({
    descriptions: [],
    aliases: [],
    attributes: [],
    relationships: [],
  });
});

describe('on any bundle', () => {
  const words = fc.constantFrom(
    ...'Anna Bell was born in Paris died 1911 , . [1] from the page " Entity: ( ) she married who (born painter a'.split(
      ' ',
    ),
  );
  const prose = fc.array(words, { maxLength: 60 }).map((parts) => parts.join(' '));
  const labels = fc.constantFrom('1', '2', '3', '0', '1.1', '99999999999');

  test('quotes are slices of their passage and the answer is valid', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ label: labels, title: prose, text: prose }), { maxLength: 5 }), (some) => {
        const content = bundleContent({ name: 'Anna Bell', type: 'person' }, some);
        const answer = answerFor('entity_enrichment', { title: 'Anna Bell', content });
        expect(validateAnswer(findContract('entity_enrichment'), answer).issues).toEqual([]);
        const { descriptions, aliases, attributes, relationships } = schema.parse(answer);
        for (const { quote } of [...descriptions, ...aliases, ...attributes, ...relationships]) {
          expect(quote).not.toBe('');
          expect(content).toContain(quote);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('whatever is no bundle gets an empty answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (content) => {
        const answer = answerFor('entity_enrichment', { title: '', content });
        expect(validateAnswer(findContract('entity_enrichment'), answer).issues).toEqual([]);
      }),
    );
  });
});
