import { type SchemaNode, type TypeName, typesOf } from './dialect.ts';
import { isObject } from './json.ts';
import type { Contract } from './registry.ts';
import { choicesOf } from './schema-rules.ts';

/** A schema as OpenAI's strict mode takes it: the keywords below and no others. */
export interface WireSchema {
  description?: string;
  type?: TypeName | TypeName[];
  enum?: SchemaNode['enum'];
  properties?: Record<string, WireSchema>;
  required?: string[];
  additionalProperties?: false;
  items?: WireSchema;
  anyOf?: WireSchema[];
}

/**
 * The schema that is sent to a model: every property required, optional ones nullable, all else that strict mode may
 * refuse left out. Bounds that change what a good answer is (ranges, patterns) are said in the description; the
 * contract itself stays what the answer is held against.
 */
export function wireSchema(contract: Contract): WireSchema {
  return wireNode(contract.root, false);
}

function wireNode(node: SchemaNode, nullable: boolean): WireSchema {
  const types = typesOf(node);
  const isObjectOnly = types.length === 1 && types[0] === 'object';
  if (nullable && isObjectOnly) return { anyOf: [wireNode(node, false), { type: 'null' }] };
  const wireTypes: TypeName[] = nullable && !types.includes('null') ? [...types, 'null'] : types;
  const choices = choicesOf(node);
  const wireChoices = choices && nullable && !choices.includes(null) ? [...choices, null] : choices;
  const [only] = wireTypes;
  const description = [node.description, ...bounds(node)].filter((part) => part !== undefined).join(' ');
  return {
    ...(description !== '' && { description }),
    type: wireTypes.length === 1 && only ? only : wireTypes,
    ...(wireChoices && { enum: wireChoices }),
    ...(node.properties && wireProperties(node, node.properties)),
    ...(node.items && { items: wireNode(node.items, false) }),
  };
}

function wireProperties(node: SchemaNode, properties: Record<string, SchemaNode>): WireSchema {
  return {
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, wireNode(property, !node.required?.includes(name))]),
    ),
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

function bounds(node: SchemaNode): string[] {
  const limits = [
    node.minimum === undefined ? undefined : `at least ${node.minimum}`,
    node.exclusiveMinimum === undefined ? undefined : `more than ${node.exclusiveMinimum}`,
    node.maximum === undefined ? undefined : `at most ${node.maximum}`,
    node.exclusiveMaximum === undefined ? undefined : `less than ${node.exclusiveMaximum}`,
    node.pattern === undefined ? undefined : `matching ${node.pattern}`,
    node.format === undefined ? undefined : `in the format ${node.format}`,
    node.minItems ? `at least ${node.minItems} item${node.minItems === 1 ? '' : 's'}` : undefined,
  ].filter((limit) => limit !== undefined);
  return limits.length === 0 ? [] : [`(${limits.join(', ')})`];
}

const keywords = new Set([
  'description',
  'type',
  'enum',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'anyOf',
]);

/**
 * What OpenAI's strict mode would refuse in a schema; empty if nothing. The rules and limits are those of its guide to
 * Structured Outputs, "Supported schemas", February 2026: an object at the root, every property required, no additional
 * properties, 5000 properties, 10 levels of objects, 1000 enum values, 120 000 characters of names and enum values.
 */
export function strictModeProblems(schema: WireSchema): string[] {
  const problems: string[] = [];
  const total = { properties: 0, choices: 0, characters: 0 };

  function look(node: WireSchema, path: string, level: number): void {
    for (const keyword of Object.keys(node)) if (!keywords.has(keyword)) problems.push(`${path} has ${keyword}`);
    if (!node.type && !node.anyOf) problems.push(`${path} has neither type nor anyOf`);
    total.choices += node.enum?.length ?? 0;
    total.characters += (node.enum ?? []).reduce<number>((sum, choice) => sum + String(choice).length, 0);
    if ([node.type].flat().includes('object')) lookAtObject(node, path, level);
    if ([node.type].flat().includes('array') && !isObject(node.items))
      problems.push(`${path} is an array without items`);
    if (node.items) look(node.items, `${path}[]`, level);
    for (const branch of node.anyOf ?? []) look(branch, path, level);
  }

  function lookAtObject(node: WireSchema, path: string, level: number): void {
    const properties = Object.entries(node.properties ?? {});
    if (level + 1 > 10) problems.push(`${path} is nested deeper than 10 levels`);
    if (node.additionalProperties !== false) problems.push(`${path} lacks "additionalProperties": false`);
    total.properties += properties.length;
    for (const [name, property] of properties) {
      total.characters += name.length;
      if (!node.required?.includes(name)) problems.push(`${path}.${name} is not required`);
      look(property, `${path}.${name}`, level + 1);
    }
  }

  look(schema, '$', 0);
  if (schema.type !== 'object') problems.push('$ is not an object');
  if (total.properties > 5000) problems.push(`$ has ${total.properties} properties, more than 5000`);
  if (total.choices > 1000) problems.push(`$ has ${total.choices} enum values, more than 1000`);
  if (total.characters > 120_000) problems.push(`$ has ${total.characters} characters of names and enum values`);
  return problems;
}
