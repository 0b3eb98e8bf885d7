import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { errorCodes, SprouteError } from '../errors.ts';
import type { ProgramStep } from '../runners/schedule-steps.ts';

const codes = new Set(Object.keys(errorCodes));
const isCode = (code: unknown): code is keyof typeof errorCodes => typeof code === 'string' && codes.has(code);

/** What the thread says when it ends. */
const ending = z.union([
  z.object({ result: z.record(z.string(), z.unknown()) }),
  z.object({ code: z.custom<keyof typeof errorCodes>(isCode), message: z.string(), hint: z.string().optional() }),
]);

/**
 * The steps of the program, each in a thread of its own with its own connections: an audit computes for long, and must
 * starve neither the beat of the scheduler nor the leases of a runner in the same process.
 */
export function programSteps(database_url: string): ProgramStep {
  return async (fire, signal) => {
    const file = import.meta.url.endsWith('.ts') ? './schedule-step-thread.ts' : './schedule-step-thread.js';
    const thread = new Worker(new URL(file, import.meta.url), {
      name: 'schedule-step',
      execArgv: [],
      workerData: { database_url, fire },
    });
    // What is stored is stored, and the next attempt goes on from there.
    const stop = () => void thread.terminate();
    signal.addEventListener('abort', stop);
    try {
      const said = await new Promise<unknown>((resolve, reject) => {
        thread.once('message', resolve);
        thread.once('error', reject);
        thread.once('exit', () =>
          reject(new SprouteError('WORKER_DIED', 'The thread of the step ended before its work.')),
        );
        if (signal.aborted) stop();
      });
      const end = ending.parse(said);
      if ('result' in end) return end.result;
      throw new SprouteError(end.code, end.message, { hint: end.hint });
    } finally {
      signal.removeEventListener('abort', stop);
      await thread.terminate();
    }
  };
}
