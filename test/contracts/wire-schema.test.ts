import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contractAjv } from '../../src/contracts/ajv.ts';
import type { SchemaNode } from '../../src/contracts/dialect.ts';
import { isObject } from '../../src/contracts/json.ts';
import { loadContracts } from '../../src/contracts/registry.ts';
import { admitsNull } from '../../src/contracts/schema-rules.ts';
import { validateAnswer } from '../../src/contracts/validate.ts';
import { strictModeProblems, type WireSchema, wireSchema } from '../../src/contracts/wire-schema.ts';
import { loadThing, thingSchema } from './contract-folder.ts';
import { anyNode, valueFor, withAlpha } from './schema-arbitrary.ts';

const outputs = loadContracts().filter(({ kind, root }) => kind === 'output' && root['x-model'] !== false);

/** Every object in a JSON value that stands where a schema stands. */
function schemasIn(value: WireSchema): WireSchema[] {
  const below = [
    ...Object.values(value.properties ?? {}),
    ...(value.items ? [value.items] : []),
    ...(value.anyOf ?? []),
  ];
  return [value, ...below.flatMap(schemasIn)];
}

describe.each(outputs.map((contract) => [contract.name, contract] as const))('the wire schema of %s', (_, contract) => {
  const wire = wireSchema(contract);

  test('keeps the documented rules of strict mode', () => {
    expect(strictModeProblems(wire)).toEqual([]);
    expect(wire.type).toBe('object');
    for (const node of schemasIn(wire)) {
      expect(
        Object.keys(node).filter((keyword) => keyword.startsWith('x-') || /Length|Items|imum|format|\$/.test(keyword)),
      ).toEqual([]);
      if (![node.type].flat().includes('object')) continue;
      expect(node.additionalProperties).toBe(false);
      expect(node.required).toEqual(Object.keys(node.properties ?? {}));
    }
  });

  test('is the same bytes every time, since requests are hashed', () => {
    expect(JSON.stringify(wireSchema(contract))).toBe(JSON.stringify(wire));
  });
});

test('the quote comes before the confidence, so that the model grades what it has quoted', () => {
  for (const contract of outputs) {
    for (const { schema } of contract.items) {
      const names = Object.keys(schema.properties ?? {});
      expect(names.indexOf('quote')).toBeLessThan(names.indexOf('confidence'));
    }
  }
});

test('optional is nullable, whatever the type; what may be null already stays so', () => {
  const contract = loadThing(
    thingSchema(
      {
        text: { description: 'T.', type: 'string', maxLength: 5, pattern: '^a' },
        colour: { description: 'C.', type: 'string', enum: ['red'] },
        size: { description: 'S.', type: ['number', 'null'], minimum: 0, exclusiveMaximum: 9 },
        box: { description: 'B.', type: 'object', additionalProperties: false, required: [], properties: {} },
        list: { description: 'L.', type: 'array', minItems: 1, maxItems: 3, items: { $ref: '#/$defs/day' } },
      },
      { $defs: { day: { type: 'string', format: 'date', maxLength: 10 } } },
    ),
  );
  expect(wireSchema(contract).properties).toMatchObject({
    confidence: { type: 'number', description: 'How sure. (at least 0, at most 1)' },
    text: { type: ['string', 'null'], description: 'T. (matching ^a)' },
    colour: { type: ['string', 'null'], enum: ['red', null] },
    size: { type: ['number', 'null'], description: 'S. (at least 0, less than 9)' },
    box: { anyOf: [{ type: 'object', properties: {}, required: [], additionalProperties: false }, { type: 'null' }] },
    list: {
      type: ['array', 'null'],
      description: 'L. (at least 1 item)',
      items: { type: 'string', description: '(in the format date)' },
    },
  });
});

describe('strict mode refuses', () => {
  const object = (properties: Record<string, WireSchema>): WireSchema => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, { type: 'string' as const }]));

  test.each<[string, WireSchema, RegExp]>([
    ['another root than an object', { type: 'array', items: { type: 'string' } }, /not an object/],
    ['anyOf at the root', { anyOf: [object({})] }, /not an object/],
    ['an optional property', { ...object({ a: { type: 'string' } }), required: [] }, /\$\.a is not required/],
    ['additional properties', { type: 'object', properties: {}, required: [] }, /additionalProperties/],
    ['other keywords', object({ a: { type: 'string', ...{ maxLength: 3 } } }), /\$\.a has maxLength/],
    ['a node without type', object({ a: {} }), /\$\.a has neither/],
    ['an array without items', object({ a: { type: 'array' } }), /without items/],
    ['too many properties', object(many(5001)), /more than 5000/],
    [
      'too many choices',
      object({ a: { type: 'integer', enum: Array.from({ length: 1001 }, (_, n) => n) } }),
      /more than 1000/,
    ],
    ['too many characters', object({ ['a'.repeat(120_001)]: { type: 'string' } }), /characters/],
  ])('%s', (_, schema, problem) => {
    expect(strictModeProblems(schema).join('\n')).toMatch(problem);
  });
});

test('an answer with its absent properties as null suits the wire schema and comes back as it was', () => {
  const generated = fc
    .tuple(anyNode, fc.boolean())
    .map(([node, isRequired]) => withAlpha(node, isRequired))
    .chain((schema) => fc.tuple(fc.constant(schema), valueFor(schema)));
  fc.assert(
    fc.property(generated, ([schema, value]) => {
      const contract = {
        name: 'thing',
        version: '1.0.0',
        kind: 'output' as const,
        schema,
        root: schema,
        sha256: '',
        items: [],
      };
      const wire = wireSchema(contract);
      expect(strictModeProblems(wire)).toEqual([]);
      fc.pre(validateAnswer(contract, value).issues.length === 0);
      const sent = filled(schema, value, () => true);
      expect(contractAjv.firstError.validate(wire, sent)).toBe(true);
      // Where a contract tells null from absence, a model on the wire can only say null.
      expect(validateAnswer(contract, sent)).toEqual({ value: filled(schema, value, admitsNull), issues: [] });
    }),
    { numRuns: 300 },
  );
});

/** The value with null for those of its absent properties that are asked for. */
function filled(node: SchemaNode, value: unknown, isWanted: (property: SchemaNode) => boolean): unknown {
  const { items } = node;
  if (Array.isArray(value)) return items ? value.map((each) => filled(items, each, isWanted)) : value;
  if (!isObject(value)) return value;
  const properties = Object.entries(node.properties ?? {}).flatMap(([name, property]): [string, unknown][] => {
    if (Object.hasOwn(value, name)) return [[name, filled(property, value[name], isWanted)]];
    return isWanted(property) ? [[name, null]] : [];
  });
  return Object.fromEntries(properties);
}
