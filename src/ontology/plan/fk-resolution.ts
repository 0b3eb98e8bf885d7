import type { OntologyContext } from '../ontology-context.ts';
import { sourcesOf, uuidsFirst } from '../relationship/eligibility.ts';
import { schemaOf } from '../relationship/schema.ts';
import { counted } from './message.ts';
import { changedItems, type Plan, type PlanInput } from './plan.ts';

/** The columns that their classification takes for references, as far as there are keys that they may refer to. */
export async function planFkResolution(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const schema = await schemaOf(context);
  const wanted = schema.tables.filter(({ table_key }) => input.tables?.includes(table_key) ?? true);
  const columns = wanted.flatMap(({ table_key, foreign_keys }) => {
    const declared = new Set(foreign_keys.flatMap((key) => (key.columns.length === 1 ? key.columns : [])));
    return sourcesOf(schema, table_key).filter(
      (column) => column.needs_fk_resolution && !declared.has(column.column_key),
    );
  });
  const chosen = columns.filter(({ subject_key }) => input.subject_keys?.includes(subject_key) ?? true);
  const candidates = uuidsFirst(chosen, (column) => column).map(({ subject_key }) => ({
    job_type: 'fk_resolution',
    subject_key,
  }));
  const items = await changedItems(context, candidates, input);
  return { message: `${counted(chosen.length, 'column')} may refer to a key, ${items.length} to ask about`, items };
}
