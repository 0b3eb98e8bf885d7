import type { SnapshotColumn, SnapshotTable } from '../../datasource/introspect.ts';
import { classificationPath } from './path.ts';
import { detectPatterns } from './patterns.ts';
import type { ColumnReading, TableReading } from './read-columns.ts';
import type { ColumnProfile } from './table-profile.ts';

/** The profile of a column that was read. */
export function columnProfile(
  table: SnapshotTable,
  { plan, statistics, distinct, distribution, samples }: ColumnReading,
  { rows, row_count, is_exact }: TableReading,
): ColumnProfile {
  const { column_key, type_family } = plan;
  const keys = [table.primary_key, ...table.unique_keys.map(({ columns }) => columns)];
  const is_unique = keys.some((columns) => columns.length === 1 && columns[0] === column_key);
  const { present, distinct: _, ...figures } = statistics;
  const whole = (row_count * present) / Math.max(1, rows);
  const counted = { distinct_count: distinct, distinct_source: 'counted' as const };
  const told = is_exact
    ? counted
    : estimatedDistinct(distinct, present, whole, is_unique ? whole : plan.distinct_estimate);
  const listed = told.distinct_count <= 50 ? distribution : null;
  const patterns = detectPatterns(type_family, samples);
  return {
    column_key,
    row_count: rows,
    null_count: rows - present,
    ...told,
    is_distinct_exact: is_exact,
    ...figures,
    samples,
    distribution: listed,
    patterns,
    classification_path: classificationPath({
      type_family,
      row_count,
      present,
      distinct_count: told.distinct_count,
      distribution: listed,
      patterns,
      is_unique,
      is_key: isKey(table, column_key),
    }),
    note: plan.values ? null : 'sensitive: no value of it is read',
  };
}

/** The profile of a column that was not read; its type still says what to ask. */
export function unreadColumn({ column_key, type_family }: SnapshotColumn, note: string | null): ColumnProfile {
  return {
    column_key,
    row_count: null,
    null_count: null,
    distinct_count: null,
    is_distinct_exact: false,
    distinct_source: null,
    min_value: null,
    max_value: null,
    avg_value: null,
    min_length: null,
    max_length: null,
    samples: [],
    distribution: null,
    patterns: [],
    classification_path: classificationPath({
      type_family,
      row_count: 0,
      present: 0,
      distinct_count: null,
      distribution: null,
      patterns: [],
      is_unique: false,
      is_key: false,
    }),
    note,
  };
}

function isKey({ columns, primary_key, foreign_keys }: SnapshotTable, column_key: string): boolean {
  const own = columns.find((column) => column.column_key === column_key);
  return (
    own?.is_identity === true ||
    (primary_key.length === 1 && primary_key[0] === column_key) ||
    foreign_keys.some((key) => key.columns.includes(column_key))
  );
}

/** What the engine says of the whole table, or the number of equally frequent values that the sample speaks for. */
function estimatedDistinct(seen: number, present: number, whole: number, catalog: number | undefined) {
  if (catalog !== undefined) {
    return {
      distinct_count: Math.round(Math.max(seen, Math.min(catalog, whole))),
      distinct_source: 'catalog' as const,
    };
  }
  return {
    distinct_count: Math.round(Math.min(whole, extrapolated(seen, present))),
    distinct_source: 'sample' as const,
  };
}

/**
 * Of D equally frequent values n draws show D (1 - e^(-n/D)): the D for which that is what was seen. Where no value was
 * seen twice there is no bound.
 */
function extrapolated(seen: number, draws: number): number {
  if (seen >= draws) return Number.POSITIVE_INFINITY;
  let low = seen;
  let high = draws * draws;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (middle * (1 - Math.exp(-draws / middle)) < seen) low = middle;
    else high = middle;
  }
  return low;
}
