import { readRelationships } from '../../db/ontology-queries.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { settled } from '../relationship/settle.ts';
import { counted } from './message.ts';
import { changedItems, type Plan, type PlanInput } from './plan.ts';

/** Keeps the best target of each source, and has what is accepted put into words. */
export async function planRelationshipEnrichment(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const rows = await readRelationships(context.db, context.ontology_id);
  const { changes, accepted } = settled(rows);
  const chosen = accepted.filter(({ relationship_key, from_table, to_table }) => {
    if (input.subject_keys) return input.subject_keys.includes(relationship_key);
    return input.tables === undefined || input.tables.includes(from_table) || input.tables.includes(to_table);
  });
  const candidates = chosen.map(({ relationship_key: subject_key }) => ({
    job_type: 'relationship_enrichment',
    subject_key,
  }));
  const items = await changedItems(context, candidates, input);
  const lost = changes.filter(({ status }) => status === 'rejected').length;
  return {
    message: `${counted(accepted.length, 'relationship')}${lost > 0 ? `, ${lost} given up for a better target` : ''}, ${items.length} to describe`,
    items,
    ...(changes.length > 0 && { facts: { settled: changes } }),
  };
}
