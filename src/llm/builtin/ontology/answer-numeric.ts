import type { Material } from '../answers.ts';
import { amountsOf, decimalsOf } from './amounts.ts';
import { type ColumnShown, called, columnShown } from './column-shown.ts';

interface Judged {
  numeric_type: string;
  unit: string;
  may_be_monetary: boolean;
  needs_fk_resolution: boolean;
  semantic_type: string;
  said: string;
  confidence: number;
}

/** Keys are whole, dense or drawn; amounts stand beside a currency; what else there is, is a measure. */
export function answerNumeric({ content }: Material): object {
  const shown = columnShown(content);
  const { said, ...judged } = judge(shown);
  return { ...judged, description: `The ${called(shown)}: ${said}.` };
}

function judge(shown: ColumnShown): Judged {
  const { column, statistics, samples } = shown;
  const is = (numeric_type: string, semantic_type: string, said: string, confidence: number, more = {}): Judged => ({
    numeric_type,
    semantic_type,
    said,
    confidence,
    unit: 'unknown',
    may_be_monetary: false,
    needs_fk_resolution: false,
    ...more,
  });
  if (column.references !== undefined)
    return is('identifier', 'foreign_key', 'the key of a row elsewhere', 0.95, { needs_fk_resolution: true });
  if (column.is_primary_key)
    return is('identifier', 'primary_key', 'the key of its row', 0.95, {
      needs_fk_resolution: !column.is_identity && !isCounted(shown),
    });
  const { min, max, is_distinct, distinct } = statistics;
  const [low, high] = [Number(min ?? Number.NaN), Number(max ?? Number.NaN)];
  const decimals = decimalsOf(samples);
  const isWhole = decimals === 0 && !/\(\d+,\s*[1-9]/.test(column.data_type) && samples.every(isInteger);
  if (isWhole && low >= 1700 && high <= 2200 && high > low)
    return is('ordinal', 'year', 'a year', 0.7, { needs_fk_resolution: false, unit: 'years' });
  const own = is('identifier', 'alternate_key', 'another number in each row', 0.7, { needs_fk_resolution: true });
  const isDense = low >= 0 && (distinct ?? 0) >= 0.2 * (high - low + 1);
  if (isWhole && (column.is_unique || (is_distinct && isDense))) return own;
  if (isWhole && !isDense) {
    const amounts = amountsOf(shown, samples);
    if (amounts.is_monetary)
      return is('monetary', amounts.semantic_type, 'an amount of money in whole hundredths, it seems', 0.7, {
        unit: 'cents',
        may_be_monetary: true,
      });
  }
  if (isWhole && is_distinct && low >= 0) return own;
  if (isWhole && ((isDense && isEven(shown)) || low >= 1e9))
    return is('identifier', 'reference', 'a number that comes again and may be the key of a row elsewhere', 0.55, {
      needs_fk_resolution: true,
    });
  if (isWhole) {
    // Keys of a large table may be sparse, and some be used more than others; evidence decides.
    const mayRefer = isDense || (low >= 0 && (distinct ?? 0) > 50);
    return is(low >= 0 ? 'count' : 'measure', 'quantity', 'a whole number', 0.45, { needs_fk_resolution: mayRefer });
  }
  const amounts = amountsOf(shown, samples);
  if (amounts.is_monetary)
    return is('monetary', amounts.semantic_type, 'an amount of money', 0.75, {
      unit: 'dollars',
      may_be_monetary: true,
    });
  if (low >= 0 && high <= 1) return is('percentage', 'ratio', 'a share between 0 and 1', 0.6, { unit: 'share' });
  const isLikePrice = decimals === 2 && low >= 0;
  return is('measure', 'quantity', 'a measure', 0.5, { may_be_monetary: isLikePrice });
}

function isInteger(value: string): boolean {
  return /^-?\d+(\.0+)?$/.test(value);
}

/** Rows refer to all of a table about alike; quantities are mostly small. */
function isEven({ statistics: { min, max, avg } }: ColumnShown): boolean {
  const [low, high] = [Number(min ?? Number.NaN), Number(max ?? Number.NaN)];
  return Math.abs((avg ?? Number.NaN) - (low + high) / 2) <= 0.15 * (high - low);
}

/** Keys that count up from the beginning of the table are its own. */
function isCounted({ statistics: { min, max, distinct } }: ColumnShown): boolean {
  const [low, high] = [Number(min ?? Number.NaN), Number(max ?? Number.NaN)];
  return low >= 0 && low <= 1 && high - low + 1 <= (distinct ?? 0) * 1.05;
}
