import { knownOntology } from '../entity/known-table.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { counted } from './message.ts';
import { changedItems, type Plan, type PlanInput } from './plan.ts';

/**
 * One item a table. Columns that were asked about by themselves again since keep what their table's answer says of them:
 * that is put back where the answer still holds.
 */
export async function planColumnEnrichment(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const { tables, columns } = await knownOntology(context);
  const own = [...tables.values()].filter(({ kind }) => kind !== 'partition');
  const wanted = own.filter(({ table_key }) =>
    input.tables || input.subject_keys
      ? input.tables?.includes(table_key) || input.subject_keys?.includes(table_key)
      : true,
  );
  const candidates = wanted.map(({ table_key }) => ({ job_type: 'column_enrichment', subject_key: table_key }));
  const items = await changedItems(context, candidates, input);
  const asked = new Set(items.map(({ subject_key }) => subject_key));
  const kept = wanted.map(({ table_key }) => table_key).filter((key) => !asked.has(key));
  const count = [...asked].reduce((sum, key) => sum + (columns.get(key)?.length ?? 0), 0);
  if (own.length === 0) return { message: 'there is no column to describe', items };
  const message = `${counted(count, 'column')} of ${counted(items.length, 'table')} to describe`;
  const before = kept.filter((key) => (columns.get(key)?.length ?? 0) > 0).length;
  return {
    message: before > 0 ? `${message}, ${before} as before` : message,
    items,
    facts: { kept },
  };
}
