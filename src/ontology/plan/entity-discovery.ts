import type { Database } from '../../db/connect.ts';
import { readColumns, readOntologies, readRelationships, readTables } from '../../db/ontology-queries.ts';
import { plainName } from '../entity/plain-name.ts';
import { type StructuralKind, structuralKinds } from '../entity/structure.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { settled } from '../relationship/settle.ts';
import { counted, listed } from './message.ts';
import type { Plan } from './plan.ts';

/**
 * Settles what each table is, by structure, after relationships are known; there is nothing to ask. Where nobody wanted
 * relationships put into words, or two dags settled at once, the best target of each source is kept here.
 */
export async function planEntityDiscovery({ db, ontology_id, datasource }: OntologyContext): Promise<Plan> {
  const [tables, columns, rows] = await Promise.all([
    readTables(db, ontology_id),
    readColumns(db, ontology_id),
    readRelationships(db, ontology_id),
  ]);
  const { changes, accepted } = settled(rows);
  const kinds = structuralKinds({ tables, columns, relationships: accepted });
  const nameOf = new Map(tables.map(({ table_key, table_name }) => [table_key, plainName(table_name)]));
  const entities = kinds.map(({ table_key, kind, subtype_of }) => ({
    table_key,
    kind,
    subtype_of,
    name: nameOf.get(table_key) ?? table_key,
  }));
  return {
    message: kinds.length === 0 ? await whyNone(db, datasource.name) : messageOf(kinds, tables.length),
    items: [],
    facts: { entities, ...(changes.length > 0 && { settled: changes }) },
  };
}

async function whyNone(db: Database, datasource: string): Promise<string> {
  const [ontology] = await readOntologies(db, datasource);
  return ontology?.skipped.length ? 'no entities: no table may be read' : 'no entities: there is no table';
}

function messageOf(kinds: readonly StructuralKind[], tables: number): string {
  const of = (kind: StructuralKind['kind']) =>
    kinds.filter((one) => one.kind === kind).map(({ table_key }) => table_key);
  const [bridges, subtypes, staging] = [of('bridge'), of('subtype'), of('staging')];
  const others = tables - kinds.length;
  return [
    `found ${counted(of('entity').length + subtypes.length, 'entity', 'entities')}`,
    ...(subtypes.length > 0
      ? [`${subtypes.length} of them ${subtypes.length === 1 ? 'a subtype' : 'subtypes'} (${listed(subtypes)})`]
      : []),
    ...(bridges.length > 0 ? [`${counted(bridges.length, 'bridging table')} (${listed(bridges)})`] : []),
    ...(staging.length > 0 ? [`${counted(staging.length, 'staging table')} (${listed(staging)})`] : []),
    ...(others > 0 ? [`${counted(others, 'partition or view', 'partitions and views')} of them`] : []),
  ].join(', ');
}
