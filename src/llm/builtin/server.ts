import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A running built-in model. */
export interface BuiltinModel {
  /** Loopback, with the path that OpenAI clients expect; any thread of this process may ask it. */
  base_url: string;
  model: string;
  close(): Promise<void>;
}

/**
 * Starts the built-in model on a free port of loopback, in a thread of its own so that it cannot starve lease
 * renewals. It does not keep the process alive. Throws what the thread threw if it cannot start.
 */
export async function startBuiltinModel(): Promise<BuiltinModel> {
  const file = import.meta.url.endsWith('.ts') ? './server-thread.ts' : './server-thread.js';
  const thread = new Worker(new URL(file, import.meta.url), { name: 'builtin-model', execArgv: [] });
  const [started]: unknown[] = await once(thread, 'message');
  thread.unref();
  const { port, model } = startedAt(started);
  return {
    base_url: `http://127.0.0.1:${port}/v1`,
    model,
    close: async () => {
      await thread.terminate();
    },
  };
}

function startedAt(message: unknown): { port: number; model: string } {
  const known = typeof message === 'object' && message !== null && 'port' in message && 'model' in message;
  if (!known || typeof message.port !== 'number' || typeof message.model !== 'string') {
    throw new TypeError('the thread of the built-in model did not say where it listens');
  }
  return { port: message.port, model: message.model };
}
