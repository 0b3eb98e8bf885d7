import { type RelationshipRow, readSkipped } from '../../db/ontology-queries.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { uuidsFirst } from '../relationship/eligibility.ts';
import { candidatesOf } from '../relationship/relationship-validation.ts';
import { schemaOf } from '../relationship/schema.ts';
import { counted, listed } from './message.ts';
import { changedItems, type Plan, type PlanInput } from './plan.ts';

/** Every candidate, unless the data alone bears out what a model said of its column, or a person decided about it. */
export async function planRelationshipValidation(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const rows = [...(await candidatesOf(context)).byKey.values()];
  const schema = await schemaOf(context);
  const sourceOf = ({ from_table, from_columns }: RelationshipRow) =>
    schema.columns.get(from_table)?.find(({ column_key }) => column_key === from_columns[0]);
  const open = uuidsFirst(rows.filter(isOpen), sourceOf).filter(({ relationship_key, from_table, to_table }) => {
    if (input.subject_keys) return input.subject_keys.includes(relationship_key);
    return input.tables === undefined || input.tables.includes(from_table) || input.tables.includes(to_table);
  });
  const asked = (list: readonly RelationshipRow[], full: boolean) =>
    changedItems(
      context,
      list.map(({ relationship_key: subject_key }) => ({ job_type: 'relationship_validation', subject_key })),
      { full },
    );
  // A candidate that came again waits for an answer, whatever was said of it at the time.
  const waiting = await asked(
    open.filter(({ inferred_status }) => inferred_status === 'candidate'),
    true,
  );
  const decided = await asked(
    open.filter(({ inferred_status }) => inferred_status !== 'candidate'),
    input.full,
  );
  const items = [...waiting, ...decided];
  return {
    message: `${counted(open.length, 'candidate')}, ${items.length} to ask about${await unseen(context)}`,
    items,
  };
}

/** What discovery left out is said by the node after it. */
async function unseen({ db, ontology_id }: OntologyContext): Promise<string> {
  const keys = (await readSkipped(db, ontology_id)).flatMap(({ phase, subject_key }) =>
    phase === 'lookup' ? [subject_key] : [],
  );
  return keys.length === 0
    ? ''
    : `; ${counted(keys.length, 'table')} could not be looked up everywhere (${listed(keys)})`;
}

function isOpen({ provenance, orphan_count, is_exact, edited, statistics: { rivals } }: RelationshipRow): boolean {
  if ((edited ?? '').split(',').includes('status')) return false;
  return provenance === 'inferred' || orphan_count !== 0 || is_exact !== true || (rivals ?? 0) !== 0;
}
