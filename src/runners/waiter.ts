import { steadyMs } from '../steady-clock.ts';
/** Lets several loops sleep until something happens: whoever rouses it wakes them all. */
export class Waiter {
  readonly #sleepers = new Set<() => void>();

  rouse(): void {
    for (const wake of this.#sleepers) wake();
  }

  /** Waits until the condition holds or the time is up, ms; looks again whenever it is roused. */
  async until(condition: () => boolean, ms: number): Promise<void> {
    const end = steadyMs() + ms;
    while (!condition() && steadyMs() < end) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#sleepers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.max(1, end - steadyMs()));
        this.#sleepers.add(wake);
      });
    }
  }
}
