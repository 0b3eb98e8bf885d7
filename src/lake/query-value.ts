import type { DuckDBType, JS } from '@duckdb/node-api';

/** A row as JSON can say it: whole numbers that a double can hold are numbers, days are days, JSON is what it says. */
export function plainRow(
  names: readonly string[],
  types: readonly DuckDBType[],
  row: readonly JS[],
): Record<string, unknown> {
  return Object.fromEntries(names.map((name, at) => [name, plainColumn(row[at], String(types[at]), types[at]?.alias)]));
}

function plainColumn(value: JS | undefined, type: string, alias: string | undefined): unknown {
  if (value instanceof Date && type === 'DATE') return value.toISOString().slice(0, 10);
  if (typeof value === 'string' && alias === 'JSON') return parsed(value);
  return plain(value);
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
  }
  return value ?? null;
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
