import { type ColumnAnswer, classification } from './classification.ts';
import { samplesContent } from './column-material.ts';
import { otherColumns } from './neighbours.ts';

interface UnknownAnswer extends ColumnAnswer {
  purpose: string;
}

/** What a column of an unusual type holds: spans of time, lists, bytes, or one of which nothing is known. */
export const unknownClassification = classification<UnknownAnswer>('unknown', {
  content: (facts) => ({
    content: {
      type_family: facts.column.type_family,
      ...samplesContent(facts.column, 6),
      other_columns: otherColumns(facts),
    },
  }),
  feature: ({ purpose }) => ({
    purpose,
    role: purpose === 'identifier' || purpose === 'measure' ? purpose : 'attribute',
    details: {},
  }),
});
