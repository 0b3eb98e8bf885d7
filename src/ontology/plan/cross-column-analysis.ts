import { crossColumns } from '../cross-column/candidates.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { allTableFacts } from '../table-facts.ts';
import { counted } from './message.ts';
import { type Candidate, changedItems, type Plan, type PlanInput } from './plan.ts';

const job_type = 'cross_column_analysis';

/** One question a table that has amounts beside a column of currencies, or a timestamp that nearly no row has. */
export async function planCrossColumnAnalysis(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const facts = await allTableFacts(context, input.tables);
  const wanted = input.subject_keys && new Set(input.subject_keys);
  const found = facts.flatMap((each) => {
    const { table_key } = each.table;
    const columns = wanted?.has(table_key) === false ? undefined : crossColumns(each);
    return columns ? [{ table_key, columns }] : [];
  });
  const items = await changedItems(
    context,
    found.map(({ table_key }): Candidate => ({ job_type, subject_key: table_key })),
    input,
  );
  const amounts = found.reduce((sum, { columns }) => sum + columns.numeric.length, 0);
  const rare = found.reduce((sum, { columns }) => sum + columns.timestamps.length, 0);
  const told = `${counted(amounts, 'possible amount')} and ${counted(rare, 'possible soft delete')}`;
  if (found.length === 0) return { message: 'found no amounts beside currencies and no possible soft deletes', items };
  return { message: `found ${told} in ${counted(found.length, 'table')}, ${items.length} to analyze`, items };
}
