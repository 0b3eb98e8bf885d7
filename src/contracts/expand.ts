import type { ContractSchema, SchemaNode } from './dialect.ts';
import { ownValue } from './json.ts';

const mostNodes = 5000;

/**
 * The schema with every `$ref` replaced by what it refers to; annotations beside the `$ref` win.
 * Throws an Error for an unknown or circular reference and for definitions that multiply beyond 5000 nodes.
 */
export function expand(schema: ContractSchema): ContractSchema {
  let nodes = 0;

  function inline(node: SchemaNode, within: readonly string[]): SchemaNode {
    nodes += 1;
    if (nodes > mostNodes) throw new Error(`the schema has more than ${mostNodes} nodes once $ref is replaced`);
    if (node.$ref !== undefined) return inlineReference(node, node.$ref, within);
    const { properties, items, ...rest } = node;
    return {
      ...rest,
      ...(properties && {
        properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, inline(value, within)])),
      }),
      ...(items && { items: inline(items, within) }),
    };
  }

  function inlineReference(node: SchemaNode, reference: string, within: readonly string[]): SchemaNode {
    const { $ref: _, ...beside } = node;
    const constraint = Object.keys(beside).find((key) => !annotations.test(key));
    if (constraint !== undefined)
      throw new Error(`${constraint} stands beside $ref ${reference}, which is not allowed`);
    if (within.includes(reference)) throw new Error(`$ref ${reference} refers to itself`);
    const target = ownValue(schema.$defs, reference.slice('#/$defs/'.length));
    if (target === undefined) throw new Error(`$ref ${reference} refers to nothing`);
    return { ...inline(target, [...within, reference]), ...beside };
  }

  const { $defs: _, ...root } = schema;
  return { ...root, ...inline(root, []) };
}

const annotations = /^(title|description|examples|x-.*)$/;
