import type { ColumnShown } from './column-shown.ts';

/** What numbers would be as amounts of money. */
export interface Amounts {
  is_monetary: boolean;
  unit: 'cents' | 'dollars' | 'unknown';
  semantic_type: string;
}

const none: Amounts = { is_monetary: false, unit: 'unknown', semantic_type: 'quantity' };

/** Numbers beside a column of currencies: two or three decimals, or whole ones too large to be codes or counts. */
export function amountsOf({ column, currency_columns, statistics }: ColumnShown, values: readonly string[]): Amounts {
  if (currency_columns.length === 0 || column.is_primary_key || column.is_identity || column.references !== undefined)
    return none;
  return amountsAmong(column.data_type, values, statistics.min, statistics.max);
}

/** As above, of numbers that are beside a currency. */
export function amountsAmong(
  data_type: string,
  values: readonly string[],
  min: string | null | undefined,
  max: string | null | undefined,
): Amounts {
  const decimals = decimalsOf(values);
  const largest = Math.max(Math.abs(Number(min ?? 0)), Math.abs(Number(max ?? 0)));
  const isMoneyType = /money/i.test(data_type);
  const isYear = decimals === 0 && Number(min ?? 0) >= 1700 && largest <= 2200;
  if (isYear || isShort(data_type)) return none;
  if (isMoneyType || decimals === 2 || decimals === 3) {
    return { is_monetary: true, unit: 'dollars', semantic_type: 'currency_amount' };
  }
  if (decimals > 0 || !Number.isFinite(largest)) return none;
  return largest >= 100 ? { is_monetary: true, unit: 'cents', semantic_type: 'currency_cents' } : none;
}

/** One digit before the point holds marks and shares, no prices. */
function isShort(data_type: string): boolean {
  const [, precision, scale] = /\((\d+),\s*(\d+)\)/.exec(data_type) ?? [];
  return precision !== undefined && Number(precision) - Number(scale) <= 1;
}

/** Digits after the point, as most as a value has; those that a type merely pads do not count where all are zeros. */
export function decimalsOf(values: readonly string[]): number {
  const fractions = values.map((value) => /[.](\d+)/.exec(value)?.[1] ?? '');
  if (fractions.every((digits) => /^0*$/.test(digits))) return fractions.some((digits) => digits.length === 2) ? 2 : 0;
  return Math.max(0, ...fractions.map((digits) => digits.length));
}
