import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { testEngines } from './test/support/engines.ts';

const conformance = 'test/conformance/**/*.test.ts';
// They want a process of their own: one registers an SDK for all of it, the other measures its memory.
const alone = ['test/telemetry/**/*.test.ts', 'test/datasource/connect.test.ts'];
const cores = availableParallelism();

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/end-children.ts'],
    pool: 'forks',
    // Half of the time a test waits for a process, a server or a lease; more workers than that would want too many connections.
    maxWorkers: Math.max(cores, Math.min(8, 2 * cores)),
    // What is imported is imported once a worker: no file changes what another one sees.
    isolate: false,
    // Only what hangs takes so long, also on a machine that is busy with other things.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'sproute',
          include: ['test/**/*.test.ts'],
          exclude: [conformance, ...alone],
          provide: { engine: 'postgres' },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: alone, isolate: true, provide: { engine: 'postgres' } },
      },
      // One suite, run once an engine: a file asks for a database and gets one of its project's engine.
      ...testEngines().map((engine) => ({
        extends: true as const,
        test: {
          ...{ name: engine, include: [conformance], provide: { engine } },
          // Databases of other engines are deployed, not cloned, and that may take long.
          ...(engine !== 'postgres' && { testTimeout: 1_200_000, hookTimeout: 1_200_000 }),
        },
      })),
    ],
  },
});
