import fc from 'fast-check';
import { type ContractSchema, type SchemaNode, typesOf } from '../../src/contracts/dialect.ts';
import { thingSchema } from './contract-folder.ts';

const names = ['alpha', 'beta', 'gamma', 'delta', 'constructor'];
const colours = ['red', 'green', 'blue', '', null];

const description = fc.constantFrom('One.', 'Two.');
const text: fc.Arbitrary<SchemaNode> = fc.oneof(
  fc.record(
    {
      type: fc.constant('string'),
      maxLength: fc.integer({ min: 2, max: 12 }),
      minLength: fc.integer({ min: 0, max: 2 }),
      pattern: fc.constantFrom('^[ab]*$', '^a'),
      'x-key': fc.constantFrom('name', 'type'),
    },
    { requiredKeys: ['type', 'maxLength'] },
  ),
  fc.record({ type: fc.constant('string'), maxLength: fc.constant(40), format: fc.constantFrom('date', 'uuid') }),
);

const choice: fc.Arbitrary<SchemaNode> = fc
  .uniqueArray(fc.constantFrom(...colours), { minLength: 1 })
  .map((choices) => ({ type: ['string', 'null'], enum: choices }));

const quantity: fc.Arbitrary<SchemaNode> = fc.record(
  {
    type: fc.constantFrom('number' as const, 'integer' as const),
    minimum: fc.integer({ min: -3, max: 0 }),
    maximum: fc.integer({ min: 1, max: 4 }),
    exclusiveMinimum: fc.integer({ min: -3, max: 0 }),
    exclusiveMaximum: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['type'] },
);

const union: fc.Arbitrary<SchemaNode> = fc
  .uniqueArray(
    fc.constantFrom('string' as const, 'number' as const, 'integer' as const, 'boolean' as const, 'null' as const),
    {
      minLength: 1,
    },
  )
  .map((types) => (types.includes('string') ? { type: types, maxLength: 8 } : { type: types }));

/** Any node of the dialect, up to three levels deep. */
export const anyNode: fc.Arbitrary<SchemaNode> = fc.letrec<{ node: SchemaNode; list: SchemaNode; object: SchemaNode }>(
  (tie) => ({
    node: fc
      .tuple(description, fc.oneof({ maxDepth: 3 }, text, choice, quantity, union, tie('list'), tie('object')))
      .map(([words, node]) => ({ description: words, ...node })),
    list: fc.record({
      type: fc.constant('array' as const),
      minItems: fc.integer({ min: 0, max: 1 }),
      maxItems: fc.integer({ min: 1, max: 3 }),
      items: tie('node'),
    }),
    object: fc.dictionary(fc.constantFrom(...names), tie('node'), { maxKeys: 3 }).chain((properties) =>
      fc.subarray(Object.keys(properties)).map((required) => ({
        type: 'object' as const,
        additionalProperties: false as const,
        required,
        properties,
      })),
    ),
  }),
).node;

/** A whole contract whose property `alpha` is any node, required or not. */
export const anyContract: fc.Arbitrary<ContractSchema> = fc
  .tuple(anyNode, fc.boolean())
  .map(([alpha, isRequired]) => withAlpha(alpha, isRequired));

export function withAlpha(alpha: SchemaNode, isRequired: boolean): ContractSchema {
  return thingSchema({ alpha }, { required: ['confidence', 'quote', ...(isRequired ? ['alpha'] : [])] });
}

/** Values that are mostly valid under a node. */
export function valueFor(node: SchemaNode): fc.Arbitrary<unknown> {
  if (node.enum) return fc.constantFrom(...node.enum);
  return fc.oneof(...typesOf(node).map((type) => valueOfType(node, type)));
}

function valueOfType(node: SchemaNode, type: ReturnType<typeof typesOf>[number]): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return textOf(node);
    case 'integer':
      return fc.integer({ min: -4, max: 5 });
    case 'number':
      return fc.oneof(fc.integer({ min: -4, max: 5 }), fc.double({ min: -4, max: 5, noNaN: true }));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueFor(node.items ?? {}), { minLength: node.minItems ?? 0, maxLength: node.maxItems ?? 2 });
    case 'object': {
      const properties: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(
        Object.entries(node.properties ?? {}).map(([name, each]) => [name, valueFor(each)]),
      );
      return fc.record(properties, { requiredKeys: node.required ?? [] });
    }
  }
}

function textOf(node: SchemaNode): fc.Arbitrary<string> {
  if (node.format === 'uuid') return fc.uuid();
  if (node.format === 'date') return fc.constantFrom('1977-05-25', '2000-02-29');
  const minLength = node.minLength ?? 0;
  const maxLength = Math.max(minLength, node.maxLength ?? 3);
  return fc.string({ unit: fc.constantFrom('a', 'b'), minLength, maxLength });
}
