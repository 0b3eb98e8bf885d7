import type { ColumnRow } from '../../db/ontology-queries.ts';
import { canAgree, isItself, present, rangeOf } from './eligibility.ts';
import type { Schema, TargetKey } from './schema.ts';
import { namesAgree } from './words.ts';

/** How many keys the values of one column are looked up in, at most. */
export const mostLookups = 20;

/**
 * The keys of one column that its values are looked up in, likeliest first by what the statistics of both say. Where the
 * column is empty there is nothing to look up: then only keys of names that agree, or of its very type if that says something,
 * are worth a thought.
 */
export function shortlist(schema: Schema, source: ColumnRow): TargetKey[] {
  const table_name = schema.byTable.get(source.table_key)?.table_name ?? '';
  const isTelling = hasTellingType(schema, source);
  const ranked = schema.keys.flatMap((key) => {
    const [target] = key.columns;
    if (key.columns.length !== 1 || target === undefined || isItself([source], key) || !canAgree(source, target))
      return [];
    const names = namesAgree(
      { table: table_name, columns: [source.column_name] },
      { table: key.table.table_name, columns: [target.column_name] },
      schema.words,
    );
    const isEmpty = present(source) === 0;
    const isSameType = source.data_type === target.data_type;
    if (isEmpty && names === 0 && !(isSameType && isTelling)) return [];
    return [{ key, score: promise(source, target) + 2 * names + (key.is_primary ? 0.5 : 0) + (isSameType ? 1 : 0) }];
  });
  ranked.sort((a, b) => b.score - a.score || (a.key.table.table_key < b.key.table.table_key ? -1 : 1));
  return ranked.slice(0, mostLookups).map(({ key }) => key);
}

/** Any two numbers may be of one type; texts of one length are less often, and parts of a key refer more often than others. */
function hasTellingType(schema: Schema, { table_key, column_key, type_family }: ColumnRow): boolean {
  const key = schema.byTable.get(table_key)?.primary_key ?? [];
  return (type_family !== 'integer' && type_family !== 'decimal') || (key.length > 1 && key.includes(column_key));
}

/** What the statistics promise, before any value is looked up. */
function promise(source: ColumnRow, target: ColumnRow): number {
  const ranges = [rangeOf(source), rangeOf(target)] as const;
  const [one, other] = ranges;
  if (one && other) {
    const overlap = Math.max(0, Math.min(one.high, other.high) - Math.max(one.low, other.low) + 1);
    const inside = overlap / (one.high - one.low + 1);
    const covered = overlap / (other.high - other.low + 1);
    const ends = (one.high === other.high ? 1 : 0) + (one.low === other.low ? 0.5 : 0);
    return 4 * Math.log(inside + 0.01) + Math.log(covered + 0.01) + ends;
  }
  const fits =
    source.distinct_count !== null && target.distinct_count !== null && source.distinct_count <= target.distinct_count;
  return lengthsAgree(source, target) + (fits ? 1 : 0) + sharedSamples(source, target);
}

function lengthsAgree(source: ColumnRow, target: ColumnRow): number {
  const { min_length, max_length } = source;
  if (min_length === null || max_length === null || target.min_length === null || target.max_length === null) return 0;
  return min_length >= target.min_length && max_length <= target.max_length ? 1 : 0;
}

/** Samples of both that agree by chance of sampling say more than those that do not. */
function sharedSamples(source: ColumnRow, target: ColumnRow): number {
  if (!source.samples?.length || !target.samples?.length) return 0;
  const known = new Set(target.samples);
  return (3 * source.samples.filter((value) => known.has(value)).length) / source.samples.length;
}
