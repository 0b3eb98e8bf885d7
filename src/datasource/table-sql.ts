import type { DatasourceConnection } from './connection.ts';
import type { SnapshotTable } from './introspect.ts';
import type { ReadableColumn, SampledColumn, Slice, StatisticsColumn } from './table-reader.ts';

/**
 * The statements that one engine reads a table with. The results are named the same whatever the engine: of the columns of
 * a list the first is 0, in `at` and in c0, n0 ...; of the marks h0, h1 ...
 */
export interface TableSql {
  /** A row if the table is there; its schema and name are bound, here and below. */
  existence: string;
  /** A row a column: row_estimate, can_sample, column_name, base_type, is_readable, n_distinct. */
  pulse: string;
  /** bytes, pages; a statement of its own where not every server has what it reads, else a part of the pulse. */
  size?: string;
  /** One row: rows; for each column present n, distinct d, smallest lo, largest hi, average a, shortest ls, longest ll. */
  statistics(slice: Slice, columns: readonly StatisticsColumn[]): string;
  /** at, value, count, distinct. */
  distributions(slice: Slice, columns: readonly ReadableColumn[]): string;
  /** at, and value or bytes. */
  samples(slice: Slice, columns: readonly SampledColumn[]): string;
  /** at, value, count, h. */
  presence(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): string;
  /** v for each column, h 1 or 0 for each mark. */
  examples(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): string;
  plannedRows(connection: DatasourceConnection, table: SnapshotTable): Promise<number | undefined>;
  /** A value as the reader gives it on, of what these statements select. */
  shown(value: unknown, column: ReadableColumn | undefined): string;
}

/** Texts are cut to so many characters where they leave the server. */
export const longestValue = 200;

/** Of whole rows that are shown: how many of each sort, and how much of each value. */
export const examplesEach = 3;
export const exampleLength = 80;

/** Of rows whose numbers are scattered over 2^32 those below it are about as many as are wanted. */
export function boundOf({ present, wanted }: SampledColumn): number {
  return Math.ceil(Math.min(1, wanted / Math.max(1, present)) * 2 ** 32);
}
