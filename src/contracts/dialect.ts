import type { ValidateFunction } from 'ajv/dist/2020.js';
import { contractAjv } from './ajv.ts';
import { issueOf } from './issues.ts';
import { nestsDeeperThan } from './json.ts';

export type TypeName = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';
export type Scalar = string | number | boolean | null;

/** The subset of JSON Schema 2020-12 that contracts are written in: what can be validated, compared and sent to a model. */
export interface SchemaNode {
  $ref?: string;
  title?: string;
  description?: string;
  examples?: unknown[];
  type?: TypeName | TypeName[];
  enum?: Scalar[];
  const?: Scalar;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  additionalProperties?: false;
  items?: SchemaNode;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  'x-merge'?: string[];
  'x-evidence'?: string | null;
  'x-name'?: string[];
  'x-key'?: 'name' | 'type';
  'x-time'?: true;
  'x-open'?: true;
}

/** The root of a contract file. */
export interface ContractSchema extends SchemaNode {
  $schema: string;
  $id: string;
  title: string;
  description: string;
  $defs?: Record<string, SchemaNode>;
  'x-kind': 'input' | 'output';
  'x-items'?: { path: string; kind: string }[];
  'x-model'?: false;
  'x-breaking'?: string;
}

export const schemaUri = 'https://json-schema.org/draft/2020-12/schema';

/** The value as a contract in this dialect; throws an Error saying what is wrong with it. Rules across nodes come later. */
export function readSchema(value: unknown): ContractSchema {
  if (nestsDeeperThan(deepest, value)) throw new Error(`it nests deeper than ${deepest} levels`);
  // Compiled when the first contract is read: most commands read none, and it takes as long as their whole start.
  isContractSchema ??= contractAjv.firstError.compile<ContractSchema>(dialect);
  if (isContractSchema(value)) return value;
  const issues = (isContractSchema.errors ?? []).map((error) => issueOf(error, value));
  throw new Error(issues.map(({ path, expected, got }) => `${path} should be ${expected}, not ${got}`).join('; '));
}

export function typesOf(node: SchemaNode): TypeName[] {
  if (node.type === undefined) return [];
  return typeof node.type === 'string' ? [node.type] : node.type;
}

const deepest = 60;
const count = { type: 'integer', minimum: 0 };
const text = { type: 'string', minLength: 1 };
const propertyName = { type: 'string', pattern: '^[a-z][a-z0-9_]{0,63}$' };
const propertyNames = { type: 'array', items: propertyName };
const scalar = { type: ['string', 'number', 'boolean', 'null'] };
const typeName = { enum: ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'] };
const nodes = { type: 'object', propertyNames: propertyName, additionalProperties: { $ref: '#/$defs/node' } };

const nodeKeywords = {
  $ref: { type: 'string', pattern: '^#/\\$defs/[a-z][a-z0-9_]{0,63}$' },
  title: text,
  description: text,
  examples: { type: 'array' },
  type: { anyOf: [typeName, { type: 'array', minItems: 1, items: typeName }] },
  enum: { type: 'array', minItems: 1, items: scalar },
  const: scalar,
  properties: nodes,
  required: propertyNames,
  additionalProperties: { const: false },
  items: { $ref: '#/$defs/node' },
  minItems: count,
  maxItems: count,
  minLength: count,
  maxLength: count,
  pattern: { type: 'string', format: 'regex' },
  format: { enum: ['date', 'date-time', 'time', 'duration', 'email', 'uri', 'uuid'] },
  minimum: { type: 'number' },
  maximum: { type: 'number' },
  exclusiveMinimum: { type: 'number' },
  exclusiveMaximum: { type: 'number' },
  'x-merge': propertyNames,
  'x-evidence': { anyOf: [propertyName, { type: 'null' }] },
  'x-name': propertyNames,
  'x-key': { enum: ['name', 'type'] },
  'x-time': { const: true },
  'x-open': { const: true },
};

const items = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['path', 'kind'],
    properties: { path: { type: 'string', pattern: '^([a-z][a-z0-9_]{0,63})?$' }, kind: propertyName },
  },
};

let isContractSchema: ValidateFunction<ContractSchema> | undefined;

const dialect = {
  $schema: schemaUri,
  type: 'object',
  additionalProperties: false,
  required: ['$schema', '$id', 'title', 'description', 'x-kind', 'type', 'properties', 'required'],
  properties: {
    ...nodeKeywords,
    $schema: { const: schemaUri },
    $id: text,
    $defs: nodes,
    type: { const: 'object' },
    'x-kind': { enum: ['input', 'output'] },
    'x-items': items,
    'x-model': { const: false },
    'x-breaking': text,
  },
  $defs: { node: { type: 'object', additionalProperties: false, properties: nodeKeywords } },
};
