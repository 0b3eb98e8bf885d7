const longestMs = 5 * 60_000;

/** How long something that every job needs may stay away before a runner gives up: five minutes without a break. */
export class Patience {
  readonly #now: () => number;
  #awaySince: number | undefined;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** It is there. */
  renew(): void {
    this.#awaySince = undefined;
  }

  /** It is away; true once it has been for too long. */
  isWornOut(): boolean {
    this.#awaySince ??= this.#now();
    return this.#now() - this.#awaySince > longestMs;
  }
}
