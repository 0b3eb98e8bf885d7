import type { RelationshipRow } from '../../src/db/ontology-queries.ts';
import type { TrueKey } from './copy-database.ts';

/** Right, wrong and missed of one kind of keys. */
export interface Score {
  keys: number;
  found: number;
  right: number;
  precision: number;
  recall: number;
  f1: number;
}

export const kinds = ['all', 'composite', 'self', 'shared primary key'] as const;
export type Kind = (typeof kinds)[number];

export interface KindOf {
  /** Of each table its primary key. */
  primary: ReadonlyMap<string, readonly string[]>;
}

/** Ordered pairs of columns of named tables: the same key whatever order its columns are listed in. */
export function keyName({ from, columns, to, to_columns }: TrueKey): string {
  const pairs = columns.map((column, at) => `${column}=${to_columns[at]}`).sort();
  return `${from} ${to} ${pairs.join(' ')}`;
}

export function asKey({ from_table, from_columns, to_table, to_columns }: RelationshipRow): TrueKey {
  return { from: from_table, columns: from_columns, to: to_table, to_columns };
}

/** How what was found compares to the truth, for keys of one kind. */
export function score(truth: readonly TrueKey[], found: readonly TrueKey[], kind: Kind, of: KindOf): Score {
  const wanted = new Set(truth.filter((key) => isOf(key, kind, of)).map(keyName));
  const told = new Set(found.filter((key) => isOf(key, kind, of)).map(keyName));
  const right = [...told].filter((name) => wanted.has(name)).length;
  return scored(wanted.size, told.size, right);
}

export function scored(keys: number, found: number, right: number): Score {
  const precision = found === 0 ? 1 : right / found;
  const recall = keys === 0 ? 1 : right / keys;
  const f1 = right === 0 ? (keys === 0 && found === 0 ? 1 : 0) : (2 * precision * recall) / (precision + recall);
  return { keys, found, right, precision, recall, f1 };
}

function isOf({ from, columns, to }: TrueKey, kind: Kind, { primary }: KindOf): boolean {
  if (kind === 'all') return true;
  if (kind === 'composite') return columns.length > 1;
  if (kind === 'self') return from === to;
  return (primary.get(from) ?? []).toSorted().join(' ') === columns.toSorted().join(' ');
}
