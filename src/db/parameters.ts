import { SprouteError } from '../errors.ts';
import type { ParameterValue } from './driver.ts';

/** Throws INPUT_INVALID for what is not `schema.name`, which goes into a statement as it is. */
export function procedureName(procedure: string): string {
  if (/^[a-z_]+\.[a-z0-9_]+$/.test(procedure)) return procedure;
  throw new SprouteError('INPUT_INVALID', `${JSON.stringify(procedure)} is not the name of a procedure.`, {
    hint: 'Procedures are named schema.name in lower case.',
  });
}

export function parameterName(name: string): string {
  if (/^[a-z][a-z0-9_]*$/.test(name)) return name;
  throw new SprouteError('INPUT_INVALID', `${JSON.stringify(name)} is not the name of a parameter.`);
}

/** Arrays and objects as JSON. */
export function boundJson(value: Exclude<ParameterValue, Date>): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
