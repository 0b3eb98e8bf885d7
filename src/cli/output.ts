import { once } from 'node:events';
import Table from 'cli-table3';

/** Data goes to stdout; everything else to stderr. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
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
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
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
    table.push(columns.map((column) => shown(values.get(column))));
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

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 19).replace('T', ' ');
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const line = text.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** `12 345` */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** Green, dim and bold on a terminal that wants colour; nothing else anywhere. */
export function styled(text: string, style: 'bold' | 'dim' | 'green' | 'red' | 'yellow'): string {
  if (!process.stdout.isTTY || process.env.NO_COLOR !== undefined) return text;
  const codes = { bold: [1, 22], dim: [2, 22], green: [32, 39], red: [31, 39], yellow: [33, 39] } as const;
  const [open, close] = codes[style];
  return `\u001b[${open}m${text}\u001b[${close}m`;
}
