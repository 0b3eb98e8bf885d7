import { type ContractSchema, type SchemaNode, type TypeName, typesOf } from './dialect.ts';
import { ownValue } from './json.ts';

/** What an expanded contract lacks to be safe and readable, as sentences; empty for a good one. */
export function brokenRules(root: ContractSchema): string[] {
  const problems: string[] = [];
  const asksModel = root['x-kind'] === 'output' && root['x-model'] !== false;
  walk(root, '$', (node, path) => {
    for (const reason of reasonsAgainst(node)) problems.push(`${path} ${reason}`);
    if (node['x-open'] && asksModel) problems.push(`${path} has x-open, and a model is asked for it`);
  });
  return problems;
}

/** Visits every node of an expanded schema; `[]` in a path stands for the items of an array. */
export function walk(node: SchemaNode, path: string, visit: (node: SchemaNode, path: string) => void): void {
  visit(node, path);
  for (const [name, property] of Object.entries(node.properties ?? {})) walk(property, `${path}.${name}`, visit);
  if (node.items) walk(node.items, `${path}[]`, visit);
}

const appliesTo: [(keyof SchemaNode)[], TypeName[]][] = [
  [['properties', 'required', 'additionalProperties'], ['object']],
  [['items', 'minItems', 'maxItems'], ['array']],
  [['minLength', 'maxLength', 'pattern', 'format'], ['string']],
  [
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
    ['number', 'integer'],
  ],
];

function reasonsAgainst(node: SchemaNode): string[] {
  const types = typesOf(node);
  const reasons: string[] = [];
  if (types.length === 0) reasons.push('has no type');
  if (new Set(types).size < types.length) reasons.push('names a type twice');
  for (const [keywords, wanted] of appliesTo) {
    if (wanted.some((type) => types.includes(type))) continue;
    for (const keyword of keywords) {
      if (node[keyword] !== undefined) reasons.push(`has ${keyword}, which does not apply to type ${types.join(', ')}`);
    }
  }
  if (node['x-open'] && !types.includes('object')) reasons.push('has x-open and is no object');
  if (types.includes('object')) reasons.push(...reasonsAgainstObject(node));
  if (types.includes('array') && !node.items) reasons.push('is an array without items');
  if (types.includes('array') && node.maxItems === undefined) reasons.push('is an array without maxItems');
  const choices = choicesOf(node);
  if (types.includes('string') && node.maxLength === undefined && choices === undefined) {
    reasons.push('is a text without maxLength');
  }
  if (choices?.some((choice) => !types.some((type) => isOfType(choice, type)))) {
    reasons.push(`allows a value that is not of type ${types.join(', ')}`);
  }
  return reasons;
}

function reasonsAgainstObject(node: SchemaNode): string[] {
  const reasons: string[] = [];
  if (node['x-open']) {
    const closed = node.properties ?? node.required ?? node.additionalProperties;
    return closed === undefined ? [] : ['has x-open and says what it holds'];
  }
  if (node.additionalProperties !== false) reasons.push('is an object without "additionalProperties": false');
  if (!node.properties) reasons.push('is an object without properties');
  if (!node.required) reasons.push('is an object without required (it may be empty)');
  for (const name of node.required ?? []) {
    if (!ownValue(node.properties, name)) reasons.push(`requires ${name}, which is none of its properties`);
  }
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    if (property.description === undefined) reasons.push(`has a property ${name} without description`);
  }
  return reasons;
}

/** The values that enum and const leave, or undefined if there is neither. */
export function choicesOf(node: SchemaNode): SchemaNode['enum'] {
  if (node.const === undefined) return node.enum;
  return node.enum?.includes(node.const) === false ? [] : [node.const];
}

/** Whether null is a value of its own here, and not a way of saying that an optional property is absent. */
export function admitsNull(node: SchemaNode): boolean {
  return typesOf(node).includes('null') && choicesOf(node)?.includes(null) !== false;
}

function isOfType(value: unknown, type: TypeName): boolean {
  if (type === 'null') return value === null;
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
