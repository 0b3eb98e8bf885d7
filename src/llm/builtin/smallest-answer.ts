import { isObject } from '../../contracts/json.ts';

const deepest = 20;

/** The smallest value that a wire schema admits (empty lists, nulls, first choices); undefined if it says too little. */
export function smallestAnswer(schema: unknown, depth = 0): unknown {
  if (!isObject(schema) || depth > deepest) return undefined;
  if (Array.isArray(schema.enum)) return schema.enum.includes(null) ? null : schema.enum[0];
  if ('const' in schema) return schema.const;
  const [choice] = Array.isArray(schema.anyOf) ? schema.anyOf : [];
  if (choice !== undefined) return nullable(schema.anyOf) ? null : smallestAnswer(choice, depth + 1);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.includes('null')) return null;
  switch (types[0]) {
    case 'object':
      return smallestObject(schema, depth);
    case 'array':
      return smallestList(schema, depth);
    case 'string':
      return 'unknown';
    case 'number':
    case 'integer':
      return typeof schema.minimum === 'number' ? schema.minimum : 0;
    case 'boolean':
      return false;
    default:
      return undefined;
  }
}

function nullable(choices: unknown): boolean {
  return Array.isArray(choices) && choices.some((choice) => isObject(choice) && choice.type === 'null');
}

function smallestObject(schema: Record<string, unknown>, depth: number): unknown {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const made: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (!required.includes(name)) continue;
    const value = smallestAnswer(property, depth + 1);
    if (value === undefined) return undefined;
    made[name] = value;
  }
  return made;
}

function smallestList(schema: Record<string, unknown>, depth: number): unknown {
  const least = typeof schema.minItems === 'number' ? schema.minItems : 0;
  if (least < 1) return [];
  const item = smallestAnswer(schema.items, depth + 1);
  return item === undefined ? undefined : Array.from({ length: Math.min(least, 100) }, () => item);
}
