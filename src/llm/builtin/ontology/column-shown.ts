import { z } from 'zod';

const percent = z.union([z.number(), z.string()]).nullish();
const timestamp = z.object({
  name: z.string(),
  null_percent: z.number().nullish(),
  min: z.string().nullish(),
  max: z.string().nullish(),
});
const currency = z.object({ name: z.string(), values: z.array(z.string()).default([]) });

const shown = z.object({
  table: z.object({ name: z.string(), rows: z.number().nullish() }).catch({ name: 'table' }),
  column: z
    .object({
      name: z.string(),
      data_type: z.string().default(''),
      default: z.string().optional(),
      references: z.string().optional(),
      is_primary_key: z.boolean().default(false),
      is_unique: z.boolean().default(false),
      is_identity: z.boolean().default(false),
    })
    .catch({ name: 'column', data_type: '', is_primary_key: false, is_unique: false, is_identity: false }),
  statistics: z
    .object({
      rows: z.number().nullish(),
      null_percent: z.number().nullish(),
      distinct: z.number().nullish(),
      is_distinct: z.boolean().default(false),
      min: z.string().nullish(),
      max: z.string().nullish(),
      avg: z.number().nullish(),
      min_length: z.number().nullish(),
      max_length: z.number().nullish(),
    })
    .catch({ is_distinct: false }),
  patterns: z.array(z.object({ pattern: z.string(), match_percent: z.number().nullish() })).catch([]),
  distribution: z
    .array(
      z.object({
        value: z.string(),
        count: z.number().default(0),
        percent,
        has: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
      }),
    )
    .catch([]),
  samples: z.array(z.string()).catch([]),
  timestamp_scale: z.string().optional().catch(undefined),
  earliest: z.string().optional().catch(undefined),
  latest: z.string().optional().catch(undefined),
  has_future: z.boolean().catch(false),
  timestamps: z.array(timestamp).catch([]),
  other_timestamps: z.array(timestamp).catch([]),
  currency_columns: z.array(currency).catch([]),
  type_family: z.string().catch(''),
});

/** What the material says of one column; what it does not say is empty. */
export type ColumnShown = z.infer<typeof shown>;

export function columnShown(content: string): ColumnShown {
  return shown.parse(parsed(content));
}

function parsed(content: string): unknown {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** `"customer id of public.orders"`: how a description calls the column. */
export function called({ column, table }: ColumnShown): string {
  return `${wordsOf(column.name)} of ${wordsOf(table.name.split('.').at(-1) ?? table.name)}`;
}

/** The words of a name, however they are joined. */
export function wordsOf(name: string): string {
  const words = name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  if (words.length > 0) return words.join(' ').toLowerCase();
  return name.trim() === '' ? 'unnamed' : name;
}

/** Matches nearly all samples, as the material says. */
export function matchesPattern({ patterns }: ColumnShown, ...names: string[]): boolean {
  return patterns.some(({ pattern, match_percent }) => names.includes(pattern) && (match_percent ?? 0) > 95);
}

/** The share of rows with a value, in words. */
export function presenceWords({ statistics: { null_percent } }: ColumnShown): string {
  if (null_percent === undefined || null_percent === null) return 'nothing is known of its values';
  if (null_percent === 0) return 'every row has one';
  if (null_percent === 100) return 'no row has one';
  return `${100 - null_percent} percent of the rows have one`;
}
