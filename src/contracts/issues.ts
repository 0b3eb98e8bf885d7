import type { ErrorObject } from 'ajv/dist/2020.js';
import { isObject, type JsonObject, ownValue } from './json.ts';

/** One thing wrong with an answer, worded for the model that gave it. */
export interface Issue {
  /** Where, as a JSON path: `$.entities[3].confidence`. */
  path: string;
  expected: string;
  /** What stood there instead, at most 200 characters. */
  got: string;
}

const longestGot = 200;

/** An error of a verbose Ajv as an issue; `root` is the value that it is about. */
export function issueOf(error: ErrorObject, root: unknown): Issue {
  const { path, value } = find(error.instancePath, root);
  const params: Record<string, unknown> = error.params;
  if (error.keyword === 'required') {
    const name = String(params.missingProperty);
    return { path: path + step(name), expected: `${typesIn(error, name)} (required)`, got: 'nothing' };
  }
  if (error.keyword === 'additionalProperties') {
    const name = String(params.additionalProperty);
    const surplus = isObject(value) ? ownValue(value, name) : undefined;
    return { path: path + step(name), expected: `no such property; known are ${knownIn(error)}`, got: gist(surplus) };
  }
  return { path, expected: expectation(error), got: gist(value) };
}

/** A value of any size and depth in at most 200 characters. */
export function gist(value: unknown): string {
  const whole = gistOf(value);
  return whole.length <= longestGot ? whole : `${whole.slice(0, longestGot - 3).toWellFormed()}...`;
}

function gistOf(value: unknown): string {
  if (typeof value === 'string') {
    const start = JSON.stringify(value.slice(0, longestGot));
    return value.length <= longestGot ? start : `a string of ${value.length} characters: ${start}`;
  }
  if (Array.isArray(value)) return `an array of ${value.length} items`;
  if (isObject(value)) return `an object with ${listed(Object.keys(value))}`;
  return String(value);
}

function expectation(error: ErrorObject): string {
  const params: Record<string, unknown> = error.params;
  const limit = String(params.limit);
  switch (error.keyword) {
    case 'type':
      return typeWords(params.type);
    case 'enum':
      return `one of ${listed([params.allowedValues].flat().map((value) => JSON.stringify(value)))}`;
    case 'const':
      return JSON.stringify(params.allowedValue);
    case 'minLength':
      return limit === '1' ? 'a text that is not empty' : `at least ${limit} characters`;
    case 'maxLength':
      return `at most ${limit} characters`;
    case 'minItems':
      return limit === '1' ? 'at least one item' : `at least ${limit} items`;
    case 'maxItems':
      return `at most ${limit} items`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `a number ${String(params.comparison)} ${limit}`;
    case 'pattern':
      return `a text that matches ${String(params.pattern)}`;
    case 'format':
      return `a text in the format ${String(params.format)}`;
    default:
      return error.message ?? error.keyword;
  }
}

function typeWords(types: unknown): string {
  const words = [types].flat().map((type) => {
    const name = String(type);
    if (name === 'null') return name;
    return /^[aeio]/.test(name) ? `an ${name}` : `a ${name}`;
  });
  return words.join(' or ');
}

function typesIn(error: ErrorObject, name: string): string {
  const property = ownValue(propertiesIn(error), name);
  return isObject(property) && property.type !== undefined ? typeWords(property.type) : 'a value';
}

function knownIn(error: ErrorObject): string {
  return listed(Object.keys(propertiesIn(error)));
}

function propertiesIn(error: ErrorObject): JsonObject {
  const properties: unknown = error.parentSchema?.properties;
  return isObject(properties) ? properties : {};
}

function listed(names: string[]): string {
  if (names.length === 0) return 'nothing';
  const shown = names.slice(0, 20).map((name) => name.slice(0, 100));
  return shown.join(', ') + (names.length > shown.length ? `, and ${names.length - shown.length} more` : '');
}

/** What a JSON pointer points at, and the pointer as a path: `/entities/3/name` is `$.entities[3].name`. */
function find(pointer: string, root: unknown): { path: string; value: unknown } {
  let path = '$';
  let value = root;
  for (const escaped of pointer.split('/').slice(1)) {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    path += Array.isArray(value) ? `[${key}]` : step(key);
    value = Array.isArray(value) ? value[Number(key)] : isObject(value) ? ownValue(value, key) : undefined;
  }
  return { path, value };
}

function step(key: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key) && key.length <= 100 ? `.${key}` : `[${gist(key)}]`;
}
