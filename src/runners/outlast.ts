import { setTimeout as wait } from 'node:timers/promises';
import { isPassing, isSprouteError } from '../errors.ts';
import { Patience } from './patience.ts';

const pauseMs = 1_000;

/** Repeats a step while the database is away: until it is back, nobody wants it any more, or patience is worn out. */
export async function outlast<T>(step: () => Promise<T>, isWanted: () => boolean): Promise<T> {
  const patience = new Patience();
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!isSprouteError(error) || !isPassing(error) || !isWanted() || patience.isWornOut()) throw error;
      await wait(pauseMs);
      if (!isWanted()) throw error;
    }
  }
}
