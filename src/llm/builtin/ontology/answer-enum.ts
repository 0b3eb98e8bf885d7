import type { Material } from '../answers.ts';
import { amountsOf } from './amounts.ts';
import { called, columnShown, matchesPattern } from './column-shown.ts';

/** Well-known codes explain themselves; what else there is, is asked value by value. */
export function answerEnum({ content }: Material): object {
  const shown = columnShown(content);
  const values = shown.distribution.map(({ value }) => value);
  const isCurrency = matchesPattern(shown, 'iso4217') && values.length > 0;
  const isPlace = values.length > 0 && values.every((value) => /^[A-Z][A-Za-z_]+\/[A-Za-z_/+-]+$/.test(value));
  const amounts = amountsOf(shown, values);
  const isTelling = shown.other_timestamps.some(
    ({ null_percent }) => (null_percent ?? 0) > 0 && (null_percent ?? 0) < 100,
  );
  const isMoney = amounts.is_monetary;
  const kind = isCurrency ? 'currency_code' : isPlace ? 'time_zone' : isMoney ? amounts.semantic_type : 'category';
  const isPlain = isCurrency || isPlace || isMoney;
  return {
    may_be_state_machine: !isPlain && isTelling && values.length > 1,
    needs_detailed_analysis: !isPlain && values.length > 0,
    may_be_monetary: isMoney,
    semantic_type: kind,
    description: `The ${called(shown)}: ${saidOf(kind, values)}.`,
    confidence: isCurrency || isPlace ? 0.9 : 0.6,
  };
}

const mostNamed = 6;

/** The values by themselves where they are few and short. */
function saidOf(kind: string, values: readonly string[]): string {
  const named = values.length <= mostNamed && values.every((value) => value.length <= 30);
  const list = named && values.length > 1 ? `${values.slice(0, -1).join(', ')} or ${values.at(-1)}` : values[0];
  if (kind === 'currency_code') return `a currency, as a code of ISO 4217${named ? ` (${list})` : ''}`;
  if (named && values.length > 0) return values.length > 1 ? `${list}` : `always ${list}`;
  return `one of ${values.length || 'few'} values that come again and again`;
}
