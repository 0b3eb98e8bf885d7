import type { Edit } from '../../db/ontology-edit-queries.ts';
import type { ItemNode } from '../extraction.ts';
import { ontologyNodes } from '../nodes.ts';
import { columnOf, relationshipEnds } from '../object-key.ts';

interface Wanted {
  tables: Set<string>;
  keys: Set<string>;
  /** Ask again although nothing changed. */
  full: boolean;
}

/**
 * The nodes of the small dag after edits, in order: what was edited is described again, and what may depend on it is if
 * what it depends on changed. Empty: nothing follows from them.
 */
export function nodesAfter(edits: readonly Pick<Edit, 'target_kind' | 'target_key' | 'field' | 'value'>[]): ItemNode[] {
  const wanted = new Map<string, Wanted>();
  const want = (
    node: string,
    { tables = [], keys = [], full = false }: Partial<Record<'tables' | 'keys', string[]>> & { full?: boolean },
  ) => {
    const known = wanted.get(node) ?? { tables: new Set(), keys: new Set(), full: false };
    for (const table of tables) known.tables.add(table);
    for (const key of keys) known.keys.add(key);
    wanted.set(node, { ...known, full: known.full || full });
  };
  for (const { target_kind, target_key, field, value } of edits) {
    if (target_kind === 'entity') {
      want('EntityEnrichment', { keys: [target_key], full: true });
      if (field === 'domain') want('OntologyFinalization', {});
    } else if (target_kind === 'relationship') {
      const { from, to } = relationshipEnds(target_key);
      if (field !== 'status' || value === 'accepted')
        want('RelationshipEnrichment', { keys: [target_key], full: true });
      if (field === 'status' && value === 'accepted') want('RelationshipDiscovery', { keys: [from.table_key] });
      if (field === 'status') {
        want('EntityEnrichment', { keys: [from.table_key, to.table_key] });
        want('ColumnEnrichment', { keys: [from.table_key] });
      }
    } else if (target_kind === 'column') {
      const { table_key } = columnOf(target_key);
      if (field === 'is_sensitive') {
        want('SchemaProfile', { tables: [table_key] });
        want('ColumnClassification', { keys: [target_key] });
        want('EnumAnalysis', { keys: [target_key] });
      }
      want('EntityEnrichment', { keys: [table_key] });
      want('ColumnEnrichment', { keys: [table_key] });
    }
  }
  return ontologyNodes.flatMap(({ name }): ItemNode[] => {
    const node = wanted.get(name);
    if (!node) return [];
    const { tables, keys, full } = node;
    return [
      {
        name,
        ...(tables.size > 0 && { tables: [...tables].sort() }),
        ...(keys.size > 0 && { subject_keys: [...keys].sort() }),
        ...(full && { full }),
      },
    ];
  });
}
