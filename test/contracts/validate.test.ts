import { describe, expect, test } from 'vitest';
import { findContract } from '../../src/contracts/registry.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';
import { confidence, loadThing, quote, thingSchema } from './contract-folder.ts';

const extraction = findContract('entity_extraction');
const entity = { name: 'Ada Brook', type: 'person', confidence: 0.9, quote: 'Ada Brook opened it.' };
const relationship = {
  from_entity: 'Ada Brook',
  to_entity: 'Oldport',
  relation_type: 'born_in',
  confidence: 0.9,
  quote: 'Ada Brook was born in Oldport.',
};

const issuesOf = (value: unknown) => validateAnswer(extraction, value).issues;

describe('a valid answer', () => {
  test('comes back as it is', () => {
    const answer = { entities: [entity], relationships: [{ ...relationship, start: '32 BBY', end: '1977-05' }] };
    expect(validateAnswer(extraction, answer)).toEqual({ value: answer, issues: [] });
    expect(issuesOf({ entities: [], relationships: [] })).toEqual([]);
  });

  test('loses the nulls of optional properties, and the given value keeps them', () => {
    const answer = {
      entities: [{ ...entity, aliases: null, description: null, attributes: [{ key: 'k', value: 'v', unit: null }] }],
      relationships: [{ ...relationship, start: null, end: null }],
    };
    const before = structuredClone(answer);
    expect(validateAnswer(extraction, answer)).toEqual({
      value: { entities: [{ ...entity, attributes: [{ key: 'k', value: 'v' }] }], relationships: [relationship] },
      issues: [],
    });
    expect(answer).toEqual(before);
  });

  test('keeps a null that its contract allows', () => {
    const contract = loadThing(thingSchema({ size: { description: 'S.', type: ['number', 'null'] } }));
    const answer = { confidence: 1, quote: 'q', size: null };
    expect(validateAnswer(contract, answer)).toEqual({ value: answer, issues: [] });
  });

  test('may use any type, relation and calendar', () => {
    expect(issuesOf({ entities: [{ ...entity, type: 'Ὕδωρ / 水 🌊' }], relationships: [] })).toEqual([]);
  });
});

describe('an issue says where, what was expected and what was there', () => {
  test.each<[string, unknown, { path: string; expected: string | RegExp; got: string }]>([
    [
      'another type',
      { entities: {}, relationships: [] },
      { path: '$.entities', expected: 'an array', got: 'an object with nothing' },
    ],
    ['no object', 'sorry', { path: '$', expected: 'an object', got: '"sorry"' }],
    ['nothing', undefined, { path: '$', expected: 'an object', got: 'undefined' }],
    [
      'a missing property',
      { entities: [] },
      { path: '$.relationships', expected: 'an array (required)', got: 'nothing' },
    ],
    [
      'null for a required one',
      { entities: [{ ...entity, quote: null }], relationships: [] },
      { path: '$.entities[0].quote', expected: 'a string', got: 'null' },
    ],
    [
      'a property too many',
      { entities: [entity, { ...entity, 'is real': true }], relationships: [] },
      { path: '$.entities[1]["is real"]', expected: /^no such property; known are name, type,/, got: 'true' },
    ],
    [
      'null for an unknown one',
      { entities: [], relationships: [], notes: null },
      { path: '$.notes', expected: /no such property/, got: 'null' },
    ],
    [
      'a number as text',
      { entities: [{ ...entity, confidence: '0.9' }], relationships: [] },
      { path: '$.entities[0].confidence', expected: 'a number', got: '"0.9"' },
    ],
    [
      'a number too large',
      { entities: [{ ...entity, confidence: 90 }], relationships: [] },
      { path: '$.entities[0].confidence', expected: 'a number <= 1', got: '90' },
    ],
    [
      'a huge number',
      { entities: [{ ...entity, confidence: JSON.parse('1e999') }], relationships: [] },
      { path: '$.entities[0].confidence', expected: /number/, got: 'Infinity' },
    ],
    [
      'an empty text',
      { entities: [{ ...entity, name: '' }], relationships: [] },
      { path: '$.entities[0].name', expected: 'a text that is not empty', got: '""' },
    ],
    [
      'null in an array',
      { entities: [{ ...entity, aliases: [null] }], relationships: [] },
      { path: '$.entities[0].aliases[0]', expected: 'a string', got: 'null' },
    ],
  ])('%s', (_, value, { path, expected, got }) => {
    const [issue, ...others] = issuesOf(value);
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ path, got });
    expect(issue?.expected).toMatch(expected);
  });

  test('choices, patterns, formats and lengths too', () => {
    const contract = loadThing(
      thingSchema({
        colour: { description: 'C.', type: 'string', enum: ['red', 'blue'] },
        code: { description: 'C.', type: 'string', pattern: '^[a-z]$', maxLength: 5 },
        day: { description: 'D.', type: 'string', format: 'date', maxLength: 10 },
        parts: {
          description: 'P.',
          type: 'array',
          minItems: 2,
          maxItems: 3,
          items: { type: 'integer', exclusiveMinimum: 0 },
        },
        size: { description: 'S.', type: ['number', 'null'] },
      }),
    );
    const answer = { confidence, quote, colour: 'green', code: 'AB', day: '1977-02-30', parts: [0], size: 'XL' };
    const { issues } = validateAnswer(contract, { ...answer, confidence: 1, quote: 'q' });
    expect(Object.fromEntries(issues.map(({ path, expected }) => [path, expected]))).toEqual({
      '$.colour': 'one of "red", "blue"',
      '$.code': 'a text that matches ^[a-z]$',
      '$.day': 'a text in the format date',
      '$.parts': 'at least 2 items',
      '$.parts[0]': 'a number > 0',
      '$.size': 'a number or null',
    });
  });
});

describe('hostile values', () => {
  test('a name of 10 MB is refused and not repeated', () => {
    const [issue] = issuesOf({ entities: [{ ...entity, name: 'x'.repeat(10_000_000) }], relationships: [] });
    expect(issue).toMatchObject({ path: '$.entities[0].name', expected: 'at most 1000 characters' });
    expect(issue?.got).toMatch(/^a string of 10000000 characters: "xxx/);
    expect(issue?.got.length).toBeLessThanOrEqual(200);
  });

  test('a name is measured in characters, not in UTF-16 units, and a cut never splits a pair', () => {
    expect(issuesOf({ entities: [{ ...entity, name: '🌊'.repeat(1000) }], relationships: [] })).toEqual([]);
    const [issue] = issuesOf({ entities: [{ ...entity, name: `x${'🌊'.repeat(1001)}` }], relationships: [] });
    expect(issue?.got.isWellFormed()).toBe(true);
  });

  test('own properties named like those of every object are properties too many', () => {
    const answer: unknown = JSON.parse(
      '{"entities": [], "relationships": [], "__proto__": {"x": 1}, "constructor": 2, "toString": 3}',
    );
    const { value, issues } = validateAnswer(extraction, answer);
    expect(issues.map(({ path }) => path).sort()).toEqual(['$.__proto__', '$.constructor', '$.toString']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(issuesOf(JSON.parse('{"__proto__": {"entities": [], "relationships": []}}'))).toHaveLength(3);
  });

  test('bottomless nesting is no problem wherever it is', () => {
    let deep: unknown = [];
    for (let level = 0; level < 200_000; level += 1) deep = level % 2 ? { a: deep } : [deep];
    expect(issuesOf(deep).length).toBeGreaterThan(0);
    expect(issuesOf({ entities: deep, relationships: deep }).length).toBeGreaterThan(0);
    expect(issuesOf({ entities: [{ ...entity, name: deep }], relationships: [], extra: deep })).toHaveLength(2);
  });

  test('at most 20 issues, however many there are', () => {
    const value = { entities: Array.from({ length: 400 }, () => ({ name: 1, type: 2, other: 3 })), relationships: 4 };
    expect(issuesOf(value)).toHaveLength(20);
  });

  test('a million wrong items or properties cost no more than reading them', () => {
    const many = Array.from({ length: 1_000_000 }, () => 'x');
    // The thread's own time: what else the machine does takes nothing of it.
    const started = process.threadCpuUsage();
    expect(issuesOf({ entities: many, relationships: [] })[0]).toMatchObject({
      path: '$.entities',
      expected: 'at most 500 items',
      got: 'an array of 1000000 items',
    });
    const wide = Object.fromEntries(many.map((each, index) => [each + index, index]));
    expect(issuesOf({ ...wide, entities: [], relationships: [] })).toHaveLength(20);
    expect(process.threadCpuUsage(started).user).toBeLessThan(20_000_000);
  });

  test('an error far behind what is examined in full is still found, at its place', () => {
    const attributes = Array.from({ length: 100 }, () => ({ key: 'k', value: 'v' }));
    const entities = Array.from({ length: 500 }, (_, index) => ({
      ...entity,
      confidence: index === 499 ? 2 : 1,
      attributes,
    }));
    expect(issuesOf({ entities, relationships: [] })).toEqual([
      { path: '$.entities[499].confidence', expected: 'a number <= 1', got: '2' },
    ]);
  });

  test('a long property name is cut', () => {
    const [issue] = issuesOf({ entities: [], relationships: [], ['k'.repeat(1_000_000)]: 1 });
    expect(issue?.path.length).toBeLessThan(300);
  });
});

test('the input of a page job is held against its contract', () => {
  const input = findContract('page_job_input');
  const valid = {
    job_type: 'entity_extraction',
    source_page_id: 7,
    entity_id: 8,
    evidence_refs: [{ source_page_id: 9 }, { source_page_id: 9, char_start: 0, char_end: 40 }],
    bounding_policy: { max_items: 10, max_characters: 4000, max_tokens: 1000 },
    gleaning_passes: 2,
    rerun: 1,
  };
  expect(validateAnswer(input, valid)).toEqual({ value: valid, issues: [] });
  expect(validateAnswer(input, { source_page_id: 1 }).issues).toEqual([]);
  for (const source_page_id of [undefined, null, 0, -1, 1.5, '7', 2 ** 53, 1e300, 'x; DROP TABLE llm.job']) {
    expect(validateAnswer(input, { source_page_id }).issues).not.toEqual([]);
  }
  expect(validateAnswer(input, { source_page_id: 1, route_procedure: 'x' }).issues).toHaveLength(1);
});

test('the input of enrichment and dedupe jobs is held against its contract', () => {
  const enrichment = findContract('enrichment_job_input');
  const valid = {
    entity_id: 8,
    evidence_refs: [{ source_page_id: 9, char_start: 0, char_end: 40 }],
    max_items: 10,
    max_characters: 4000,
    max_tokens: 1000,
  };
  expect(validateAnswer(enrichment, valid)).toEqual({ value: valid, issues: [] });
  expect(validateAnswer(enrichment, { source_page_id: 8 }).issues).not.toEqual([]);
  expect(validateAnswer(enrichment, { entity_id: 8, max_items: 0 }).issues).toHaveLength(1);
  const dedupe = findContract('dedupe_job_input');
  expect(validateAnswer(dedupe, { first_entity_id: 1, second_entity_id: 2 }).issues).toEqual([]);
  expect(validateAnswer(dedupe, { first_entity_id: 1 }).issues).toHaveLength(1);
});

test('a dedupe answer chooses by number', () => {
  const dedupe = findContract('entity_dedupe');
  const answer = { rationale: 'The same line.', decision: 'merge', master: 1, confidence: 0.9 };
  expect(validateAnswer(dedupe, { ...answer, relation_type: null })).toEqual({ value: answer, issues: [] });
  expect(validateAnswer(dedupe, { ...answer, master: 3 }).issues).toHaveLength(1);
  expect(validateAnswer(dedupe, { ...answer, decision: 'unite' }).issues).toHaveLength(1);
});
