import { type ColumnAnswer, classification } from './classification.ts';
import { samplesContent } from './column-material.ts';

interface ExternalIdAnswer extends ColumnAnswer {
  service: string;
  entity_referenced: string;
}

/** Which other system issued the values, and for what. */
export const externalIdClassification = classification<ExternalIdAnswer>('external_id', {
  content: ({ column }) => ({ content: samplesContent(column, 8) }),
  feature: ({ service, entity_referenced }) => ({
    purpose: 'identifier',
    role: 'identifier',
    details: { service, entity_referenced },
  }),
});
