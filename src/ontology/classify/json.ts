import { type ColumnAnswer, classification } from './classification.ts';
import { samplesContent } from './column-material.ts';
import { otherColumns } from './neighbours.ts';

interface JsonAnswer extends ColumnAnswer {
  json_type: string;
  keys: string[];
}

/** What documents hold. */
export const jsonClassification = classification<JsonAnswer>('json', {
  content: (facts) => ({ content: { ...samplesContent(facts.column, 6), other_columns: otherColumns(facts) } }),
  feature: ({ json_type, keys }) => ({ purpose: 'json', role: 'attribute', details: { json_type, keys } }),
});
