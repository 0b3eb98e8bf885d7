import { setTimeout as wait } from 'node:timers/promises';

const mostTries = 6;

/** Connects again while the server has no connection left, ends the new ones, or is just starting: nothing was begun. */
export async function whileBusy<T>(isBusy: (error: unknown) => boolean, connect: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connect();
    } catch (error) {
      if (!isBusy(error) || attempt >= mostTries) throw error;
      await wait(Math.random() * Math.min(2_000, 100 * 2 ** attempt));
    }
  }
}
