import type { ColumnFacts } from '../table-facts.ts';
import { type ColumnAnswer, classification } from './classification.ts';
import { samplesContent } from './column-material.ts';
import { currencyColumns, currencyContent, valuesOf } from './neighbours.ts';

interface NumericAnswer extends ColumnAnswer {
  numeric_type: string;
  unit: string;
  may_be_monetary: boolean;
  needs_fk_resolution: boolean;
}

/** What numbers count, measure or identify. */
export const numericClassification = classification<NumericAnswer>('numeric', {
  content: (facts) => {
    const currencies = currencyColumns(facts);
    return {
      content: {
        ...samplesContent(facts.column),
        ...(currencies.length > 0 && { currency_columns: currencies.map(currencyContent) }),
      },
      stable: { currencies: currencies.length > 0 },
    };
  },
  check: ({ needs_fk_resolution }, facts) =>
    needs_fk_resolution && hasFractions(facts)
      ? '$.needs_fk_resolution: expected false, for values have fractions and keys have none'
      : undefined,
  feature: (answer, facts) => {
    const { numeric_type, unit, needs_fk_resolution } = answer;
    const may_be_monetary = answer.may_be_monetary || numeric_type === 'monetary';
    const isMeasure = measures.has(numeric_type) || may_be_monetary;
    return {
      purpose: numeric_type === 'identifier' ? 'identifier' : numeric_type === 'code' ? 'enum' : 'measure',
      role: numeric_type === 'identifier' ? 'identifier' : isMeasure ? 'measure' : 'attribute',
      details: { numeric_type, unit, may_be_monetary },
      needs_fk_resolution,
      needs_cross_column_check: may_be_monetary && currencyColumns(facts).length > 0,
    };
  },
});

const measures: ReadonlySet<string> = new Set(['monetary', 'measure', 'count', 'percentage']);

function hasFractions({ column }: ColumnFacts): boolean {
  return column.type_family !== 'integer' && valuesOf(column).some((value) => /[.,]\d*[1-9]/.test(value));
}
