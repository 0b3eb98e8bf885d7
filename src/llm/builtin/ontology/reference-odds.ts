import { z } from 'zod';

const side = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  data_types: z.array(z.string()),
  rows: z.number().nullish(),
  purpose: z.string().optional(),
  role: z.string().optional(),
});

export const sourceSide = side.extend({
  distinct: z.number().nullish(),
  is_unique: z.boolean(),
  primary_key: z.string(),
  is_indexed: z.boolean().nullish(),
  counts_rows: z.boolean(),
  null_percent: z.number().nullish(),
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
});

export const context = z.object({
  words: z.record(z.string(), z.number().nullable()),
  database: z.object({ tables_named_elsewhere_percent: z.number() }),
});

export interface Reference {
  source: z.infer<typeof sourceSide>;
  target: z.infer<typeof targetSide>;
  join: z.infer<typeof joined>;
  context: z.infer<typeof context>;
}

/** One thing that speaks for a reference, or against it, as the logarithm of odds. */
export interface Argument {
  weight: number;
  text: string;
}

/** What speaks for and against it, most telling first. */
export function argumentsFor(reference: Reference): Argument[] {
  const list = [
    ...containment(reference),
    ...fitness(reference),
    ...structure(reference),
    ...naming(reference),
    ...meaning(reference),
  ];
  return list.filter(({ weight }) => weight !== 0).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

/** Most columns refer to nothing. */
const prior = -1.7;

/** The probability that it is a reference. */
export function probability(reasons: readonly Argument[]): number {
  const odds = reasons.reduce((sum, { weight }) => sum + weight, prior);
  return 1 / (1 + Math.exp(-odds));
}

/** Values that are found, and how much it says that they are. */
function containment({ join, source }: Reference): Argument[] {
  const { matched, matched_percent } = join;
  if (!matched || matched_percent === null || matched_percent === undefined) {
    return [{ weight: source.distinct ? -6 : -1, text: 'There are no values to compare.' }];
  }
  const lost = 100 - matched_percent;
  const chance = Math.min(1, Math.max(1e-6, (join.found_by_chance_percent ?? 100) / 100));
  const surprise = Math.min(5, (-matched * Math.log(chance)) / 4);
  return [
    lost === 0
      ? { weight: 0, text: '' }
      : { weight: -10 * Math.sqrt(lost / 100), text: `${lost} % of the values are no key of it.` },
    surprise > 0.5
      ? { weight: surprise * (matched_percent / 100) ** 4, text: 'Values of this form are not found there by chance.' }
      : { weight: 0, text: '' },
  ];
}

/** Whether the source uses the key as references would: as much of it, over all of its range. */
function fitness({ join, source }: Reference): Argument[] {
  const { matched, target_covered_percent, expected_covered_percent, range_reached_percent } = join;
  if (!matched) return [];
  const usage = Math.min(1, (target_covered_percent ?? 0) / Math.max(1, expected_covered_percent ?? 100));
  const reach = (range_reached_percent ?? 100) / 100;
  const isDense = (join.found_by_chance_percent ?? 0) >= 50;
  const weight = 0.8 * Math.log(usage + 0.02) + 0.8 * Math.log(reach + 0.02);
  const agreement = isDense && !source.is_unique ? 0.55 * Math.log(1 + matched) * usage * reach : 0;
  return [
    {
      weight,
      text: `It uses ${target_covered_percent} % of the key over ${range_reached_percent ?? 100} % of its range.`,
    },
    { weight: agreement, text: 'Both end at the same value, and the key is used as evenly as references use one.' },
  ];
}

/** What the definition of the table says. */
function structure({ source, target, join }: Reference): Argument[] {
  const isSameType = source.data_types.every((type, at) => type === target.data_types[at]);
  const isOwnKey = source.primary_key === 'all of it' || (source.is_unique && source.counts_rows);
  return [
    source.is_indexed ? { weight: 2.2, text: 'Somebody made an index on it.' } : { weight: 0, text: '' },
    source.primary_key === 'part of it'
      ? { weight: 1, text: 'It is part of the key of its own table.' }
      : { weight: 0, text: '' },
    isOwnKey && source.columns.length === 1
      ? {
          weight: source.counts_rows ? (join.is_all_of_the_key ? -2 : -4) : -1,
          text: 'It is the key of its own table and may merely count its rows.',
        }
      : { weight: 0, text: '' },
    isSameType ? { weight: 0.5, text: '' } : { weight: -0.7, text: 'The types differ.' },
    target.is_primary_key
      ? { weight: 0.5, text: '' }
      : { weight: -1, text: 'The target is not the primary key of its table.' },
  ];
}

/** Names that agree, where names of this database speak of each other at all. */
function naming({ source, target, context: { words, database } }: Reference): Argument[] {
  const agreement = namesAgree(source, target, words);
  if (agreement > 0.15) return [{ weight: 4.5 * agreement, text: 'The names speak of the same thing.' }];
  const isTelling = database.tables_named_elsewhere_percent >= 20;
  return isTelling ? [{ weight: -0.7, text: 'The names have nothing in common.' }] : [];
}

/** What was said of the columns before. */
function meaning({ source }: Reference): Argument[] {
  if (source.role === 'foreign_key') return [{ weight: 1, text: 'It was taken for a reference before.' }];
  if (source.purpose === 'measure' || source.role === 'measure')
    return [{ weight: -1.5, text: 'It was taken for a measure before.' }];
  return [];
}

/** How much two sides have in common, 0 to 1; a word counts by its rarity among the tables. */
function namesAgree(
  source: { columns: readonly string[] },
  target: { table: string; columns: readonly string[] },
  words: Readonly<Record<string, number | null>>,
): number {
  const weight = (word: string) => (word.length < 3 ? 0.1 : 1) * Math.max(0, 1 - (words[word] ?? 0) / 100);
  const own = source.columns.flatMap(wordsOf);
  const table = wordsOf(target.table.split('.').at(-1) ?? '');
  const key = target.columns.flatMap(wordsOf);
  const share = (list: readonly string[], others: readonly string[]) => {
    const whole = list.reduce((sum, word) => sum + weight(word), 0);
    const found = (word: string) => Math.max(0, ...others.map((other) => alike(word, other)));
    return whole === 0 ? 0 : list.reduce((sum, word) => sum + weight(word) * found(word), 0) / whole;
  };
  return Math.sqrt(share(own, [...table, ...key]) * Math.max(share(table, own), 0.9 * share(key, own)));
}

/** The words that a name is made of, in lower case; digits are none. */
function wordsOf(name: string): string[] {
  return [...name.matchAll(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+/gu)].map(([word]) => word.toLowerCase());
}

/** Forms of one word begin alike. */
function alike(one: string, other: string): number {
  if (one === other) return 1;
  const length = Math.min(one.length, other.length);
  let same = 0;
  while (same < length && one[same] === other[same]) same += 1;
  const share = same / Math.max(one.length, other.length);
  return same < 3 || share < 0.6 ? 0 : share;
}
