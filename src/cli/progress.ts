import { SingleBar } from 'cli-progress';
import { say } from './output.ts';
import { visibleLine } from './visible.ts';

export interface Progress {
  /** `note` says what is going on now. */
  update(done: number, note: string, total?: number): void;
  stop(): void;
}

const lineEveryMs = 5_000;

/** A bar on a terminal, a line every few seconds elsewhere; on stderr either way. */
export function startProgress(what: string, total: number): Progress {
  return process.stderr.isTTY ? bar(what, total) : lines(what, total);
}

function bar(what: string, total: number): Progress {
  const shown = new SingleBar({
    stream: process.stderr,
    format: `${what} {bar} {value}/{total} {eta_formatted} {note}`,
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
    barsize: 24,
    linewrap: false,
  });
  shown.start(total, 0, { note: '' });
  return {
    update: (done, note, newTotal) => {
      if (newTotal !== undefined) shown.setTotal(newTotal);
      shown.update(done, { note: visibleLine(note).slice(0, 60) });
    },
    stop: () => shown.stop(),
  };
}

function lines(what: string, total: number): Progress {
  const started = Date.now();
  let last = started;
  return {
    update: (done, note, newTotal) => {
      if (Date.now() - last < lineEveryMs) return;
      last = Date.now();
      const rate = done / ((last - started) / 1000);
      say(`${what}: ${done}/${newTotal ?? total}, ${rate.toFixed(1)}/s${note === '' ? '' : `, ${note.slice(0, 60)}`}`);
    },
    stop: () => {},
  };
}
