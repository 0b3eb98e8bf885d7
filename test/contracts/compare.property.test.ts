import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contractAjv } from '../../src/contracts/ajv.ts';
import { classifyChange } from '../../src/contracts/compare.ts';
import type { ContractSchema, SchemaNode } from '../../src/contracts/dialect.ts';
import { anyContract, anyNode, valueFor, withAlpha } from './schema-arbitrary.ts';

function validatorOf(schema: ContractSchema): (value: unknown) => boolean {
  const { $id: _, ...rest } = schema;
  return contractAjv.firstError.compile(rest);
}

test('nothing changed is NONE, whatever the number and the order of keywords', () => {
  fc.assert(
    fc.property(anyContract, (schema) => {
      const again = { ...reversed(schema), $id: 'urn:sproute:contract:thing:9.0.0' };
      expect(classifyChange(schema, again)).toEqual({ level: 'NONE', reasons: [] });
    }),
    { numRuns: 200 },
  );
});

/** The same schema with its keywords, but not its properties, in reverse. */
function reversed(schema: ContractSchema): ContractSchema {
  const { type, description, ...rest } = schema;
  return { description, ...rest, type: type ?? 'object' };
}

const levels = { MAJOR: 0, MINOR: 0, PATCH: 0, NONE: 0 };

test('what was valid under the old version is valid under the new one, unless the change is MAJOR', () => {
  const pair = fc.tuple(anyNode, fc.boolean()).chain(([node, isRequired]) =>
    fc
      .tuple(fc.constant(withAlpha(node, isRequired)), edited(node), fc.boolean())
      .map(([before, after, nowRequired]) => ({
        before,
        after: withAlpha(after, isRequired && nowRequired),
      })),
  );
  const withValues = pair.chain(({ before, after }) =>
    fc.record({
      before: fc.constant(before),
      after: fc.constant(after),
      values: fc.array(valueFor(before), { minLength: 10, maxLength: 10 }),
    }),
  );
  fc.assert(
    fc.property(withValues, ({ before, after, values }) => {
      const { level } = classifyChange(before, after);
      levels[level] += 1;
      if (level === 'MAJOR') return;
      const wasValid = validatorOf(before);
      const isValid = validatorOf(after);
      for (const value of values) if (wasValid(value)) expect(isValid(value)).toBe(true);
    }),
    { numRuns: 1000 },
  );
  // The property says something only if changes of every level were among those tried.
  expect(Math.min(levels.MAJOR, levels.MINOR, levels.PATCH)).toBeGreaterThan(50);
});

test('unrelated schemas are judged by the same rule', () => {
  fc.assert(
    fc.property(
      fc
        .tuple(anyContract, anyContract)
        .chain(([before, after]) =>
          fc.tuple(fc.constant(before), fc.constant(after), fc.array(valueFor(before), { minLength: 5, maxLength: 5 })),
        ),
      ([before, after, values]) => {
        if (classifyChange(before, after).level === 'MAJOR') return;
        const wasValid = validatorOf(before);
        const isValid = validatorOf(after);
        for (const value of values) if (wasValid(value)) expect(isValid(value)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

/** A node with one edit somewhere in it: harmless, widening or narrowing. */
function edited(node: SchemaNode): fc.Arbitrary<SchemaNode> {
  const edits: fc.Arbitrary<SchemaNode>[] = [
    fc.constant({ ...node, description: 'Other words.' }),
    anyNode,
    ...numericEdits(node),
    ...(node.type === 'number' ? [fc.constant<SchemaNode>({ ...node, type: 'integer' })] : []),
    ...(node.type === 'integer' ? [fc.constant<SchemaNode>({ ...node, type: 'number' })] : []),
    ...(node.enum ? enumEdits(node, node.enum) : []),
    ...(node.type && !node.enum && node.type !== 'object' ? [fc.constant(nullable(node))] : []),
    ...(node.pattern ? [fc.constant(without(node, 'pattern'))] : [fc.constant(withPattern(node))]),
    ...(node.format ? [fc.constant(without(node, 'format'))] : []),
    ...(node.items ? [edited(node.items).map((items) => ({ ...node, items }))] : []),
    ...(node.properties ? propertyEdits(node, node.properties) : []),
  ];
  return fc.oneof(...edits);
}

function nullable(node: SchemaNode): SchemaNode {
  const types = [node.type ?? []].flat();
  return { ...node, type: types.includes('null') ? types.filter((type) => type !== 'null') : [...types, 'null'] };
}

function without(node: SchemaNode, keyword: keyof SchemaNode): SchemaNode {
  const { [keyword]: _, ...rest } = node;
  return rest;
}

function withPattern(node: SchemaNode): SchemaNode {
  return node.type === 'string' ? { ...node, pattern: '^[a-z]*$' } : node;
}

function numericEdits(node: SchemaNode): fc.Arbitrary<SchemaNode>[] {
  const bounds = [
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
  ] as const;
  const moved = bounds.flatMap((keyword) => {
    const at = node[keyword];
    if (at === undefined) return [];
    const least = keyword.endsWith('Length') || keyword.endsWith('Items') ? 0 : -10;
    return [fc.integer({ min: -2, max: 2 }).map((by) => ({ ...node, [keyword]: Math.max(least, at + by) }))];
  });
  const swapped =
    node.minimum === undefined ? [] : [fc.constant({ ...without(node, 'minimum'), exclusiveMinimum: node.minimum })];
  return [...moved, ...moved, ...swapped];
}

function enumEdits(node: SchemaNode, choices: NonNullable<SchemaNode['enum']>): fc.Arbitrary<SchemaNode>[] {
  return [
    fc.constant({ ...node, enum: [...choices, 'violet'] }),
    fc.constant({ ...node, enum: choices.slice(0, -1).length > 0 ? choices.slice(0, -1) : choices }),
    fc.integer({ min: 0, max: 9 }).map((maxLength) => ({ ...without(node, 'enum'), maxLength })),
    fc.constant({ ...without(node, 'enum'), type: 'string', maxLength: 9 }),
  ];
}

function propertyEdits(node: SchemaNode, properties: Record<string, SchemaNode>): fc.Arbitrary<SchemaNode>[] {
  const names = Object.keys(properties);
  const added = anyNode.chain((node_) =>
    fc.boolean().map((isRequired) => ({
      ...node,
      properties: { ...properties, omega: node_ },
      required: isRequired ? [...(node.required ?? []), 'omega'] : (node.required ?? []),
    })),
  );
  const requirements = fc.subarray(names).map((required) => ({ ...node, required }));
  const turned = fc.constant({ ...node, properties: Object.fromEntries(Object.entries(properties).reverse()) });
  const one = names.map((name) =>
    edited(properties[name] ?? {}).map((property) => ({ ...node, properties: { ...properties, [name]: property } })),
  );
  const gone = names.map((name) => {
    const { [name]: _, ...rest } = properties;
    return fc.constant({ ...node, properties: rest, required: node.required?.filter((each) => each !== name) ?? [] });
  });
  return [added, requirements, turned, ...one, ...gone];
}
