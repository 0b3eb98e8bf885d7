import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';

/** The middle value; of an even number of values the higher of the two. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that a share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** What the figures were taken on. */
export function machine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

/** Prints the rows as a table and writes them, with the machine, to bench/results/<name>.json. */
export function report(
  name: string,
  about: Record<string, unknown>,
  rows: readonly Record<string, string | number>[],
): void {
  printTable(rows);
  writeReport(name, about, rows);
  process.stdout.write(`${JSON.stringify(machine())}\nwritten to bench/results/${name}.json\n`);
}

/** Writes the rows, with the machine, to bench/results/<name>.json. */
export function writeReport(
  name: string,
  about: Record<string, unknown>,
  rows: readonly Record<string, string | number>[],
): void {
  const folder = join(import.meta.dirname, '..', 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  const content = { bench: name, at: new Date().toISOString(), machine: machine(), ...about, rows };
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** Prints rows under the names of their columns. */
export function printTable(rows: readonly Record<string, string | number>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const table = new Table({ head: columns, style: { head: [], border: [] } });
  for (const row of rows) table.push(columns.map((column) => shown(row[column])));
  process.stdout.write(`${table.toString()}\n`);
}

/** Says on stderr what runs now. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function shown(value: string | number | undefined): string {
  if (typeof value !== 'number') return value ?? '';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
