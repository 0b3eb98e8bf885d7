import { SprouteError } from '../errors.ts';
import { isObject, nestsDeeperThan } from './json.ts';

const deepest = 200;

/**
 * JSON without white space, keys sorted by UTF-16 units, texts and numbers as JSON.stringify prints them (so 1.0 is 1
 * and -0 is 0); properties that are undefined are left out. Throws INPUT_INVALID for what is no JSON or nests deeper
 * than 200 levels.
 */
export function canonicalJson(value: unknown): string {
  if (nestsDeeperThan(deepest, value)) throw invalid(`nests deeper than ${deepest} levels`);
  return print(value);
}

function print(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each: unknown) => print(each ?? null)).join(',')}]`;
  if (isObject(value)) {
    const present = Object.keys(value).filter((key) => value[key] !== undefined);
    return `{${present
      .sort()
      .map((key) => `${JSON.stringify(key)}:${print(value[key])}`)
      .join(',')}}`;
  }
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return JSON.stringify(value);
  }
  throw invalid(`holds a ${typeof value}`);
}

function invalid(what: string): SprouteError {
  return new SprouteError('INPUT_INVALID', `a value ${what}, so it has no canonical JSON`, {
    hint: 'Pass a value that came from JSON and was validated against its contract.',
  });
}
