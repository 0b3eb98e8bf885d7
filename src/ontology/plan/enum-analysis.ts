import { plannedPresence } from '../enum/state-presence.ts';
import { columnOf } from '../object-key.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { allTableFacts, type TableFacts } from '../table-facts.ts';
import { counted, listed } from './message.ts';
import { type Candidate, changedItems, type Plan, type PlanInput, type PlannedItem } from './plan.ts';

const job_type = 'enum_analysis';

/** One question for each column whose classification says that its values want explaining. */
export async function planEnumAnalysis(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const facts = await allTableFacts(context, input.tables);
  const wanted = input.subject_keys && new Set(input.subject_keys);
  const candidates = facts.flatMap(({ columns }) =>
    columns.flatMap(({ needs_enum_analysis, is_sensitive, subject_key }): Candidate[] => {
      const isWanted = needs_enum_analysis && !is_sensitive && wanted?.has(subject_key) !== false;
      return isWanted ? [{ job_type, subject_key }] : [];
    }),
  );
  const items = await changedItems(context, candidates, input);
  const { planned, refused } = await withPresence(context, facts, items);
  const skipped = refused.length > 0 ? `; timestamps could not be compared in ${listed(refused)}` : '';
  return {
    message: `found ${counted(candidates.length, 'enum')}, ${items.length} to analyze${skipped}`,
    items: planned,
  };
}

/** A plan is made in seconds: items of the tables that come later look for themselves. */
const longestMs = 3_000;

/** How values go with timestamps, read in one statement a table. */
async function withPresence(context: OntologyContext, facts: readonly TableFacts[], items: PlannedItem[]) {
  const byTable = Map.groupBy(items, ({ subject_key }) => columnOf(subject_key).table_key);
  const known = new Map<string, object>();
  const refused: string[] = [];
  const until = Date.now() + longestMs;
  for (const each of facts) {
    const own = byTable.get(each.table.table_key) ?? [];
    if (own.length === 0 || Date.now() > until) continue;
    const keys = new Set(own.map(({ subject_key }) => subject_key));
    const columns = each.columns.filter(({ subject_key }) => keys.has(subject_key));
    const presence = await plannedPresence(context, each, columns);
    if (!presence) refused.push(each.table.table_key);
    for (const { column_key, subject_key } of columns) {
      const found = presence?.get(column_key);
      if (found) known.set(subject_key, found);
    }
  }
  const planned = items.map((item) => {
    const found = known.get(item.subject_key);
    return found ? { ...item, facts: { ...found } } : item;
  });
  return { planned, refused };
}
