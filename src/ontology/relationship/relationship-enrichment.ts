import { type RelationshipRow, readEntities, readRelationships } from '../../db/ontology-queries.ts';
import type { ItemKind } from '../items.ts';
import { wholePercent } from '../material.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { schemaOf } from './schema.ts';

/** The words for one relationship, in both directions. */
export const relationshipEnrichment: ItemKind = {
  job_type: 'relationship_enrichment',
  material: async (context, { subject_key }) => {
    const { byKey, byTables } = await accepted(context);
    const row = byKey.get(subject_key);
    if (!row) return undefined;
    const schema = await schemaOf(context);
    const entities = await context.shared('entities', async () => {
      const rows = await readEntities(context.db, context.ontology_id);
      return new Map(rows.map((entity) => [entity.table_key, entity]));
    });
    const side = (table_key: string, keys: readonly string[]) => {
      const columns = (schema.columns.get(table_key) ?? []).filter(({ column_key }) => keys.includes(column_key));
      return {
        table: table_key,
        columns: columns.map(({ column_name }) => column_name),
        comment: schema.byTable.get(table_key)?.comment ?? undefined,
        column_comments: columns.flatMap(({ comment }) => comment ?? []),
      };
    };
    const source = schema.columns.get(row.from_table)?.find(({ column_key }) => column_key === row.from_columns[0]);
    const other_relationships = (byTables.get(tablesOf(row)) ?? [])
      .filter((other) => other !== row)
      .map((other) => ({ columns: other.from_columns, target: other.to_table }));
    const content = {
      source: {
        ...side(row.from_table, row.from_columns),
        is_optional: source?.is_nullable === true,
        null_percent: source ? wholePercent(source.null_count, source.row_count) : null,
      },
      target: side(row.to_table, row.to_columns),
      cardinality: row.cardinality,
      source_role: row.source_role ?? undefined,
      other_relationships,
    };
    return {
      title: subject_key,
      stable: content,
      content: {
        ...content,
        entities: [row.from_table, row.to_table].flatMap((key) => {
          const entity = entities.get(key);
          return entity ? [{ table: key, name: entity.name, description: entity.description }] : [];
        }),
      },
    };
  },
};

function accepted(context: OntologyContext) {
  return context.shared('accepted relationships', async () => {
    const rows = await readRelationships(context.db, context.ontology_id, { status: 'accepted' });
    return {
      byKey: new Map(rows.map((row) => [row.relationship_key, row])),
      byTables: Map.groupBy(rows, tablesOf),
    };
  });
}

function tablesOf({ from_table, to_table }: RelationshipRow): string {
  return `${from_table} ${to_table}`;
}
