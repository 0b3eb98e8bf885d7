import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, SprouteError } from '../errors.ts';
import { steadyMs } from '../steady-clock.ts';
import type { Database } from './connect.ts';
import type { ParameterValue } from './driver.ts';
import { procedureName } from './parameters.ts';
import { isTransient, isUndone, translateError } from './translate-error.ts';

export type { ParameterValue } from './driver.ts';

export interface CallOptions {
  /** False for what would be done twice: then it is not repeated where it may have been done already. */
  repeatable?: boolean;
}

const mostTries = 6;
let repeats = 0;

/** How often this thread had to repeat a call (deadlock, serialization failure, lost connection) since it last asked. */
export function takeRepeatedCalls(): number {
  const taken = repeats;
  repeats = 0;
  return taken;
}

/**
 * Calls a stored procedure by name with named parameters and returns its rows. undefined leaves a parameter at its
 * default; arrays and objects go as JSON, dates as UTC. One call is one transaction; a transient failure repeats it, at
 * most five times and within the time in which the database should answer. After a lost connection it may have been done
 * already, which is safe with the procedures that are idempotent or fenced (their headers say so). Within a transaction
 * of the caller (see inSnapshot) nothing is repeated: it is the caller's to begin anew.
 */
export async function callProcedure<Row = Record<string, unknown>>(
  db: Database,
  procedure: string,
  parameters: Record<string, ParameterValue> = {},
  { repeatable = true }: CallOptions = {},
): Promise<Row[]> {
  const { driver, answer_ms } = db;
  const name = procedureName(procedure);
  const end = steadyMs() + answer_ms;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await driver.call<Row>(name, parameters, answer_ms);
    } catch (error) {
      if (driver.isTransaction) throw translateError(error, procedure);
      if (!repeatable && !isUndone(error)) throw unknownEnd(error, procedure);
      if (!isTransient(error) || attempt >= mostTries || steadyMs() >= end) throw translateError(error, procedure);
      repeats += 1;
      await wait(Math.random() * Math.min(2_000, 50 * 2 ** attempt));
    }
  }
}

function unknownEnd(error: unknown, procedure: string): SprouteError {
  return new SprouteError('DATABASE_TRANSIENT', `The connection was lost during ${procedure}: ${messageOf(error)}.`, {
    hint: 'It is not known whether the last step was done: look before you try again.',
    cause: error,
  });
}
