import type { Material } from '../answers.ts';
import { called, columnShown, wordsOf } from './column-shown.ts';

/** Keys by what is declared and by how often values come again. */
export function answerUuid({ content }: Material): object {
  const shown = columnShown(content);
  const { column, statistics, table } = shown;
  const own = wordsOf(table.name.split('.').at(-1) ?? table.name);
  const refers = column.references !== undefined;
  const isOnce = column.is_unique || statistics.is_distinct;
  const key_role = column.is_primary_key ? 'primary' : refers ? 'foreign' : isOnce ? 'alternate' : 'foreign';
  const said = {
    primary: `identifies a row of ${own}`,
    alternate: 'is another one in each row, beside the primary key',
    foreign: 'comes again in several rows and may be the key of a row elsewhere',
  }[key_role];
  return {
    entity_referenced: key_role === 'foreign' ? wordsOf(column.name) : own,
    key_role,
    is_external: false,
    needs_fk_resolution: key_role !== 'primary' || refers,
    semantic_type: { primary: 'primary_key', alternate: 'alternate_key', foreign: 'foreign_key' }[key_role],
    description: `The ${called(shown)} ${said}.`,
    confidence: column.is_primary_key || refers ? 0.95 : 0.7,
  };
}
