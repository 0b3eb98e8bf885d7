import type { SnapshotColumn, SnapshotTable } from './introspect.ts';

/** How one engine reads statistics of one table; every call is one statement that reads the slice once. */
export interface TableReader {
  /** Whether the login still sees the table; waits for no lock. */
  exists(table: SnapshotTable): Promise<boolean>;
  /** What the catalogs say now; undefined if the table is gone. */
  pulse(table: SnapshotTable): Promise<TablePulse | undefined>;
  statistics(slice: Slice, columns: readonly StatisticsColumn[]): Promise<SliceStatistics>;
  /** The 51 most frequent values of each column, and how many there are. */
  distributions(slice: Slice, columns: readonly ReadableColumn[]): Promise<DistributionRow[]>;
  /** Some values of each column, spread over the rows that have one, about as many as wanted. */
  samples(slice: Slice, columns: readonly SampledColumn[]): Promise<string[][]>;
  /** In how many rows of each value of each column the marks have a value; columns of few values. */
  presence(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): Promise<PresenceRow[]>;
  /** Whole rows, for each mark some in which it has a value and some in which it has none. */
  examples(slice: Slice, columns: readonly ReadableColumn[], marks: readonly ReadableColumn[]): Promise<ExampleRow[]>;
  /** What the planner expects a table or view to have; undefined if it has no idea. */
  plannedRows(table: SnapshotTable): Promise<number | undefined>;
}

/** The rows that are read: all of them, or some. */
export interface Slice {
  table: SnapshotTable;
  /** No more than so many, wherever they come from. */
  limit: number;
  /** A share of the table's pages in percent, the same ones every time; undefined reads from its beginning. */
  percent?: number;
}

export interface TablePulse {
  /** The highest that the catalogs let us expect; undefined where they say nothing (views, tables never analysed). */
  row_estimate: number | undefined;
  /** On disk, long values included; 0 where it is not known. */
  bytes: number;
  pages: number;
  /** Whether the engine can pick pages by chance. */
  can_sample: boolean;
  /** By column_key; a column that is missing is gone. */
  columns: Map<string, ColumnPulse>;
}

export interface ColumnPulse {
  /** The type under domains as the catalogs call it. */
  base_type: string;
  is_readable: boolean;
  /** What the engine's own statistics estimate; undefined without any. */
  distinct_estimate: number | undefined;
}

export interface ReadableColumn extends Pick<SnapshotColumn, 'column_key' | 'column_name' | 'type_family'> {
  base_type: string;
}

export interface StatisticsColumn extends ReadableColumn {
  /** Whether to count the distinct values. */
  distinct: boolean;
  /** Whether values may be read: smallest, largest, average. */
  values: boolean;
}

export interface SliceStatistics {
  rows: number;
  columns: {
    present: number;
    distinct: number | undefined;
    min_value: string | null;
    max_value: string | null;
    avg_value: number | null;
    min_length: number | null;
    max_length: number | null;
  }[];
}

export interface DistributionRow {
  /** The place in the list of columns. */
  at: number;
  value: string;
  count: number;
  /** Of the column. */
  distinct: number;
}

export interface PresenceRow {
  /** The place in the list of columns. */
  at: number;
  value: string;
  count: number;
  /** Of these, rows in which each of the marks has a value. */
  has: number[];
}

export interface ExampleRow {
  /** For each mark whether it has a value. */
  has: boolean[];
  /** As texts, in the order of the columns. */
  values: (string | null)[];
}

export interface SampledColumn extends ReadableColumn {
  /** Rows of the slice that have a value. */
  present: number;
  wanted: number;
}

/** Texts are cut to so many characters where they leave the server. */
export const longestValue = 200;

/** Of whole rows that are shown: how many of each sort, and how much of each value. */
export const examplesEach = 3;
export const exampleLength = 80;
