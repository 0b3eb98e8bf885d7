import type { ColumnFacts } from '../table-facts.ts';
import { type ColumnAnswer, classification } from './classification.ts';
import { distributionContent, isNumber } from './column-material.ts';
import {
  currencyColumns,
  currencyContent,
  distributionOf,
  otherColumns,
  timestampColumns,
  timestampContent,
} from './neighbours.ts';

interface EnumAnswer extends ColumnAnswer {
  may_be_state_machine: boolean;
  needs_detailed_analysis: boolean;
  may_be_monetary: boolean;
}

/** What a column of few values tells apart; a few amounts may come again and again, too. */
export const enumClassification = classification<EnumAnswer>('enum', {
  content: (facts) => {
    const { column } = facts;
    const currencies = isNumber(column) ? currencyColumns(facts) : [];
    return {
      content: {
        distribution: distributionContent(column),
        ...(column.enum_labels !== null &&
          !column.is_sensitive && { labels_of_the_type: column.enum_labels.slice(0, 100) }),
        ...(currencies.length > 0 && { currency_columns: currencies.map(currencyContent) }),
        other_timestamps: timestampColumns(facts).slice(0, 30).map(timestampContent),
        other_columns: otherColumns(facts),
      },
      stable: { labels: column.is_sensitive ? null : column.enum_labels, currencies: currencies.length > 0 },
    };
  },
  check: ({ may_be_monetary }, { column }) =>
    may_be_monetary && !isNumber(column)
      ? '$.may_be_monetary: expected false, for the values are no numbers'
      : undefined,
  feature: (answer, facts) => ({
    purpose: answer.may_be_monetary ? 'measure' : 'enum',
    role: answer.may_be_monetary ? 'measure' : 'attribute',
    details: { may_be_state_machine: answer.may_be_state_machine, may_be_monetary: answer.may_be_monetary },
    needs_enum_analysis: needsAnalysis(answer, facts),
    needs_cross_column_check: answer.may_be_monetary && currencyColumns(facts).length > 0,
  }),
});

/** There have to be values to explain. */
function needsAnalysis(answer: EnumAnswer, { column }: ColumnFacts): boolean {
  if (column.is_sensitive || answer.may_be_monetary) return false;
  const isWanted = answer.needs_detailed_analysis || answer.may_be_state_machine;
  return isWanted && distributionOf(column).length > 0;
}
