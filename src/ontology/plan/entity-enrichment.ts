import { knownOntology } from '../entity/known-table.ts';
import type { OntologyContext } from '../ontology-context.ts';
import { counted } from './message.ts';
import { changedItems, type Plan, type PlanInput } from './plan.ts';

/** One request an entity; staging tables are asked about only if somebody names them. */
export async function planEntityEnrichment(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const { entities } = await knownOntology(context);
  const wanted = [...entities.values()].filter(({ table_key, kind }) =>
    input.tables || input.subject_keys
      ? input.tables?.includes(table_key) || input.subject_keys?.includes(table_key)
      : kind !== 'staging',
  );
  const candidates = wanted.map(({ table_key }) => ({
    job_type: 'business_entity_enrichment',
    subject_key: table_key,
  }));
  const items = await changedItems(context, candidates, input);
  if (entities.size === 0) return { message: 'there is no entity to describe', items };
  const described = wanted.length - items.length;
  const bridges = items.filter(({ subject_key }) => entities.get(subject_key)?.kind === 'bridge').length;
  const message = [
    counted(items.length - bridges, 'entity', 'entities'),
    ...(bridges > 0 ? [counted(bridges, 'bridging table')] : []),
  ]
    .join(' and ')
    .concat(' to describe');
  return { message: described > 0 ? `${message}, ${described} as before` : message, items };
}
