import type { KeyColumns, SourceSlice } from './key-reader.ts';

/** The statements of one engine; their results are named the same whatever the engine. */
export interface KeySql {
  /**
   * One row: rows, rows_with_value, distinct_values; for each key matched m, matched_rows r, in_range b if it is counted,
   * chance_matched c if the source has several columns.
   */
  lookUp(source: SourceSlice, keys: readonly KeyColumns[]): string;
  /** value, is_orphan 1 or 0. */
  samples(source: SourceSlice, key?: KeyColumns): string;
  /** One row: for each column but the last rows n, lower l, same e, correlation k. */
  beside(source: SourceSlice): string;
  /** One row: groups, counted. */
  countsWithin(source: SourceSlice): string;
}

/** Values that are shown are cut to so many characters. */
export const longestKeyValue = 100;
