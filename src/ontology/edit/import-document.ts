import { isObject, type JsonObject } from '../../contracts/json.ts';
import type { Database } from '../../db/connect.ts';
import { type ImportChange, importOntology } from '../../db/ontology-edit-queries.ts';
import { relationshipEnds } from '../object-key.ts';

export interface ImportOptions {
  /** What counts where both say something. Without it such conflicts are listed and nothing is changed. */
  prefer?: 'document' | 'database' | undefined;
  /** Remove what the document does not have. */
  prune?: boolean | undefined;
  dry_run?: boolean | undefined;
  /** Who imports. */
  by: string;
}

export interface ImportReport {
  changes: ImportChange[];
  conflicts: number;
  /** False: conflicts kept it from being done, or it was only looked at. */
  applied: boolean;
}

/** Brings what people said from a document (see parseDocument) to an ontology. Throws NOT_FOUND, INPUT_INVALID. */
export async function importDocument(
  db: Database,
  datasource: string,
  document: JsonObject,
  { prefer, prune = false, dry_run = false, by }: ImportOptions,
): Promise<ImportReport> {
  const { edits, glossary, knowledge } = document;
  const said = { edits: Array.isArray(edits) ? edits.map(withEnds) : [], glossary, knowledge };
  const changes = await importOntology(db, datasource, said, { prefer: prefer ?? null, prune, dry_run, by });
  const conflicts = changes.filter(({ action }) => action === 'conflict').length;
  return { changes, conflicts, applied: !dry_run && conflicts === 0 };
}

/** The ends of a relationship that may have to be made, spelled out. */
function withEnds(edit: unknown): unknown {
  if (!isObject(edit) || edit.target_kind !== 'relationship' || edit.field !== 'status') return edit;
  const { from, to } = relationshipEnds(String(edit.target_key));
  return {
    ...edit,
    from_table: from.table_key,
    from_columns: from.columns,
    to_table: to.table_key,
    to_columns: to.columns,
  };
}
