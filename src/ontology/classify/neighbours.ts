import type { ColumnRow } from '../../db/ontology-queries.ts';
import { wholePercent } from '../material.ts';
import { isCurrency } from '../profile/currencies.ts';
import type { ColumnFacts, TableFacts } from '../table-facts.ts';
import { instantOf, timestampScale } from './timestamp-scale.ts';

/** Columns of instants or dates, whatever their type. */
export function timestampColumns({ columns }: TableFacts): ColumnRow[] {
  return columns.filter(({ classification_path }) => classification_path === 'timestamp');
}

/** Columns of texts that are codes of ISO 4217, all of them. */
export function currencyColumns({ columns }: TableFacts): ColumnRow[] {
  return columns.filter((column) => {
    if (column.is_sensitive || (column.type_family !== 'text' && column.type_family !== 'enum')) return false;
    const values = valuesOf(column);
    return values.length > 0 && values.every(isCurrency);
  });
}

/** Values with their rows, most frequent first, where there are 50 at most; empty where none may be read. */
export function distributionOf({ distribution, is_sensitive }: ColumnRow): { value: string; count: number }[] {
  if (is_sensitive) return [];
  return (distribution ?? []).map(({ value, count }) => ({ value: String(value), count: Number(count) }));
}

/** Some different values, or all. */
export function valuesOf(column: ColumnRow): string[] {
  if (column.is_sensitive) return [];
  return (column.samples ?? []).map((sample) => (typeof sample === 'string' ? sample : JSON.stringify(sample)));
}

/** As many of a list as are asked for, from all over it. */
export function spread<T>(list: readonly T[], most: number): T[] {
  const step = Math.max(1, list.length / most);
  return list.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step)).slice(0, most);
}

/** A timestamp as the neighbour of another column. */
export function timestampContent(column: ColumnRow): object {
  const scale = timestampScale(column);
  const readable = (value: string | null) => (value === null ? undefined : instantOf(value, scale));
  return {
    name: column.column_name,
    data_type: column.data_type,
    null_percent: wholePercent(column.null_count, column.row_count),
    ...(!column.is_sensitive && { min: readable(column.min_value), max: readable(column.max_value) }),
  };
}

/** A column of currency codes as the neighbour of another column. */
export function currencyContent(column: ColumnRow): object {
  return { name: column.column_name, values: spread(valuesOf(column), 12) };
}

/** The names and types of the other columns: context only. */
export function otherColumns({ columns, column }: ColumnFacts): string[] {
  const others = columns.filter(({ column_key }) => column_key !== column.column_key);
  return others.slice(0, 40).map(({ column_name, data_type }) => `${column_name} ${data_type}`);
}
