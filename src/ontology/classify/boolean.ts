import { type ColumnAnswer, classification } from './classification.ts';
import { distributionContent } from './column-material.ts';
import { otherColumns } from './neighbours.ts';

interface BooleanAnswer extends ColumnAnswer {
  true_meaning: string;
  false_meaning: string;
  boolean_type: string;
}

/** What the two values of a column mean. */
export const booleanClassification = classification<BooleanAnswer>('boolean', {
  content: (facts) => ({
    content: { distribution: distributionContent(facts.column), other_columns: otherColumns(facts) },
  }),
  feature: ({ true_meaning, false_meaning, boolean_type }) => ({
    purpose: 'flag',
    role: 'attribute',
    details: { boolean_type, true_meaning, false_meaning },
  }),
});
