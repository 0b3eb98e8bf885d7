import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { testEngines } from './test/support/engines.ts';

const conformance = 'test/conformance/**/*.test.ts';
// They want a process of their own: one registers an SDK for all of it, the other measures its memory.
const alone = ['test/telemetry/**/*.test.ts', 'test/datasource/connect.test.ts'];
// Only what hangs takes so long, also on a machine that is busy with other things.
const hang = limits(300_000);
// Databases of other engines are deployed, not cloned, and that may take long.
const deployedHang = limits(1_200_000);
const cores = availableParallelism();

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/end-children.ts', 'test/support/properties.ts'],
    pool: 'forks',
    // Half of the time a test waits for a process, a server or a lease; more workers than that would want too many connections.
    maxWorkers: Math.max(cores, Math.min(8, 2 * cores)),
    // What is imported is imported once a worker: no file changes what another one sees.
    isolate: false,
    ...hang.timeouts,
    projects: [
      {
        extends: true,
        test: {
          name: 'sproute',
          include: ['test/**/*.test.ts'],
          exclude: [conformance, ...alone],
          provide: { engine: 'postgres', ...hang.provided },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: alone, isolate: true, provide: { engine: 'postgres', ...hang.provided } },
      },
      // One suite, run once an engine: a file asks for a database and gets one of its project's engine.
      ...testEngines().map((engine) => {
        const { timeouts, provided } = engine === 'postgres' ? hang : deployedHang;
        return {
          extends: true as const,
          test: { name: engine, include: [conformance], ...timeouts, provide: { engine, ...provided } },
        };
      }),
    ],
  },
});

/** A property ends before its test, so that it can say which example failed. */
function limits(ms: number) {
  return { timeouts: { testTimeout: ms, hookTimeout: ms }, provided: { property_ms: 0.8 * ms } };
}
