import type { Database } from './connect.ts';
import type { ParameterValue } from './driver.ts';
import { procedureName } from './parameters.ts';
import { type RepeatOptions, repeated } from './repeated.ts';

export type { ParameterValue } from './driver.ts';

export interface CallOptions extends RepeatOptions {
  /** What a call that may have been done already is passed in place of `parameters`, so that it answers as the first time. */
  repeat?: () => Record<string, ParameterValue>;
}

/**
 * Calls a stored procedure by name with named parameters and returns its rows. undefined leaves a parameter at its
 * default; arrays and objects go as JSON, dates as UTC. One call is one transaction; a transient failure repeats it (see
 * repeated). After a lost connection it may have been done already, which is safe with the procedures that are idempotent
 * or fenced (their headers say so).
 */
export async function callProcedure<Row = Record<string, unknown>>(
  db: Database,
  procedure: string,
  parameters: Record<string, ParameterValue> = {},
  { repeat = () => parameters, ...options }: CallOptions = {},
): Promise<Row[]> {
  const name = procedureName(procedure);
  const call = (attempt: number) => db.driver.call<Row>(name, attempt === 1 ? parameters : repeat(), db.answer_ms);
  return repeated(db, name, call, options);
}
