import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

export type EditSource = 'human' | 'agent';
export type TargetKind = 'ontology' | 'column' | 'relationship' | 'entity';

/** One field of one thing, as onto.usp_apply_edits takes it. */
export interface Edit {
  target_kind: TargetKind;
  target_key: string;
  field: string;
  value?: unknown;
  /** The edit is taken back. */
  is_removed?: boolean;
}

/** A row of onto.usp_apply_edits. */
export interface EditOutcome {
  target_kind: TargetKind;
  target_key: string;
  field: string;
  /** Null: taken back. */
  override_id: number | null;
  /** The edit says something else than before. */
  changed: boolean;
  /** What counted. */
  before: unknown;
  /** What counts now. */
  after: unknown;
}

/** A row of onto.usp_read_edits. */
export interface EditRow {
  override_id: number;
  target_kind: TargetKind;
  target_key: string;
  field: string;
  source: EditSource;
  value: unknown;
  based_on: unknown;
  /** What a run found last. */
  inferred: unknown;
  is_pending: boolean;
  /** Its target is there now. */
  is_known: boolean;
  updated_by: string;
  updated_at: Date;
}

/** A row of onto.usp_read_changes. */
export interface ChangeRow {
  change_id: number;
  target_kind: TargetKind | 'table' | 'term' | 'knowledge';
  target_key: string;
  field: string;
  before: unknown;
  after: unknown;
  source: 'schema' | 'inferred' | EditSource | 'import';
  changed_by: string;
  changed_at: Date;
  run_id: string | null;
  dag_id: number | null;
}

export interface ChangeFilter {
  target_kind?: ChangeRow['target_kind'] | undefined;
  /** Also of what lies in it. */
  target_key?: string | undefined;
  field?: string | undefined;
  source?: ChangeRow['source'] | undefined;
  dag_id?: number | undefined;
  since?: Date | undefined;
  limit?: number | undefined;
}

export interface Editor {
  source: EditSource;
  by: string;
}

/** Puts and takes back edits, all or none. Throws NOT_FOUND, INVALID_PAYLOAD. */
export function applyEdits(
  db: Database,
  datasource: string,
  edits: readonly Edit[],
  { source, by }: Editor,
): Promise<EditOutcome[]> {
  return callProcedure<EditOutcome>(db, 'onto.usp_apply_edits', { datasource, edits, source, by });
}

/** Says that columns refer to others, whatever evidence says. Throws NOT_FOUND, INVALID_PAYLOAD. */
export async function putManualRelationship(
  db: Database,
  datasource: string,
  ends: { from_table: string; from_columns: readonly string[]; to_table: string; to_columns: readonly string[] },
  { source, by }: Editor,
): Promise<{ relationship_key: string; created: boolean; changed: boolean } | undefined> {
  const [row] = await callProcedure<{ relationship_key: string; created: boolean; changed: boolean }>(
    db,
    'onto.usp_put_manual_relationship',
    { datasource, ...ends, source, by },
  );
  return row;
}

/** The edits of an ontology by target, or only those under which a run found something else since. */
export function readEdits(db: Database, ontology_id: number, pending = false): Promise<EditRow[]> {
  return callProcedure<EditRow>(db, 'onto.usp_read_edits', { ontology_id, pending });
}

/** Applies or refuses what runs found under edits of one ontology, all or none. Throws NOT_FOUND, INVALID_STATE. */
export function decidePendingChanges(
  db: Database,
  override_ids: readonly number[],
  decision: 'apply' | 'refuse',
  by: string,
): Promise<Pick<EditRow, 'override_id' | 'target_kind' | 'target_key' | 'field' | 'value'>[]> {
  const parameters = { override_ids, decision, by };
  return callProcedure(db, 'onto.usp_decide_pending_changes', parameters, { repeatable: false });
}

/** The change log, newest first. */
export function readChanges(db: Database, ontology_id: number, filter: ChangeFilter = {}): Promise<ChangeRow[]> {
  return callProcedure<ChangeRow>(db, 'onto.usp_read_changes', { ontology_id, ...filter });
}

/** A row of onto.usp_import_ontology. */
export interface ImportChange {
  part: 'edit' | 'term' | 'fact';
  target_kind: TargetKind | 'term' | 'knowledge';
  target_key: string;
  field: string;
  source: EditSource | 'user' | 'llm_suggested' | 'learned' | null;
  /** wait: an edit of what is not there (yet), kept until it is. */
  action: 'add' | 'change' | 'remove' | 'conflict' | 'wait';
  before: unknown;
  after: unknown;
}

/** Brings what people said to an ontology, or tells what would be. Throws NOT_FOUND, INVALID_PAYLOAD. */
export function importOntology(
  db: Database,
  datasource: string,
  document: object,
  options: { prefer: 'document' | 'database' | null; prune: boolean; dry_run: boolean; by: string },
): Promise<ImportChange[]> {
  return callProcedure<ImportChange>(db, 'onto.usp_import_ontology', { datasource, document, ...options });
}
