import type { OntologyContext } from '../ontology-context.ts';
import { changedItems, type Plan, type PlanInput } from './plan.ts';

/** One request about all tables together. */
export async function planGlossarySuggestion(context: OntologyContext, input: PlanInput): Promise<Plan> {
  const candidates = [{ job_type: 'glossary_suggestion', subject_key: 'ontology', subject: context.datasource.name }];
  const items = await changedItems(context, candidates, input);
  return { message: items.length > 0 ? 'the model is asked for terms' : 'nothing new to suggest terms from', items };
}
