import type { Database } from '../../db/connect.ts';
import { type DagRow, type ItemRow, readDags, readItems } from '../../db/ontology-dag-queries.ts';
import { type ChangeRow, readChanges } from '../../db/ontology-edit-queries.ts';

/** A field of the schema that is another than before. */
export interface SchemaChange {
  key: string;
  field: string;
  before: unknown;
  after: unknown;
}

interface Came {
  added: string[];
  dropped: string[];
  changed: SchemaChange[];
}

/** One thing that was done again, and why. */
export interface DeltaItem extends Pick<ItemRow, 'node' | 'job_type' | 'subject_key' | 'status'> {
  because: string;
}

/** What an extraction found changed in a database, and what it did because of that. */
export interface Delta {
  tables: Came;
  /** Columns of tables that were there before and still are. */
  columns: Came;
  items: DeltaItem[];
  /** Fields of the ontology that are another than before, those of the schema apart. */
  inferred: number;
}

const mostChanges = 1_000_000;

/** What a dag found changed and did. */
export async function readDelta(db: Database, ontology_id: number, dag: DagRow): Promise<Delta> {
  const { dag_id } = dag;
  const changes = (await readChanges(db, ontology_id, { dag_id, limit: mostChanges })).toReversed();
  const schema = changes.filter(({ source }) => source === 'schema');
  const said = await saidBefore(db, ontology_id, dag);
  const items = (await readItems(db, dag_id, { limit: mostChanges })).filter(({ is_plan }) => !is_plan);
  return {
    tables: came(schema.filter(({ target_kind }) => target_kind === 'table')),
    columns: came(schema.filter(({ target_kind }) => target_kind === 'column')),
    items: items.map(({ node, job_type, subject_key, status, because }) => ({
      node,
      job_type,
      subject_key,
      status,
      because: reason(because, node, subject_key, schema, said),
    })),
    inferred: changes.filter(({ source }) => source === 'inferred').length,
  };
}

function came(changes: readonly ChangeRow[]): Came {
  const exists = changes.filter(({ field }) => field === 'exists');
  return {
    added: exists.filter(({ after }) => after === true).map(({ target_key }) => target_key),
    dropped: exists.filter(({ after }) => after === false).map(({ target_key }) => target_key),
    changed: changes
      .filter(({ field }) => field !== 'exists')
      .map(({ target_key, field, before, after }) => ({ key: target_key, field, before, after })),
  };
}

/** What people and agents said since the extraction before. */
async function saidBefore(db: Database, ontology_id: number, dag: DagRow): Promise<ChangeRow[]> {
  const dags = await readDags(db, { datasource: dag.datasource, kind: 'ontology', limit: 1_000 });
  const since = dags.find(({ dag_id }) => dag_id < dag.dag_id)?.started_at;
  const changes = await readChanges(db, ontology_id, { ...(since && { since }), limit: mostChanges });
  return changes
    .filter(({ source, changed_at }) => source !== 'schema' && source !== 'inferred' && changed_at < end(dag))
    .toReversed();
}

function end({ finished_at }: DagRow): Date {
  return finished_at ?? new Date();
}

/** Facts about everything go into the prompts of these. */
const heedsAll = ['EntityEnrichment', 'ColumnEnrichment', 'OntologyFinalization', 'GlossarySuggestion'];

/** The change of the schema, edit or fact that it follows from, where there is one that names it. */
function reason(
  because: string | null,
  node: string,
  subject_key: string,
  schema: readonly ChangeRow[],
  said: readonly ChangeRow[],
): string {
  const given = because ?? 'it was planned';
  if (given !== 'what it depends on changed' && given !== 'its definition changed') return given;
  const near = [schema, said].flatMap((changes) =>
    changes.filter(({ target_key }) => isAbout(subject_key, target_key)),
  );
  const general = said.filter(({ target_kind, target_key }) => target_kind === 'knowledge' && target_key === '');
  if (heedsAll.includes(node)) near.push(...general);
  const [first] = near;
  if (!first) return given;
  const more = near.length > 1 ? ` and ${near.length - 1} more` : '';
  return `${given}: ${sentence(first)}${more}`;
}

/** A column follows from itself and its table, a table from its columns and relationships too. */
function isAbout(subject_key: string, changed: string): boolean {
  return (
    subject_key === changed ||
    subject_key.startsWith(`${changed}.`) ||
    changed.startsWith(`${subject_key}.`) ||
    changed.startsWith(`${subject_key}(`) ||
    changed.includes(`->${subject_key}(`)
  );
}

function sentence({ source, target_kind, target_key, field, after }: ChangeRow): string {
  if (target_kind === 'knowledge') return after === null ? 'a fact was taken back' : 'a fact was told';
  if (source !== 'schema') return `${field} of ${target_key} was edited`;
  if (field !== 'exists') return `${field} of ${target_key}`;
  return after === true ? `${target_key} is new` : `${target_key} is gone`;
}
