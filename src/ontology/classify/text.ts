import { type ColumnAnswer, classification } from './classification.ts';
import { samplesContent } from './column-material.ts';

interface TextAnswer extends ColumnAnswer {
  text_type: string;
  is_structured: boolean;
  needs_fk_resolution: boolean;
}

/** What texts are. */
export const textClassification = classification<TextAnswer>('text', {
  content: ({ column }) => ({ content: samplesContent(column) }),
  feature: ({ text_type, is_structured, needs_fk_resolution }) => ({
    purpose: text_type === 'identifier' ? 'identifier' : text_type === 'code' ? 'enum' : 'text',
    role: text_type === 'identifier' ? 'identifier' : 'attribute',
    details: { text_type, is_structured },
    needs_fk_resolution,
  }),
});
