import { setTimeout as wait } from 'node:timers/promises';
import { isPassing, isSprouteError, type SprouteError } from '../errors.ts';
import { Patience } from './patience.ts';

const pauseMs = 1_000;

/**
 * Repeats a step while what it needs is away (the database, unless said otherwise): until it is back, nobody wants the
 * step any more, or patience is worn out.
 */
export async function outlast<T>(
  step: () => Promise<T>,
  isWanted: () => boolean,
  isAway: (error: SprouteError) => boolean = isPassing,
): Promise<T> {
  const patience = new Patience();
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!isSprouteError(error) || !isAway(error) || !isWanted() || patience.isWornOut()) throw error;
      await wait(pauseMs);
      if (!isWanted()) throw error;
    }
  }
}
