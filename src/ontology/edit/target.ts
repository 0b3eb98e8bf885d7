import { findDatasource } from '../../datasource/datasource.ts';
import type { Database } from '../../db/connect.ts';
import type { TargetKind } from '../../db/ontology-edit-queries.ts';
import {
  type OntologyRow,
  readColumns,
  readEntities,
  readOntologies,
  readRelationships,
} from '../../db/ontology-queries.ts';
import { SprouteError } from '../../errors.ts';
import { nearest } from '../serve/nearest.ts';

/** The ontology of a datasource. Throws NOT_FOUND. */
export async function ontologyOf(db: Database, datasource: string): Promise<OntologyRow> {
  const [ontology] = await readOntologies(db, datasource);
  if (ontology) return ontology;
  await findDatasource(db, datasource);
  throw new SprouteError('NOT_FOUND', `The datasource ${datasource} has no ontology.`, {
    hint: `\`sproute ontology extract ${datasource}\` makes it, \`sproute ontology ls\` lists those that are there.`,
  });
}

const mostNames = 5;

/** Throws NOT_FOUND for a key that nothing has, and says which keys look like it. */
export async function requireTarget(db: Database, ontology: OntologyRow, kind: TargetKind, key: string): Promise<void> {
  if (kind === 'ontology' && key === 'ontology') return;
  const keys = await keysOf(db, ontology.ontology_id, kind);
  if (keys.includes(key)) return;
  const near = nearest(key, keys, mostNames);
  throw new SprouteError('NOT_FOUND', `The ontology of ${ontology.datasource} has no ${kind} ${key}.`, {
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `It has no ${kind} at all yet.`,
  });
}

async function keysOf(db: Database, ontology_id: number, kind: TargetKind): Promise<string[]> {
  if (kind === 'column') return (await readColumns(db, ontology_id)).map(({ subject_key }) => subject_key);
  if (kind === 'entity') return (await readEntities(db, ontology_id)).map(({ table_key }) => table_key);
  if (kind === 'relationship') {
    return (await readRelationships(db, ontology_id)).map(({ relationship_key }) => relationship_key);
  }
  return ['ontology'];
}
