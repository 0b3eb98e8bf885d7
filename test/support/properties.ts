import fc from 'fast-check';
import { inject } from 'vitest';

// A property that failed says why before its test runs out of time, however long its example could still be shrunk. Who asks
// for more sequences than usual (SPROUTE_RUNS) waits for them.
if (process.env.SPROUTE_RUNS === undefined) {
  fc.configureGlobal({ interruptAfterTimeLimit: inject('property_ms'), markInterruptAsFailure: true });
}
