import type { JsonObject } from '../../contracts/json.ts';
import type { ColumnRow, TableRow } from '../../db/ontology-queries.ts';
import { type Material, rounded, wholePercent } from '../material.ts';
import type { ColumnFacts } from '../table-facts.ts';
import { distributionOf, spread, valuesOf } from './neighbours.ts';

/** What one path adds to what is told of every column. */
export interface PathMaterial {
  content: JsonObject;
  /** What the answer depends on beside the column's own statistics. */
  stable?: JsonObject;
}

/** What a model is shown of one column, and the column itself. */
export interface ColumnMaterial extends Material {
  facts: ColumnFacts;
}

/** A column with its statistics and values; none of a sensitive one. */
export function columnMaterial(facts: ColumnFacts, { content, stable = {} }: PathMaterial): ColumnMaterial {
  const { table, column } = facts;
  const said = facts.said_here.filter(({ about }) => about === table.table_key || about === column.subject_key);
  const asked = [...said, ...facts.said].map(({ fact }) => fact);
  return {
    facts,
    title: column.subject_key,
    content: {
      table: tableContent(table),
      column: columnContent(facts),
      statistics: statisticsContent(facts),
      ...patternsContent(column),
      ...content,
      ...(asked.length > 0 && { said_by_people: asked }),
    },
    stable: { ...columnStable(facts), ...stable, said: said.map(({ fact }) => fact) },
  };
}

export function tableContent({ table_key, row_count, row_estimate, kind, comment }: TableRow): object {
  return {
    name: table_key,
    rows: rounded(row_count ?? row_estimate),
    ...(kind !== 'table' && { kind }),
    ...(comment !== null && { comment }),
  };
}

/** Its type and the keys that it is in. */
export function columnContent({ table, column }: ColumnFacts): JsonObject {
  const { column_key } = column;
  const reference = table.foreign_keys.find(({ columns }) => columns.includes(column_key));
  return {
    name: column.column_name,
    data_type: column.data_type,
    is_nullable: column.is_nullable,
    ...keysOf(table, column),
    ...(column.is_identity && { is_identity: true }),
    ...(column.is_computed && { is_computed: true }),
    ...(column.column_default !== null && !column.is_sensitive && { default: column.column_default }),
    ...(reference && { references: reference.to_table }),
    ...(column.comment !== null && { comment: column.comment }),
    ...(column.is_sensitive && { note: 'sensitive: its values are not shown' }),
    ...(!column.is_sensitive && column.profile_note !== null && { note: column.profile_note }),
  };
}

export function keysOf(table: TableRow, { column_key }: ColumnRow): JsonObject {
  const { primary_key, unique_keys } = table;
  const isAlone = (columns: readonly string[]) => columns.length === 1 && columns[0] === column_key;
  return {
    ...(isAlone(primary_key) && { is_primary_key: true }),
    ...(primary_key.length > 1 && primary_key.includes(column_key) && { is_part_of_primary_key: true }),
    ...(!isAlone(primary_key) && unique_keys.some(({ columns }) => isAlone(columns)) && { is_unique: true }),
  };
}

/** Of the rows that were looked at. */
function statisticsContent({ column }: ColumnFacts): JsonObject {
  const { row_count, null_count, distinct_count, is_sensitive } = column;
  if (row_count === null) return { read: false };
  const present = row_count - (null_count ?? 0);
  const range = is_sensitive ? [] : [column.min_value, column.max_value];
  return {
    rows: rounded(row_count),
    null_percent: wholePercent(null_count, row_count),
    distinct: present > 0 && distinct_count === present ? distinct_count : rounded(distinct_count),
    is_distinct: isDistinct(column),
    ...(isNumber(column) && range[0] != null && { min: range[0], max: range[1], avg: rounded(column.avg_value) }),
    ...(column.min_length !== null && { min_length: column.min_length, max_length: column.max_length }),
  };
}

/** Whether every value was seen once. */
export function isDistinct({ row_count, null_count, distinct_count, is_distinct_exact }: ColumnRow): boolean {
  const present = (row_count ?? 0) - (null_count ?? 0);
  return is_distinct_exact === true && present > 0 && distinct_count === present;
}

export function isNumber({ type_family }: ColumnRow): boolean {
  return type_family === 'integer' || type_family === 'decimal' || type_family === 'float';
}

function patternsContent({ patterns, is_sensitive }: ColumnRow): object {
  const found = is_sensitive ? [] : (patterns ?? []);
  if (found.length === 0) return {};
  const shown = found.map(({ pattern, match_rate }) => ({
    pattern,
    match_percent: wholePercent(Number(match_rate), 1),
  }));
  return { patterns: shown };
}

/** Values with their share of the rows that have one. */
export function distributionContent(column: ColumnRow): { value: string; count: number; percent: number | string }[] {
  const values = distributionOf(column);
  const all = values.reduce((sum, { count }) => sum + count, 0);
  return values.map(({ value, count }) => ({ value, count, percent: shareOf(count, all) }));
}

/** In whole percents; what would be none is `<1`. */
export function shareOf(part: number, whole: number): number | string {
  return part > 0 && part < whole * 0.005 ? '<1' : (wholePercent(part, whole) ?? 0);
}

/** Some values, short enough to be read. */
export function samplesContent(column: ColumnRow, most = 12): JsonObject {
  const samples = spread(valuesOf(column), most);
  return samples.length > 0 ? { samples } : {};
}

/** Counts to two digits, shares in whole percents, values only where there are few. */
function columnStable(facts: ColumnFacts): JsonObject {
  const { table, column } = facts;
  const { row_count, null_count, distinct_count, is_sensitive } = column;
  const number = (value: string | null) => (value === null ? null : rounded(Number(value)));
  const isListed = column.classification_path === 'enum' || column.classification_path === 'boolean';
  const values = isListed ? distributionContent(column) : [];
  return {
    data_type: column.data_type,
    is_nullable: column.is_nullable,
    is_computed: column.is_computed,
    keys: keysOf(table, column),
    is_declared: table.foreign_keys.some(({ columns }) => columns.includes(column.column_key)),
    comment: column.comment,
    is_sensitive,
    nulls: wholePercent(null_count, row_count),
    distinct: isDistinct(column) ? 'all' : rounded(distinct_count),
    range: isNumber(column) && !is_sensitive ? [number(column.min_value), number(column.max_value)] : null,
    lengths: [rounded(column.min_length), rounded(column.max_length)],
    values: values.map(({ value, percent }) => [value, percent]).sort(),
    patterns: is_sensitive
      ? []
      : (column.patterns ?? []).map(({ pattern, match_rate }) => [pattern, wholePercent(Number(match_rate), 1)]).sort(),
  };
}
