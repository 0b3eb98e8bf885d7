import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { testEngines } from './test/support/engines.ts';

const conformance = 'test/conformance/**/*.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/end-children.ts'],
    pool: 'forks',
    // Half of the time a test waits for a process or a server, and Vitest would leave one core to itself.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'sproute',
          include: ['test/**/*.test.ts'],
          exclude: [conformance],
          provide: { engine: 'postgres' },
        },
      },
      // One suite, run once an engine: a file asks for a database and gets one of its project's engine.
      ...testEngines().map((engine) => ({
        extends: true as const,
        test: { name: engine, include: [conformance], provide: { engine } },
      })),
    ],
  },
});
