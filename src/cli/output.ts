import { once } from 'node:events';
import Table from 'cli-table3';
import { visible, visibleLine } from './visible.ts';

const esc = String.fromCharCode(27);
const styles = { bold: [1, 22], dim: [2, 22], green: [32, 39], red: [31, 39], yellow: [33, 39] } as const;
/** None of them hides anything. */
const ownStyle = new RegExp(`(${esc}\\[(?:${[...new Set(Object.values(styles).flat())].join('|')})m)`);

/**
 * Data goes to stdout; everything else to stderr. What steers a terminal is shown as U+FFFD, but for our own styles:
 * a page may say anything. JSON is exact.
 */
export function print(text: string): void {
  const parts = hasStyles() ? text.split(ownStyle) : [text];
  // split() puts the styles themselves at the odd places.
  process.stdout.write(`${parts.map((part, at) => (at % 2 === 0 ? visible(part) : part)).join('')}\n`);
}

/**
 * Prints a part of something long, no faster than it is read. Throws the error of an output that is closed or full, so
 * that nothing more is made for it.
 */
export async function printPart(text: string): Promise<void> {
  if (process.stdout.errored) throw process.stdout.errored;
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

export function say(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** `1 job`, `2 jobs`, `3 entities`. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : nouns}`;
}

/** Rows as a table with the given columns, or as JSON. */
export function printRows(rows: readonly object[], columns: readonly string[], asJson: boolean): void {
  if (asJson) printJson(rows);
  else if (rows.length === 0) print('(none)');
  else print(tableOf(rows, columns));
}

function tableOf(rows: readonly object[], columns: readonly string[]): string {
  const table = new Table({ head: [...columns], style: { head: [], border: [] }, chars: borders });
  for (const row of rows) {
    const values = new Map(Object.entries(row));
    table.push(columns.map((column) => shown(values.get(column), column.endsWith('_uri'))));
  }
  return table.toString();
}

const borders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
};

/** A cell of a table; half a URI would lead nowhere. */
function shown(value: unknown, isWhole: boolean): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 19).replace('T', ' ');
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const line = visibleLine(text);
  return line.length > 80 && !isWhole ? `${line.slice(0, 79)}…` : line;
}

/** `12 345` */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** Green, dim and bold on a terminal that wants colour; nothing else anywhere. */
export function styled(text: string, style: 'bold' | 'dim' | 'green' | 'red' | 'yellow'): string {
  if (!hasStyles()) return text;
  const [open, close] = styles[style];
  return `${esc}[${open}m${text}${esc}[${close}m`;
}

export function hasStyles(): boolean {
  return process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
}
