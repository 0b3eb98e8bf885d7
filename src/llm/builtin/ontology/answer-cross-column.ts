import { z } from 'zod';
import { isObject } from '../../../contracts/json.ts';
import type { Material } from '../answers.ts';
import { amountsAmong } from './amounts.ts';
import { wordsOf } from './column-shown.ts';
import { rowName } from './name-words.ts';

const text = z.string().nullish();
const share = z.union([z.number(), z.string()]);
const shown = z.object({
  table: z.object({ name: z.string() }).catch({ name: 'table' }),
  numeric_columns: z
    .array(
      z.object({
        name: z.string(),
        data_type: z.string().default(''),
        min: text,
        max: text,
        samples: z.array(z.string()).default([]),
      }),
    )
    .catch([]),
  currency_columns: z.array(z.object({ name: z.string(), values: z.array(z.string()).default([]) })).catch([]),
  timestamps: z
    .array(z.object({ name: z.string(), data_type: z.string().catch(''), null_percent: z.number().nullish() }))
    .catch([]),
  beside: z
    .array(
      z.object({
        name: z.string(),
        values: z.array(
          z.object({ value: z.string(), count: z.number(), has: z.record(z.string(), share).default({}) }),
        ),
      }),
    )
    .catch([]),
});

type CrossShown = z.infer<typeof shown>;

/** Amounts stand beside a currency; a rare timestamp marks deleted rows unless it is a step of a process. */
export function answerCrossColumn({ content }: Material): object {
  const material = shown.parse(parsed(content));
  const [currency] = material.currency_columns.toSorted((a, b) => b.values.length - a.values.length);
  return {
    monetary: currency === undefined ? [] : material.numeric_columns.flatMap((column) => pairOf(column, currency.name)),
    soft_deletes: material.timestamps.map((timestamp) => softDelete(timestamp, material)),
  };
}

function pairOf(
  { name, data_type, samples, min, max }: CrossShown['numeric_columns'][number],
  currency_column: string,
): object[] {
  const { is_monetary, unit } = amountsAmong(data_type, samples, min, max);
  if (!is_monetary) return [];
  const description = `The ${wordsOf(name)}, in the currency that ${currency_column} names.`;
  return [{ amount_column: name, currency_column, unit, description, confidence: 0.75 }];
}

function softDelete(
  { name, data_type, null_percent }: CrossShown['timestamps'][number],
  { beside, table }: CrossShown,
): object {
  const row = rowName(table.name);
  const is = (is_soft_delete: boolean, non_null_meaning: string, confidence: number) => ({
    column: name,
    is_soft_delete,
    non_null_meaning,
    confidence,
  });
  if (null_percent === 100) return is(false, 'No row has a value yet.', 0.4);
  if (null_percent === 0 || null_percent == null)
    return is(false, 'Every row has a value: none marks a deletion.', 0.95);
  const step = beside.find(({ values }) => values.length > 2 && goesWith(values, name));
  if (step) return is(false, `The ${row} has reached a state of ${step.name} that comes with it.`, 0.7);
  const flag = beside.find(({ values }) => values.length === 2 && goesWith(values, name));
  if (flag) return is(true, `The ${row} is out of use, as ${flag.name} says too.`, 0.8);
  // Programs mark rows at an instant; a mere day is of something that happened outside.
  if (/^date$/i.test(data_type)) return is(false, `The day of something that few rows of ${row} have seen.`, 0.55);
  return is(true, `The ${row} was taken out of use then.`, 0.7);
}

/** Whether some values always have the timestamp and all others never. */
function goesWith(values: CrossShown['beside'][number]['values'], name: string): boolean {
  const shares = values.filter(({ count }) => count >= 5).map(({ has }) => Number(has[name] ?? 0));
  const known = shares.map((each) => (Number.isNaN(each) ? 0 : each));
  return (
    known.some((each) => each >= 95) &&
    known.some((each) => each <= 2) &&
    known.every((each) => each >= 90 || each <= 10)
  );
}

function parsed(content: string): object {
  try {
    const value: unknown = JSON.parse(content);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
