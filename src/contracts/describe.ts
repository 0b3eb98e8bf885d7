import { type SchemaNode, typesOf } from './dialect.ts';
import type { Contract } from './registry.ts';
import { choicesOf } from './schema-rules.ts';

/** One field of a contract, for people. */
export interface FieldDescription {
  /** `entities[].name` */
  path: string;
  type: string;
  required: boolean;
  limits: string;
  description: string;
}

/** The fields of a contract from top to bottom, each array followed by what it holds. */
export function describeContract(contract: Contract): FieldDescription[] {
  return fieldsOf(contract.root, '');
}

function fieldsOf(node: SchemaNode, path: string): FieldDescription[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, property]) => {
    const below = path === '' ? name : `${path}.${name}`;
    const required = node.required?.includes(name) ?? false;
    return [
      fieldOf(property, below, required),
      ...fieldsOf(property, below),
      ...fieldsOf(property.items ?? {}, `${below}[]`),
    ];
  });
}

function fieldOf(node: SchemaNode, path: string, required: boolean): FieldDescription {
  const types = typesOf(node).map((type) => (type === 'array' && node.items ? arrayOf(node.items) : type));
  const inner = node.items ? limitsOf(node.items).map((limit) => `each ${limit}`) : [];
  return {
    path,
    type: types.join(' or '),
    required,
    limits: [...limitsOf(node), ...inner].join(', '),
    description: node.description ?? '',
  };
}

function arrayOf(items: SchemaNode): string {
  return `array of ${typesOf(items).join(' or ')}`;
}

function limitsOf(node: SchemaNode): string[] {
  const choices = choicesOf(node)?.map((choice) => JSON.stringify(choice));
  return [
    choices && `one of ${choices.join(', ')}`,
    range(node.minLength, node.maxLength, 'characters'),
    range(node.minItems, node.maxItems, 'items'),
    range(node.minimum, node.maximum, ''),
    node.exclusiveMinimum !== undefined && `> ${node.exclusiveMinimum}`,
    node.exclusiveMaximum !== undefined && `< ${node.exclusiveMaximum}`,
    node.pattern !== undefined && `matches ${node.pattern}`,
    node.format !== undefined && node.format,
  ].filter((limit) => typeof limit === 'string');
}

function range(least: number | undefined, most: number | undefined, unit: string): string | undefined {
  if (least === undefined && most === undefined) return undefined;
  if (most === undefined) return `>= ${least} ${unit}`.trim();
  return (least === undefined ? `<= ${most} ${unit}` : `${least}-${most} ${unit}`).trim();
}
