import { createHash } from 'node:crypto';
import type { StatementValue } from '../../../src/db/driver.ts';

/** The number of a row that another statement made: a subquery. */
export interface Key {
  table: string;
  column: string;
  where: Record<string, StatementValue>;
}

export type OlderRow = Record<string, StatementValue | Key>;

/** Rows of a table as a release of a version wrote them; no two versions have the same. */
export interface OlderRows {
  /** The first version with this table, or with these columns of it, and the last one. */
  since: number;
  until?: number;
  table: string;
  rows(version: number): OlderRow[];
}

export function idOf(table: string, column: string, where: Key['where']): Key {
  return { table, column, where };
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
export const uuid = (version: number, n: number) =>
  `${String(version).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
