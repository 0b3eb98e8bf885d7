import type { Writable } from 'node:stream';

/** A terminal to draw on; what is no terminal has no size. */
export type ScreenOutput = Writable & { columns?: number; rows?: number };

const esc = '\u001b[';
// The alternate screen, no cursor, no wrapping of lines that turn out wider than they should be.
const enter = `${esc}?1049h${esc}?25l${esc}?7l${esc}H${esc}2J`;
const leave = `${esc}?7h${esc}?25h${esc}?1049l`;

/** The alternate screen of a terminal; only lines that changed are written, so that nothing flickers. */
export class LiveScreen {
  readonly #out: ScreenOutput;
  #shown: readonly string[] = [];
  #size = '';
  #isOpen = false;

  constructor(out: ScreenOutput) {
    this.#out = out;
  }

  get size(): { columns: number; rows: number } {
    // Some terminals say 0 until they know.
    return { columns: Math.max(this.#out.columns || 80, 1), rows: Math.max(this.#out.rows || 24, 1) };
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#shown = [];
    this.#out.write(enter);
  }

  /** Gives the terminal back as it was; any number of times. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#out.write(leave);
  }

  /** A line is cleared before it is written: after a full one the cursor stands on its last character. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const { columns, rows } = this.size;
    const size = `${columns}x${rows}`;
    const isNew = size !== this.#size;
    const changed = lines
      .slice(0, rows)
      .flatMap((line, at) => (isNew || line !== (this.#shown[at] ?? '') ? [`${esc}${at + 1};1H${esc}K${line}`] : []));
    this.#shown = lines;
    this.#size = size;
    if (isNew) changed.unshift(`${esc}2J`);
    if (changed.length > 0) this.#out.write(changed.join(''));
  }
}
