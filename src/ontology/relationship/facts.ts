import type { ColumnRow, TableRow } from '../../db/ontology-queries.ts';
import { rounded, wholePercent } from '../material.ts';
import { present, rangeOf } from './eligibility.ts';
import { nothingOfOwnRows, type OwnRows } from './own-rows.ts';
import { countsRows } from './rank.ts';
import type { Schema, TargetKey } from './schema.ts';
import { wordsOf } from './words.ts';

/** The columns that may refer to something, as a model sees them. */
export function sourceFacts(
  schema: Schema,
  columns: readonly ColumnRow[],
  distinct?: number | null,
  own: OwnRows = nothingOfOwnRows,
): object {
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
    primary_key: keyPart(inKey, table?.primary_key.length ?? 0, keys.length),
    is_indexed: table?.indexes.some((index) => !index.is_unique && keys.every((key, at) => index.columns[at] === key)),
    leads_its_key: inKey > 0 && keys.every((key, at) => table?.primary_key[at] === key),
    ...(range && { lowest: range.low, highest: range.high }),
    counts_rows: columns.length === 1 && first !== undefined && countsRows(first),
    ...(columns.length === 1 && first && table && standing(first, table)),
    ...(own.follows_key !== null && { follows_own_key_percent: signedPercent(own.follows_key) }),
    ...(own.counts_within !== null && { numbers_lines_percent: wholePercent(own.counts_within, 1) }),
    ...(columns.length === 1 && first && featureFacts(first)),
  };
}

function keyPart(inKey: number, ofKey: number, columns: number): string {
  if (inKey === 0) return 'no';
  if (inKey < ofKey) return 'part of it';
  return columns > inKey ? 'all of it and more' : 'all of it';
}

/** Where a column stands, and about where between its ends its values lie on average. */
function standing(column: ColumnRow, { column_count }: TableRow): object {
  const range = column.is_sensitive ? undefined : rangeOf(column);
  const mean = column.avg_value;
  return {
    place: `${column.ordinal} of ${column_count}`,
    is_nullable: column.is_nullable,
    has_default: column.column_default !== null,
    ...(range && { frequency_trend_percent: trendOf(column) }),
    ...(range &&
      mean !== null &&
      range.high > range.low && { mean_percent: wholePercent(mean - range.low, range.high - range.low) }),
  };
}

/** Whether larger values are rarer (below 0) or more common, -100 to 100: most measures are, most references are not. */
function trendOf({ distribution }: ColumnRow): number | null {
  const counts = (distribution ?? []).flatMap(({ value, count }) => {
    const [number, times] = [Number(value), Number(count)];
    return Number.isFinite(number) && times > 0 ? [{ number, times }] : [];
  });
  if (counts.length < leastTrend) return null;
  const byValue = placesOf(counts.map(({ number }) => number));
  const byCount = placesOf(counts.map(({ times }) => times));
  const middle = (counts.length - 1) / 2;
  const product = (one: number[], other: number[]) =>
    one.reduce((sum, place, at) => sum + (place - middle) * ((other[at] ?? middle) - middle), 0);
  const spread = Math.sqrt(product(byValue, byValue) * product(byCount, byCount));
  return spread === 0 ? 0 : Math.round((100 * product(byValue, byCount)) / spread);
}

/** Of fewer values the order is chance. */
const leastTrend = 4;

/** The place of each number among all; equal ones share theirs. */
function placesOf(numbers: readonly number[]): number[] {
  return numbers.map((number) => {
    const below = numbers.filter((other) => other < number).length;
    return below + (numbers.filter((other) => other === number).length - 1) / 2;
  });
}

/** What a candidate says beside what joining gives: keys that hold as much, and, of its own table, where the referred row is. */
export function rivalFacts(
  { rivals, smaller_rivals }: { rivals: number; smaller_rivals: number },
  own: OwnRows,
  isOwnKey: boolean,
  place: number,
): object {
  return {
    place_among_candidates: place,
    other_keys_with_as_many: rivals,
    smaller_keys_with_as_many: smaller_rivals,
    ...(isOwnKey &&
      own.below_key !== null && {
        below_own_key_percent: wholePercent(own.below_key, 1),
        same_as_own_key_percent: wholePercent(own.same_as_key, 1),
      }),
  };
}

function signedPercent(share: number): number {
  return Math.sign(share) * (wholePercent(Math.abs(share), 1) ?? 0);
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

/** How far names of this database can be trusted to speak of each other, and whether indexes are made in it as for references. */
export function databaseFacts(schema: Schema): object {
  const indexes = schema.tables.flatMap((table) => table.indexes.filter((index) => !index.is_unique));
  return {
    tables: schema.tables.length,
    tables_named_elsewhere_percent: namedElsewhere(schema),
    indexes_a_table: schema.tables.length === 0 ? 0 : Number((indexes.length / schema.tables.length).toFixed(1)),
  };
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
