import type { ColumnRow, TableRow } from '../../db/ontology-queries.ts';
import { rounded, wholePercent } from '../material.ts';
import { present, rangeOf } from './eligibility.ts';
import { countsRows } from './rank.ts';
import type { Schema, TargetKey } from './schema.ts';
import { wordsOf } from './words.ts';

/** The columns that may refer to something, as a model sees them. */
export function sourceFacts(schema: Schema, columns: readonly ColumnRow[], distinct?: number | null): object {
  const [first] = columns;
  const table = schema.byTable.get(first?.table_key ?? '');
  const keys = columns.map(({ column_key }) => column_key);
  const range = columns.length === 1 && first && !first.is_sensitive ? rangeOf(first) : undefined;
  const inKey = keys.filter((key) => table?.primary_key.includes(key)).length;
  return {
    table: first?.table_key,
    columns: columns.map(({ column_name }) => column_name),
    data_types: columns.map(({ data_type }) => data_type),
    rows: rounded(table?.row_count),
    null_percent: first && columns.length === 1 ? wholePercent(first.null_count, first.row_count) : null,
    distinct: rounded(distinct ?? (columns.length === 1 ? first?.distinct_count : null)),
    is_unique:
      columns.length === 1 && first !== undefined && present(first) > 0 && first.distinct_count === present(first),
    primary_key: inKey === 0 ? 'no' : inKey === table?.primary_key.length ? 'all of it' : 'part of it',
    is_indexed: table?.indexes.some((index) => !index.is_unique && keys.every((key, at) => index.columns[at] === key)),
    ...(range && { lowest: range.low, highest: range.high }),
    counts_rows: columns.length === 1 && first !== undefined && countsRows(first),
    ...(columns.length === 1 && first && featureFacts(first)),
  };
}

/** What a model said of the column before, where it did. */
function featureFacts({ purpose, role, semantic_type, comment }: ColumnRow): object {
  return Object.fromEntries(Object.entries({ purpose, role, semantic_type, comment }).filter(([, value]) => value));
}

/** A key that something may refer to, as a model sees it. */
export function keyFacts(table: TableRow, columns: readonly ColumnRow[], is_primary_key: boolean): object {
  const [first] = columns;
  const range = columns.length === 1 && first && !first.is_sensitive ? rangeOf(first) : undefined;
  return {
    table: table.table_key,
    table_key: table.table_key,
    columns: columns.map(({ column_name }) => column_name),
    column_keys: columns.map(({ column_key }) => column_key),
    data_types: columns.map(({ data_type }) => data_type),
    is_primary_key,
    rows: rounded(table.row_count),
    ...(columns.length === 1 &&
      first && {
        distinct: rounded(first.distinct_count),
        null_percent: wholePercent(first.null_count, first.row_count),
      }),
    ...(range && { lowest: range.low, highest: range.high }),
    ...(columns.length === 1 && first && featureFacts(first)),
  };
}

/** For each word of the names: how many percent of the tables have it in a name. What all have says nothing. */
export function wordsFor(schema: Schema, source: readonly ColumnRow[], targets: readonly TargetKey[]): object {
  const names = [
    ...source.map(({ column_name }) => column_name),
    schema.byTable.get(source[0]?.table_key ?? '')?.table_name ?? '',
    ...targets.flatMap(({ table, columns }) => [table.table_name, ...columns.map(({ column_name }) => column_name)]),
  ];
  const words = [...new Set(names.flatMap(wordsOf))].sort();
  return Object.fromEntries(words.map((word) => [word, wholePercent(schema.words.get(word) ?? 0, 1)]));
}

/** How far names of this database can be trusted to speak of each other. */
export function databaseFacts(schema: Schema): object {
  return { tables: schema.tables.length, tables_named_elsewhere_percent: namedElsewhere(schema) };
}

const known = new WeakMap<Schema, number>();

/** The share of the tables of which a word of the name occurs in a column of another table. */
function namedElsewhere(schema: Schema): number {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const owners = new Map<string, Set<string>>();
  for (const [table_key, columns] of schema.columns) {
    for (const word of new Set(columns.flatMap(({ column_name }) => wordsOf(column_name)))) {
      const list = owners.get(word) ?? new Set();
      owners.set(word, list.add(table_key));
    }
  }
  const named = schema.tables.filter(({ table_key, table_name }) =>
    wordsOf(table_name).some((word) =>
      [word, word.replace(/s$/, '')].some((form) =>
        [...(owners.get(form) ?? [])].some((owner) => owner !== table_key && (schema.words.get(form) ?? 0) < 0.5),
      ),
    ),
  );
  const percent = wholePercent(named.length, schema.tables.length) ?? 0;
  known.set(schema, percent);
  return percent;
}
