import { type ColumnAnswer, classification } from './classification.ts';
import { isDistinct, samplesContent } from './column-material.ts';

interface UuidAnswer extends ColumnAnswer {
  entity_referenced: string;
  key_role: 'primary' | 'alternate' | 'foreign' | 'none';
  is_external: boolean;
  needs_fk_resolution: boolean;
}

/** What a column of UUIDs identifies. */
export const uuidClassification = classification<UuidAnswer>('uuid', {
  content: ({ column }) => ({ content: samplesContent(column, 3) }),
  check: ({ key_role }, { table, column }) => {
    const [key, ...more] = table.primary_key;
    const isPrimary = key === column.column_key && more.length === 0;
    if (isPrimary && key_role !== 'primary') return '$.key_role: expected "primary", for it is the primary key';
    const isKnown = column.row_count !== null && column.is_distinct_exact === true && table.sampled_rows === null;
    if (isPrimary || !isKnown || isDistinct(column) || (key_role !== 'primary' && key_role !== 'alternate'))
      return undefined;
    return '$.key_role: expected "foreign" or "none", for values occur more than once';
  },
  feature: ({ entity_referenced, key_role, is_external, needs_fk_resolution }) => ({
    purpose: 'identifier',
    role: key_role === 'foreign' ? 'foreign_key' : 'identifier',
    details: { entity_referenced, key_role, is_external },
    needs_fk_resolution: needs_fk_resolution && !is_external,
  }),
});
