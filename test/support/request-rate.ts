import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect } from 'vitest';
import type { ScriptedRequest } from './scripted-model.ts';

/** How late after its slot llm.usp_reserve_budget allows a request to be, ms. */
const lateMs = 1_200;

/** Watches from now on how long this process, in which the endpoint is, stood still; tells whether a limit was kept. */
export function watchRequestRate(perMinute: number) {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return {
    /** What a minute may hold, a stretch of it may hold in proportion, and the burst and the lateness besides. */
    expectKept(requests: readonly ScriptedRequest[], stretches: readonly number[]): void {
      delay.disable();
      // What came while it stood still was seen when it went on.
      const late = lateMs + delay.max / 1_000_000;
      const sent = requests.map(({ at }) => at);
      for (const stretch of stretches) {
        const most = Math.max(...sent.map((from) => sent.filter((at) => at >= from && at < from + stretch).length));
        expect(most).toBeLessThanOrEqual(Math.ceil((perMinute * (stretch + late)) / 60_000) + perMinute / 100);
      }
    },
  };
}
