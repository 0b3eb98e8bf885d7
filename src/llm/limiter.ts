/** Lets at most so many tasks run at a time, first come first served; a waiting task can be stopped. */
export class Limiter {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  async run<T>(signal: AbortSignal, task: () => Promise<T> | T): Promise<T> {
    await this.#enter(signal);
    try {
      return await task();
    } finally {
      this.#free += 1;
      this.#waiting.shift()?.();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    while (this.#free <= 0) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const go = () => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        const stop = () => {
          const place = this.#waiting.indexOf(go);
          if (place >= 0) this.#waiting.splice(place, 1);
          go();
        };
        this.#waiting.push(go);
        signal.addEventListener('abort', stop, { once: true });
      });
    }
    signal.throwIfAborted();
    this.#free -= 1;
  }
}
