import { z } from 'zod';
import { namesAgree, sharesLastWord } from './names-agree.ts';

const side = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  data_types: z.array(z.string()),
  rows: z.number().nullish(),
  purpose: z.string().optional(),
  role: z.string().optional(),
  lowest: z.number().optional(),
  highest: z.number().optional(),
});

export const sourceSide = side.extend({
  distinct: z.number().nullish(),
  is_unique: z.boolean(),
  primary_key: z.string(),
  is_indexed: z.boolean().nullish(),
  leads_its_key: z.boolean().optional(),
  counts_rows: z.boolean(),
  null_percent: z.number().nullish(),
  place: z.string().optional(),
  is_nullable: z.boolean().optional(),
  has_default: z.boolean().optional(),
  mean_percent: z.number().nullish(),
  frequency_trend_percent: z.number().nullish(),
  follows_own_key_percent: z.number().nullish(),
  numbers_lines_percent: z.number().nullish(),
});

export const targetSide = side.extend({ is_primary_key: z.boolean() });

export const joined = z.object({
  matched: z.number().nullish(),
  matched_percent: z.number().nullish(),
  target_covered_percent: z.number().nullish(),
  expected_covered_percent: z.number().nullish(),
  found_by_chance_percent: z.number().nullish(),
  range_reached_percent: z.number().nullish(),
  is_all_of_the_key: z.boolean(),
  below_own_key_percent: z.number().nullish(),
  same_as_own_key_percent: z.number().nullish(),
  place_among_candidates: z.number().nullish(),
  other_tables_with_this_key_first: z.number().nullish(),
  other_columns_with_this_key_first: z.number().nullish(),
  may_refer_back: z.boolean().optional(),
});

export const context = z.object({
  words: z.record(z.string(), z.number().nullable()),
  database: z.object({ tables_named_elsewhere_percent: z.number(), indexes_a_table: z.number().default(0) }),
});

export interface Reference {
  source: z.infer<typeof sourceSide>;
  target: z.infer<typeof targetSide>;
  join: z.infer<typeof joined>;
  context: z.infer<typeof context>;
}

/** What is weighed of a candidate: 0 where a trait is missing. */
export type Traits = ReturnType<typeof traitsOf>;

export function traitsOf({ source, target, join, context: { words, database } }: Reference) {
  const matched = join.matched ?? 0;
  const isEmpty = !source.distinct;
  const has = (condition: boolean | null | undefined) => (condition ? 1 : 0);
  const when = (condition: boolean, value: number) => (condition ? value : 0);
  const lost = 1 - (join.matched_percent ?? 100) / 100;
  const chance = Math.min(1, Math.max(1e-6, (join.found_by_chance_percent ?? 100) / 100));
  const usage = Math.min(1, (join.target_covered_percent ?? 0) / Math.max(1, join.expected_covered_percent ?? 100));
  const reach = (join.range_reached_percent ?? 100) / 100;
  const isSingle = source.columns.length === 1;
  const isDense = chance >= 0.5;
  const many = Math.min(7, Math.log(1 + matched));
  const isLine = (source.numbers_lines_percent ?? 0) / 100;
  const isOwnKey = isSingle && source.primary_key === 'all of it';
  const names = namesAgree(source, target, words);
  const isTelling = database.tables_named_elsewhere_percent >= 20;
  const isMeasure = source.purpose === 'measure' || source.role === 'measure';
  const isOwnTable = source.table === target.table;
  const mean =
    source.mean_percent === null || source.mean_percent === undefined ? undefined : source.mean_percent / 100;
  const isSame = (end: 'lowest' | 'highest') => source[end] !== undefined && source[end] === target[end];
  const [place, places] = (source.place ?? '1 of 1').split(' of ').map(Number);
  return {
    empty: has(isEmpty),
    not_found: when(!isEmpty && matched === 0, 1),
    lost: when(!isEmpty, Math.sqrt(lost)),
    surprise: Math.min(5, (-matched * Math.log(chance)) / 4) * (1 - lost) ** 4,
    unused: when(matched > 0, -Math.log(usage + 0.02)),
    out_of_reach: when(matched > 0, -Math.log(reach + 0.02)),
    agreement: when(isDense && !source.is_unique, many * usage * reach),
    same_end_of_many: when(isSame('highest') && matched > 1, many),
    few_values: when(matched > 0, 1 / (1 + matched)),
    indexed: has(source.is_indexed),
    not_indexed: has(!source.is_indexed && !source.leads_its_key) * Math.min(1, database.indexes_a_table),
    key_part: when(source.primary_key === 'part of it', 1 - isLine),
    line_number: isLine,
    own_key: has(isOwnKey && !source.counts_rows),
    counted_own_key: has((isOwnKey || source.is_unique) && source.counts_rows),
    all_of_counted: has(source.counts_rows && join.is_all_of_the_key),
    other_type: has(!source.data_types.every((type, at) => type === target.data_types[at])),
    other_key: has(!target.is_primary_key),
    names,
    same_last_word: has(isTelling && sharesLastWord(source.columns, target.columns)),
    names_agree: has(names > 0.15),
    names_differ: has(names <= 0.15 && isTelling),
    taken_for_measure: has(isMeasure),
    later_candidate: Math.min(2, (join.place_among_candidates ?? 1) - 1),
    other_tables: Math.log(1 + (join.other_tables_with_this_key_first ?? 0)),
    other_columns: Math.min(2, join.other_columns_with_this_key_first ?? 0),
    refers_back: has(join.may_refer_back && !isOwnKey),
    own_key_of_referrer: has(join.may_refer_back && isOwnKey),
    late_place: isSingle && places && places > 1 && place ? (place - 1) / (places - 1) : 0,
    nullable: has(source.is_nullable && isSingle),
    mostly_null: (source.null_percent ?? 0) / 100,
    default: has(source.has_default),
    low_mean: mean === undefined ? 0 : Math.max(0, 0.5 - mean),
    uneven: mean === undefined ? 0 : Math.abs(0.5 - mean),
    falling: Math.max(0, -(source.frequency_trend_percent ?? 0) / 100),
    follows_key: Math.max(0, (source.follows_own_key_percent ?? 0) / 100 - 0.5),
    own_table: has(isOwnTable),
    above_own_key: isOwnTable && !isEmpty ? 1 - (join.below_own_key_percent ?? 50) / 100 : 0,
    same_as_own_key: isOwnTable ? (join.same_as_own_key_percent ?? 0) / 100 : 0,
    repeats: isEmpty || !source.rows ? 0 : Math.min(8, Math.log(source.rows / Math.max(1, source.distinct ?? 1))),
    larger_key: Math.max(-4, Math.min(4, Math.log((1 + (target.rows ?? 0)) / (1 + (source.rows ?? 0))))),
    paired: has(!isSingle),
    paired_beyond_key: has(source.primary_key === 'all of it and more'),
    paired_instant: has(!isSingle && source.data_types.some((type) => /date|time/.test(type))),
  };
}
