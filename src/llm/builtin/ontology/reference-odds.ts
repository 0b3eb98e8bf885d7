import { type Reference, type Traits, traitsOf } from './reference-traits.ts';

/** One thing that speaks for a reference, or against it, as the logarithm of odds. */
export interface Argument {
  weight: number;
  text: string;
}

/**
 * The weights were fitted on databases that were made for it at random (bench/fk/random-domain.ts), with their names and with
 * names that say nothing; what such databases lack was set by hand: `not_found`, `lost`, `other_key`, `same_as_own_key`,
 * `own_key_of_referrer`, `line_number` and all of `paired`. The start is raised by so much that a yes above 0.7 is where misses and mistakes are about as many.
 */
const start = 1.35;

const weights: Partial<Record<keyof Traits, readonly [weight: number, text: string]>> = {
  empty: [-1.2, 'There are no values to compare.'],
  not_found: [-8, 'None of its values is a key of it.'],
  lost: [-7, 'Some of its values are no key of it.'],
  surprise: [0.36, 'Values of this form are not found there by chance.'],
  unused: [-0.1, 'It leaves much of the key unused.'],
  out_of_reach: [-0.63, 'It does not reach over the whole range of the key.'],
  agreement: [0.2, 'It uses the key as evenly as references use one.'],
  same_end_of_many: [0.36, 'Both end at the same value.'],
  few_values: [1.9, ''],
  indexed: [0.38, 'Somebody made an index on it.'],
  not_indexed: [-0.9, 'Columns here have indexes, this one has none.'],
  key_part: [0.6, 'It is part of the key of its own table.'],
  line_number: [-1.5, 'It counts the rows within those with the same other parts of the key.'],
  own_key: [-1.6, 'It is the key of its own table.'],
  counted_own_key: [-1.5, 'It is the key of its own table and may merely count its rows.'],
  all_of_counted: [-1.5, ''],
  other_type: [-2.8, 'The types differ.'],
  other_key: [-1, 'The target is not the primary key of its table.'],
  names: [1.1, 'The names speak of the same thing.'],
  names_agree: [0.2, ''],
  same_last_word: [0.9, 'Both names end with the same word.'],
  names_differ: [-1.5, 'The names have nothing in common.'],
  taken_for_measure: [-0.2, 'It was taken for a measure before.'],
  later_candidate: [-2.1, 'Another key is likelier.'],
  other_tables: [-0.25, ''],
  other_columns: [-0.3, 'Another column of the table fits the same key.'],
  refers_back: [-0.3, ''],
  own_key_of_referrer: [-4, 'The table that it would refer to refers to it.'],
  late_place: [-1.05, 'It stands late among the columns of its table.'],
  nullable: [0.95, 'It may be left out.'],
  mostly_null: [0.1, ''],
  default: [-1.4, 'It has a value where nothing is said.'],
  low_mean: [-0.85, 'Most of its values are small.'],
  uneven: [-0.55, ''],
  falling: [-0.5, 'The larger its values the rarer they are.'],
  follows_key: [0.75, 'It rises as the rows of its table do.'],
  own_table: [0.9, 'It may refer to another row of its own table.'],
  above_own_key: [-1.2, 'It mostly points to rows that came later.'],
  same_as_own_key: [-3, 'It repeats the key of its own row.'],
  repeats: [0.13, 'Its values come again and again.'],
  larger_key: [0.08, ''],
  paired: [-1, 'Pairs of columns seldom refer together.'],
  paired_beyond_key: [-1.5, 'It holds more than the whole key of its own table.'],
  paired_instant: [-1.5, 'A part of it is an instant.'],
};

/** What speaks for and against it, most telling first. */
export function argumentsFor(reference: Reference): Argument[] {
  const traits = new Map<string, number>(Object.entries(traitsOf(reference)));
  return Object.entries(weights)
    .map(([trait, [weight, text]]) => ({ weight: weight * (traits.get(trait) ?? 0), text }))
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

/** The probability that it is a reference. */
export function probability(reasons: readonly Argument[]): number {
  const odds = reasons.reduce((sum, { weight }) => sum + weight, start);
  return 1 / (1 + Math.exp(-odds));
}
