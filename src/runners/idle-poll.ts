const leastMs = 200;

/**
 * How long a runner rests before it looks for work again where nobody wakes it: 200 ms after there was work, twice as long
 * each time that there is none, up to `most_ms`.
 */
export class IdlePoll {
  readonly #most_ms: number;
  #next_ms = leastMs;

  constructor(most_ms: number) {
    this.#most_ms = most_ms;
  }

  /** ms. */
  next(): number {
    const wait_ms = Math.min(this.#next_ms, this.#most_ms);
    this.#next_ms = wait_ms * 2;
    return wait_ms;
  }

  /** There was work. */
  reset(): void {
    this.#next_ms = leastMs;
  }
}
