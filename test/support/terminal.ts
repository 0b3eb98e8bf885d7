import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { living, mainFile } from './cli.ts';

/** `script` of util-linux lends a pseudo-terminal. */
export const hasTerminals = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** `sproute ...` on a terminal of its own, with colours. */
export class Terminal {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  #screen = '';
  #seen = 0;
  #changed = Promise.withResolvers<void>();

  constructor(args: readonly string[], cwd: string, settings: Record<string, string>) {
    const command = [process.execPath, mainFile, ...args].map((part) => `'${part}'`).join(' ');
    const { NO_COLOR: _, DATABASE_URL: __, ...rest } = process.env;
    const env = { ...rest, TERM: 'xterm', ...settings };
    this.#child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { cwd, env });
    living.add(this.#child);
    this.#child.stdout?.on('data', (part) => {
      this.#screen += String(part);
      this.#wake();
    });
    this.#exit = new Promise((resolve) =>
      this.#child.on('close', (code) => {
        living.delete(this.#child);
        this.#wake();
        resolve(code);
      }),
    );
  }

  /** Waits until one of some texts is shown after all that was waited for before, and returns what came up to it. */
  async see(...texts: readonly string[]): Promise<string> {
    for (;;) {
      const ends = texts.flatMap((text) => {
        const at = this.#screen.indexOf(text, this.#seen);
        return at < 0 ? [] : [at + text.length];
      });
      if (ends.length > 0) {
        const shown = this.#screen.slice(this.#seen, Math.min(...ends));
        this.#seen = Math.min(...ends);
        return shown;
      }
      if (this.#child.exitCode !== null) throw new Error(`it ended without ${texts.join(', ')}:\n${this.#screen}`);
      await this.#changed.promise;
    }
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  async end(): Promise<{ code: number | null; screen: string }> {
    return { code: await this.#exit, screen: this.#screen };
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
