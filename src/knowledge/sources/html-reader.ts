import { Piscina } from 'piscina';
import { Limiter } from '../../llm/limiter.ts';
import type { HtmlMode, HtmlText } from './html-mode.ts';

/** Reads HTML in threads, so that markup made to take for ever costs a minute and its page, not the run. */
export interface HtmlReader {
  /** Throws if it takes longer than a minute or more memory than there is. */
  read(html: string, mode: HtmlMode): Promise<HtmlText>;
  close(): Promise<void>;
}

const longestMs = 60_000;
const threads = 2;

/** Nothing starts before the first page is read. */
export function createHtmlReader(timeout_ms = longestMs): HtmlReader {
  const file = import.meta.url.endsWith('.ts') ? './html-thread.ts' : './html-thread.js';
  let pool: Piscina | undefined;
  // Who waits for a thread does not use up time.
  const limiter = new Limiter(threads);
  const closing = new AbortController();
  const start = () => {
    const made = new Piscina({
      filename: new URL(file, import.meta.url).href,
      minThreads: 1,
      maxThreads: threads,
      idleTimeout: 10_000,
      resourceLimits: { maxOldGenerationSizeMb: 2_048, maxYoungGenerationSizeMb: 32 },
    });
    made.on('error', () => {});
    return made;
  };
  return {
    read(html, mode) {
      return limiter.run(closing.signal, async () => {
        pool ??= start();
        const signal = AbortSignal.timeout(timeout_ms);
        try {
          const text: HtmlText = await pool.run({ html, mode }, { signal });
          return text;
        } catch (error) {
          if (!signal.aborted) throw error;
          throw new Error(`it took more than ${timeout_ms / 1000} s`, { cause: error });
        }
      });
    },
    async close() {
      closing.abort();
      await pool?.destroy();
    },
  };
}
