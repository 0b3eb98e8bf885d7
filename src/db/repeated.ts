import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, SprouteError } from '../errors.ts';
import { steadyMs } from '../steady-clock.ts';
import type { Database } from './connect.ts';
import { isTransient, isUndone, translateError } from './translate-error.ts';

export interface RepeatOptions {
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
 * Does something that is one transaction of its own, again after a transient failure: at most five times, and within the
 * time in which the database should answer. `where` names it in errors, attempts count from 1. Within a transaction of the
 * caller nothing is repeated: it is the caller's to begin anew.
 */
export async function repeated<T>(
  { driver, answer_ms }: Database,
  where: string,
  work: (attempt: number) => Promise<T>,
  { repeatable = true }: RepeatOptions = {},
): Promise<T> {
  const end = steadyMs() + answer_ms;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (driver.isTransaction) throw translateError(error, where);
      if (!repeatable && !isUndone(error)) throw unknownEnd(error, where);
      if (!isTransient(error) || attempt >= mostTries || steadyMs() >= end) throw translateError(error, where);
      repeats += 1;
      await wait(Math.random() * Math.min(2_000, 50 * 2 ** attempt));
    }
  }
}

function unknownEnd(error: unknown, where: string): SprouteError {
  return new SprouteError('DATABASE_TRANSIENT', `The connection was lost during ${where}: ${messageOf(error)}.`, {
    hint: 'It is not known whether the last step was done: look before you try again.',
    cause: error,
  });
}
