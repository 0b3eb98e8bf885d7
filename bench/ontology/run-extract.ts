import { projectFolder, startCli } from '../../test/support/cli.ts';
import { watchProcess } from '../support/watch-process.ts';

/** How one `sproute ontology extract` went. */
export interface Extract {
  code: number | null;
  seconds: number;
  /** The longest time without a word, from its start to its end. */
  silence_ms: number;
  /** The most that its process held. */
  rss_mb: number;
}

/** Runs the command as a user would; what it says comes here too. */
export async function runExtract(args: readonly string[], settings: Record<string, string>): Promise<Extract> {
  const started = Date.now();
  const child = startCli(['ontology', 'extract', ...args], projectFolder(), settings);
  const watch = watchProcess(child.pid ?? 0, 500);
  let last = started;
  let silence_ms = 0;
  const heard = (part: unknown) => {
    silence_ms = Math.max(silence_ms, Date.now() - last);
    last = Date.now();
    process.stderr.write(String(part));
  };
  child.stdout?.on('data', heard);
  child.stderr?.on('data', heard);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  watch.stop();
  return {
    code,
    seconds: (Date.now() - started) / 1_000,
    silence_ms: Math.max(silence_ms, Date.now() - last),
    rss_mb: Math.max(0, ...watch.samples.map(({ rss_mb }) => rss_mb)),
  };
}
