import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findContract } from '../../../src/contracts/registry.ts';
import { validateAnswer } from '../../../src/contracts/validate.ts';
import { wireSchema } from '../../../src/contracts/wire-schema.ts';
import { answerFor } from '../../../src/llm/builtin/answers.ts';
import { type BuiltinModel, startBuiltinModel } from '../../../src/llm/builtin/server.ts';
import { extractionMessages } from '../../../src/llm/messages.ts';
import { packageRoot } from '../../../src/package-root.ts';

interface Extraction {
  entities: { name: string; type: string; quote: string; confidence: number }[];
  relationships: {
    from_entity: string;
    to_entity: string;
    relation_type: string;
    start: string | null;
    quote: string;
  }[];
}

const extraction = findContract('entity_extraction');
const extract = (content: string, title = '') =>
  validateAnswer(extraction, answerFor('entity_extraction', { title, content }));
const said = (content: string, title = ''): string[] =>
  (answerFor('entity_extraction', { title, content }) as Extraction).relationships.map(
    ({ from_entity, relation_type, to_entity, start }) =>
      `${from_entity} ${relation_type} ${to_entity}${start === null ? '' : ` ${start}`}`,
  );

describe('over HTTP', () => {
  let model: BuiltinModel;
  let client: OpenAI;
  beforeAll(async () => {
    model = await startBuiltinModel();
    client = new OpenAI({ baseURL: model.base_url, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(() => model.close());
  const messages = [
    ...extractionMessages({
      contract_name: 'entity_extraction',
      contract_version: '1.0.0',
      prompt: 'Extract.',
      title: 'Fram',
      content: 'Colin Archer designed Fram in 1892.',
    }),
  ];

  test('it answers in every mode, the same bytes each time, with usage', async () => {
    const schema = { ...wireSchema(extraction) };
    const strict = () =>
      client.chat.completions.create({
        model: model.model,
        messages,
        response_format: { type: 'json_schema', json_schema: { name: 'entity_extraction', strict: true, schema } },
      });
    const first = await strict();
    expect(await strict()).toEqual(first);
    expect(first.usage?.prompt_tokens).toBeGreaterThan(0);
    expect(first.choices[0]?.message.content).toContain('Colin Archer');
    const tool = await client.chat.completions.create({
      model: model.model,
      messages,
      tools: [{ type: 'function', function: { name: 'entity_extraction', parameters: schema } }],
      tool_choice: { type: 'function', function: { name: 'entity_extraction' } },
    });
    expect(JSON.stringify(tool.choices[0]?.message.tool_calls)).toContain('Colin Archer');
  });

  test('it refuses what it cannot do in the shape of the protocol', async () => {
    await expect(client.chat.completions.create({ model: 'gpt-5', messages })).rejects.toMatchObject({ status: 404 });
    await expect(
      client.chat.completions.create({ model: model.model, messages: [{ role: 'user', content: 'hello' }] }),
    ).rejects.toMatchObject({ status: 400 });
    expect((await client.models.list()).data.map((each) => each.id)).toEqual(['builtin-rules-1']);
  });
});

describe('what it finds', () => {
  test.each([
    ['Colin Archer designed Fram.', 'Colin Archer designed Fram'],
    ['Alan Turing arrived at Bletchley Park on 4 September 1939.', 'Alan Turing arrived_at Bletchley Park 1939-09-04'],
    ['Stevie Nicks joined Fleetwood Mac in 1975.', 'Stevie Nicks joined Fleetwood Mac 1975'],
    ['Bletchley Park was visited by Winston Churchill.', 'Winston Churchill visited Bletchley Park'],
    ['Marie Curie married Pierre Curie in July 1895.', 'Marie Curie married Pierre Curie 1895-07'],
    ['Niels Bohr worked with Ernest Rutherford.', 'Niels Bohr worked_with Ernest Rutherford'],
  ])('%s', (sentence, relation) => {
    expect(said(sentence)).toContain(relation);
  });

  test('every quote on the corpus is verbatim, both ends of a relation are entities, and the answer is valid', () => {
    const folder = join(packageRoot, 'examples', 'corpus');
    for (const file of readdirSync(folder)) {
      const content = readFileSync(join(folder, file), 'utf8');
      const { value, issues } = extract(content, /^# (.*)$/m.exec(content)?.[1]);
      expect(issues).toEqual([]);
      const { entities, relationships } = value as Extraction;
      const names = new Set(entities.map((entity) => entity.name));
      expect(names.size).toBeGreaterThan(5);
      for (const { quote } of [...entities, ...relationships]) expect(content.includes(quote)).toBe(true);
      for (const { from_entity, to_entity } of relationships)
        expect(names.has(from_entity) && names.has(to_entity)).toBe(true);
      const classified = validateAnswer(
        findContract('page_classification'),
        answerFor('page_classification', { title: file, content }),
      );
      expect(classified.issues).toEqual([]);
    }
  });

  test('any text gets an answer in the right shape', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 2_000 }), fc.lorem({ maxCount: 80 })),
        fc.string({ maxLength: 50 }),
        (content, title) => {
          expect(extract(content.toWellFormed(), title).issues).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
