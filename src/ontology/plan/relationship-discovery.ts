import { readRelationships, readSkipped, type SkippedRow } from '../../db/ontology-queries.ts';
import { relationshipKey } from '../object-key.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { type Schema, schemaOf } from '../relationship/schema.ts';
import { counted } from './message.ts';
import { changedItems, type Plan, type PlanInput } from './plan.ts';

/** Declared foreign keys are taken as they are; each table whose columns may refer to more is looked at. */
export async function planRelationshipDiscovery(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const schema = await schemaOf(context);
  const declared = declaredIn(schema);
  const known = await readRelationships(context.db, context.ontology_id);
  const keys = new Set(declared.map(({ relationship_key }) => relationship_key));
  const before = new Set(
    known.filter(({ provenance }) => provenance === 'declared').map(({ relationship_key }) => relationship_key),
  );
  const gone = [...before].filter((key) => !keys.has(key));
  const candidates = schema.tables
    .filter(({ table_key }) => input.tables?.includes(table_key) ?? true)
    .filter(({ table_key }) => input.subject_keys?.includes(table_key) ?? true)
    .map(({ table_key }) => ({ job_type: 'relationship_discovery', subject_key: table_key }));
  // What could not be looked up may be by now.
  const left = new Set(
    (await readSkipped(context.db, context.ontology_id)).filter(isLookup).map((row) => row.subject_key),
  );
  const items = [
    ...(await changedItems(
      context,
      candidates.filter(({ subject_key }) => left.has(subject_key)),
      { full: true },
    )),
    ...(await changedItems(
      context,
      candidates.filter(({ subject_key }) => !left.has(subject_key)),
      input,
    )),
  ];
  const news = declared.filter(({ relationship_key }) => !before.has(relationship_key));
  return {
    message: `${counted(declared.length, 'declared foreign key')}, ${counted(items.length, 'table')} to look at`,
    items,
    ...((news.length > 0 || gone.length > 0) && { facts: { declared: news, gone } }),
  };
}

function isLookup({ phase }: SkippedRow): boolean {
  return phase === 'lookup';
}

function declaredIn(schema: Schema) {
  const declared = schema.tables.flatMap(({ table_key, foreign_keys, kind }) =>
    kind === 'partition'
      ? []
      : foreign_keys
          .filter(({ to_table }) => schema.byTable.has(to_table))
          .map(({ columns, to_table, to_columns }) => ({
            relationship_key: relationshipKey({ table_key, columns }, { table_key: to_table, columns: to_columns }),
            from_table: table_key,
            from_columns: columns,
            to_table,
            to_columns,
            status: 'accepted',
            provenance: 'declared',
            cardinality: isUnique(schema, table_key, columns) ? '1:1' : 'N:1',
            confidence: 1,
          })),
  );
  // The same one may be declared under two names.
  return [...new Map(declared.map((row) => [row.relationship_key, row])).values()];
}

function isUnique(schema: Schema, table_key: string, columns: readonly string[]): boolean {
  const name = columns.toSorted().join(' ');
  return schema.keys.some(
    (key) =>
      key.table.table_key === table_key &&
      key.columns
        .map(({ column_key }) => column_key)
        .sort()
        .join(' ') === name,
  );
}
