import { steadyMs } from '../steady-clock.ts';

const longestMs = 5 * 60_000;
/** What nobody needed for so long may have been there meanwhile. */
const forgottenMs = 2 * longestMs;

/** How long something that every job needs may stay away before a runner gives up: five minutes without a break. */
export class Patience {
  readonly #now: () => number;
  #awaySince: number | undefined;
  #lastAway = 0;

  constructor(now: () => number = steadyMs) {
    this.#now = now;
  }

  /** It is there. */
  renew(): void {
    this.#awaySince = undefined;
  }

  /** It is away; true once it has been for too long. */
  isWornOut(): boolean {
    const now = this.#now();
    if (this.#awaySince === undefined || now - this.#lastAway > forgottenMs) this.#awaySince = now;
    this.#lastAway = now;
    return now - this.#awaySince > longestMs;
  }
}
