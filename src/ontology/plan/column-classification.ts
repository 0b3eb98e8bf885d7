import type { OntologyContext } from '../ontology-context.ts';
import { allTableFacts, type TableFacts } from '../table-facts.ts';
import { counted, listed } from './message.ts';
import { type Candidate, changedItems, type Plan, type PlanInput } from './plan.ts';

/** One question a column, on the path that its type and its values put it on. */
export async function planColumnClassification(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const facts = await allTableFacts(context, input.tables);
  const wanted = input.subject_keys && new Set(input.subject_keys);
  const candidates = facts.flatMap(({ columns }) =>
    columns.flatMap(({ classification_path, subject_key }): Candidate[] => {
      if (classification_path === null || wanted?.has(subject_key) === false) return [];
      return [{ job_type: `${classification_path}_classification`, subject_key }];
    }),
  );
  const items = await changedItems(context, candidates, input);
  const tables = facts.filter(({ columns }) => columns.some(({ classification_path }) => classification_path !== null));
  const found = `found ${counted(candidates.length, 'column')} in ${counted(tables.length, 'table')}`;
  return { message: `${found}, ${items.length} to classify${unread(facts)}`, items };
}

/** What the profile left out is said by the node after it: while it is planned nobody knows. */
function unread(facts: readonly TableFacts[]): string {
  const keys = facts.flatMap(({ table }) =>
    table.profile_status === 'FAILED' || table.profile_status === 'SKIPPED' ? [table.table_key] : [],
  );
  return keys.length === 0 ? '' : `; ${counted(keys.length, 'table')} could not be read (${listed(keys)})`;
}
