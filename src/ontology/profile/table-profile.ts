/** What profiling finds out about a table: the document of the contract schema_profile 1.0.0. */
export interface TableProfile {
  table_key: string;
  /** SKIPPED: there was nothing to read (gone, not readable). FAILED: the datasource refused or took too long. */
  status: 'PROFILED' | 'SKIPPED' | 'FAILED';
  /** Why it is SKIPPED or FAILED. */
  message: string | null;
  row_count: number | null;
  /** Counted, or else estimated. */
  is_row_count_exact: boolean;
  /** Rows that were looked at, where these are not all. */
  sampled_rows: number | null;
  columns: ColumnProfile[];
  /** Of what later steps depend on, in coarse steps; it stays as it is while nothing of weight changes. */
  profile_sha256: string;
}

/** Counts are null and lists empty where a column could not be read, which `note` then says. */
export interface ColumnProfile {
  column_key: string;
  /** Rows that were looked at, and those of them without a value. */
  row_count: number | null;
  null_count: number | null;
  /** Of the whole table. */
  distinct_count: number | null;
  is_distinct_exact: boolean;
  /** counted: over all rows; catalog: the engine's own estimate; sample: ours, from the rows looked at. */
  distinct_source: 'counted' | 'catalog' | 'sample' | null;
  /** As text; null for types without an order, and of sensitive columns, like all below but the lengths. */
  min_value: string | null;
  max_value: string | null;
  /** Of the finite values of a number. */
  avg_value: number | null;
  /** In characters; of binary values in bytes. */
  min_length: number | null;
  max_length: number | null;
  /** Up to 50 different values, each cut to 200 characters, in code unit order. */
  samples: string[];
  /** Every value with its rows, most frequent first, where there are at most 50; else null. */
  distribution: ValueCount[] | null;
  patterns: DetectedPattern[];
  classification_path: ClassificationPath;
  note: string | null;
}

export interface ValueCount {
  value: string;
  count: number;
}

export interface DetectedPattern {
  pattern: PatternName;
  /** Share of the samples that match, 0 to 1. */
  match_rate: number;
  matched: number;
  /** Up to 3 of those that match. */
  examples: string[];
}

export type PatternName =
  | 'uuid'
  | 'stripe_id'
  | 'aws_ses'
  | 'twilio_sid'
  | 'generic_external_id'
  | 'iso4217'
  | 'unix_seconds'
  | 'unix_millis'
  | 'unix_micros'
  | 'unix_nanos'
  | 'email'
  | 'url'
  | 'json'
  | 'xml';

export type ClassificationPath =
  | 'timestamp'
  | 'boolean'
  | 'enum'
  | 'uuid'
  | 'external_id'
  | 'numeric'
  | 'text'
  | 'json'
  | 'unknown';
