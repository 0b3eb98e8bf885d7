import type { KeyLookup, KeyReader, SourceLookup, SourceSlice } from '../../datasource/key-reader.ts';
import type { ColumnRow, TableRow } from '../../db/ontology-queries.ts';
import { isSprouteError } from '../../errors.ts';
import { profileDefaults } from '../profile/profile-table.ts';
import { rangeOf } from './eligibility.ts';
import { keyColumns, nameOf, type Schema, type TargetKey, typedOf } from './schema.ts';
import { namesAgree } from './words.ts';

/** Columns that may refer to a key, and what looking them up gave. */
export interface Evidence {
  source: readonly ColumnRow[];
  target: TargetKey;
  /** Of the rows looked at. */
  rows: number;
  rows_with_value: number;
  distinct: number;
  matched: number;
  matched_rows: number;
  /** All rows of the source were looked at. */
  is_exact: boolean;
  /** Rows of the key; estimated if it is large. */
  key_rows: number;
  /** Values of the key between the smallest and the largest of the source; null where it is no number or too many. */
  in_range: number | null;
  /** How many would be found if the columns of the source were paired by chance; null for one column. */
  chance_matched: number | null;
  names: number;
  /** The source is the primary key of its table. */
  is_own_key: boolean;
  /** Other keys that were looked at and have as many of the values; of them, those of fewer rows. */
  rivals: number;
  smaller_rivals: number;
}

export interface EvidenceOptions {
  row_limit?: number | undefined;
  sample_rows?: number | undefined;
  signal?: AbortSignal | undefined;
  /** What refused before; shared by what is looked up in one job, so that it is not waited for again and again. */
  refused?: Refused | undefined;
}

/** Tables in which nothing could be looked up in time, and those of which nothing could be read. */
export interface Refused {
  keys: Set<string>;
  /** With the number of columns that were tried. */
  sources: Map<string, number>;
}

export function nothingRefused(): Refused {
  return { keys: new Set(), sources: new Map() };
}

/** After so many keys in a row it is the source that cannot be read, and after so many of its columns all of it. */
const mostRefusals = 2;

/** How many rows of the source are looked up where more takes too long. */
const fewRows = 200;

/**
 * Looks the values of some columns up in whole keys: all values of a table that was read as a whole, else those of a
 * sample. What takes too long is tried again key by key with a few rows; a key that cannot be looked at is left out, and so
 * are all once it is the source that cannot be read: a job waits for a handful of time-outs, whatever there is to look up.
 */
export async function gatherEvidence(
  reader: KeyReader,
  schema: Schema,
  source: readonly ColumnRow[],
  targets: readonly TargetKey[],
  options: EvidenceOptions,
): Promise<{ found: Evidence[]; skipped: string[] }> {
  const table = schema.byTable.get(source[0]?.table_key ?? '');
  if (!table || targets.length === 0) return { found: [], skipped: [] };
  const { refused = nothingRefused(), signal } = options;
  const isUnreadable = (refused.sources.get(table.table_key) ?? 0) >= mostRefusals;
  const open = targets.filter((target) => !isUnreadable && !refused.keys.has(target.table.table_key));
  const skipped = targets.filter((target) => !open.includes(target)).map((target) => target.table.table_key);
  const slice = sliceOf(table, source, options);
  const wholeIn = (keys: readonly TargetKey[]) => attempt(() => lookUp(reader, schema, source, slice, keys, options));
  const whole = open.length > 0 ? await wholeIn(open) : [];
  if (whole) return { found: whole.map(besideOthers), skipped };
  const found: Evidence[] = [];
  const few = { ...slice, limit: Math.min(slice.limit ?? fewRows, fewRows) };
  let inARow = 0;
  for (const target of open) {
    signal?.throwIfAborted();
    const own =
      inARow < mostRefusals ? await attempt(() => lookUp(reader, schema, source, few, [target], options)) : undefined;
    inARow = own ? 0 : inARow + 1;
    if (own) found.push(...own);
    else skipped.push(target.table.table_key);
  }
  if (inARow >= mostRefusals) refused.sources.set(table.table_key, (refused.sources.get(table.table_key) ?? 0) + 1);
  else for (const key of skipped) refused.keys.add(key);
  // Where one key held up the others they are looked up as a whole after all.
  const others = found.map(({ target }) => target);
  const again = others.length > 0 && others.length < open.length ? await wholeIn(others) : undefined;
  return { found: (again ?? found).map(besideOthers), skipped };
}

function besideOthers(evidence: Evidence, _at: number, all: readonly Evidence[]): Evidence {
  const share = ({ matched, distinct }: Evidence) => (distinct === 0 ? 0 : matched / distinct);
  const rivals = all.filter((other) => other !== evidence && share(other) > 0 && share(other) >= share(evidence));
  const smaller = rivals.filter(({ key_rows }) => key_rows < evidence.key_rows);
  return { ...evidence, rivals: rivals.length, smaller_rivals: smaller.length };
}

/** The rows of the source that are read: all of a table that is not too large, else of pages here and there. */
export function sliceOf(table: TableRow, source: readonly ColumnRow[], options: EvidenceOptions): SourceSlice {
  const { row_limit = profileDefaults.row_limit, sample_rows = profileDefaults.sample_rows } = options;
  const slice = { table: nameOf(table), columns: source.map(typedOf) };
  const rows = Math.max(table.row_count ?? 0, table.row_estimate ?? 0);
  if (rows <= row_limit && table.sampled_rows === null) return { ...slice, limit: row_limit + 1 };
  const percent = Math.min(100, (100 * sample_rows) / Math.max(1, rows));
  const canSample = table.kind === 'table' || table.kind === 'partitioned';
  return { ...slice, limit: sample_rows, ...(canSample && { percent: Number(percent.toPrecision(6)) }) };
}

async function lookUp(
  reader: KeyReader,
  schema: Schema,
  source: readonly ColumnRow[],
  slice: SourceSlice,
  targets: readonly TargetKey[],
  { row_limit = profileDefaults.row_limit }: EvidenceOptions,
): Promise<Evidence[]> {
  const keys = targets.map((target) => {
    const isNumber = target.columns.length === 1 && target.columns.every((column) => rangeOf(column) !== undefined);
    return keyColumns(target, isNumber && (target.table.row_count ?? 0) <= row_limit);
  });
  const looked = await reader.lookUp(slice, keys);
  const isWhole = slice.percent === undefined && (slice.limit === undefined || looked.rows < slice.limit);
  return targets.flatMap((target, at) => {
    const own = looked.keys[at];
    return own ? [evidenceOf(schema, source, target, looked, own, isWhole)] : [];
  });
}

function evidenceOf(
  schema: Schema,
  source: readonly ColumnRow[],
  target: TargetKey,
  { rows, rows_with_value, distinct }: SourceLookup,
  { matched, matched_rows, in_range, chance_matched }: KeyLookup,
  is_exact: boolean,
): Evidence {
  const [first] = source;
  const from = schema.byTable.get(first?.table_key ?? '');
  const key_rows = target.columns.length === 1 ? rowsOf(target) : (target.table.row_count ?? 0);
  return {
    source,
    target,
    rows,
    rows_with_value,
    distinct,
    matched,
    matched_rows,
    is_exact,
    key_rows,
    in_range,
    chance_matched,
    names: namesAgree(
      { table: from?.table_name ?? '', columns: source.map(({ column_name }) => column_name) },
      { table: target.table.table_name, columns: target.columns.map(({ column_name }) => column_name) },
      schema.words,
    ),
    is_own_key: from !== undefined && isSameList(from.primary_key, source),
    rivals: 0,
    smaller_rivals: 0,
  };
}

function isSameList(keys: readonly string[], columns: readonly ColumnRow[]): boolean {
  return keys.length === columns.length && columns.every(({ column_key }) => keys.includes(column_key));
}

function rowsOf({ table, columns }: TargetKey): number {
  const [column] = columns;
  if (column?.is_nullable && column.is_distinct_exact && column.distinct_count !== null) return column.distinct_count;
  return table.row_count ?? table.row_estimate ?? 0;
}

/** Undefined where the datasource refuses, or takes too long. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isSprouteError(error, 'DATASOURCE_FAILED')) return undefined;
    throw error;
  }
}
