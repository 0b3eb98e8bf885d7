import type { ColumnRow } from '../../db/ontology-queries.ts';
import { holdsRows, type Schema, type TargetKey } from './schema.ts';

/** The columns of a table that may refer to something, by type, statistics and what they are for; never by name. */
export function sourcesOf(schema: Schema, table_key: string): ColumnRow[] {
  const table = schema.byTable.get(table_key);
  if (!table || !holdsRows(table)) return [];
  return (schema.columns.get(table_key) ?? []).filter(mayRefer);
}

/** What refers to something by a UUID is found out first: that is the surest, and the longer lists come after it. */
export function uuidsFirst<T>(list: readonly T[], columnOf: (each: T) => ColumnRow | undefined): T[] {
  const isUuid = (each: T) => Number(columnOf(each)?.classification_path === 'uuid');
  return list.toSorted((one, other) => isUuid(other) - isUuid(one));
}

/** Types of values that rows are told apart by. */
const keyFamilies = new Set(['integer', 'decimal', 'text', 'uuid', 'binary', 'enum']);
/** What a column is for that stands for no row of another table. */
const otherPurposes = new Set(['timestamp', 'json']);

/** Numbers without a zero that were taken for a flag may refer to one or two rows just as well. */
function mayRefer(column: ColumnRow): boolean {
  if (!keyFamilies.has(column.type_family) || column.is_computed) return false;
  if (column.is_identity) return false;
  if (column.role === 'foreign_key') return true;
  const isFlag = column.purpose === 'flag' || column.classification_path === 'boolean';
  if (isFlag) return column.type_family === 'integer' && (rangeOf(column)?.low ?? 0) !== 0;
  if (column.purpose !== null && otherPurposes.has(column.purpose)) return false;
  return column.classification_path !== 'timestamp' && column.classification_path !== 'json';
}

/** A part of a composite key may also be an instant or a day. */
export function mayBePart(column: ColumnRow): boolean {
  return keyFamilies.has(column.type_family) || column.type_family === 'date' || column.type_family === 'timestamp';
}

/**
 * Whether values of the one can be values of the other at all, by type and by what was counted over all rows. What was
 * merely sampled rules nothing out, and neither does a table without rows.
 */
export function canAgree(source: ColumnRow, target: ColumnRow): boolean {
  if (source === target || !areCompatible(source, target)) return false;
  if (!isCounted(source) || !isCounted(target)) return true;
  if (present(source) === 0 || present(target) === 0) return true;
  const [one, other] = [rangeOf(source), rangeOf(target)];
  if (one && other && (one.high < other.low || one.low > other.high)) return false;
  const lengths = [source.min_length, source.max_length, target.min_length, target.max_length];
  if (source.type_family !== 'text' || target.type_family !== 'text' || lengths.includes(null)) return true;
  return (source.min_length ?? 0) <= (target.max_length ?? 0) && (source.max_length ?? 0) >= (target.min_length ?? 0);
}

function areCompatible(source: ColumnRow, target: ColumnRow): boolean {
  const [one, other] = [source.type_family, target.type_family];
  if (one === 'decimal' || other === 'decimal') return isWhole(source) && isWhole(target);
  if (one === 'enum' || other === 'enum') return source.data_type === target.data_type;
  if (one === other) return true;
  return (one === 'uuid' && other === 'text') || (one === 'text' && other === 'uuid');
}

function isWhole({ type_family, samples, data_type }: ColumnRow): boolean {
  if (type_family === 'integer') return true;
  if (type_family !== 'decimal') return false;
  if (samples === null || samples.length === 0) return !/,\s*[1-9]/.test(data_type);
  return samples.every((value) => typeof value === 'string' && /^-?\d+(?:\.0+)?$/.test(value));
}

function isCounted({ is_distinct_exact, distinct_count }: ColumnRow): boolean {
  return is_distinct_exact === true && distinct_count !== null;
}

/** Rows with a value, among those looked at. */
export function present({ row_count, null_count }: ColumnRow): number {
  return (row_count ?? 0) - (null_count ?? 0);
}

/** Smallest and largest of whole numbers. */
export function rangeOf({ type_family, min_value, max_value }: ColumnRow): { low: number; high: number } | undefined {
  if (type_family !== 'integer' && type_family !== 'decimal') return undefined;
  const [low, high] = [Number(min_value), Number(max_value)];
  const isKnown = min_value !== null && max_value !== null && Number.isFinite(low) && Number.isFinite(high);
  return isKnown ? { low, high } : undefined;
}

/** Whether a key is the very columns of the source. */
export function isItself(source: readonly ColumnRow[], key: TargetKey): boolean {
  return source.every((column, at) => column === key.columns[at]);
}
