import { z } from 'zod';
import { withOntology } from '../ontology/ontology-context.ts';
import { plannerOf } from '../ontology/plan/planners.ts';
import type { Handler } from './execute-job.ts';
import { contractOf, readJobInput } from './job-input.ts';
import { keepComputed } from './keep-computed.ts';

/** What the handler reads of the input contract ontology_plan_input. */
const planInput = z.object({
  ontology_id: z.int().min(1),
  datasource: z.string(),
  node: z.string(),
  tables: z.array(z.string()).optional(),
  subject_keys: z.array(z.string()).optional(),
  full: z.boolean().default(false),
});

/** The job that opens a node of an ontology's dag: it counts what there is to do; routing enqueues it. */
export const handleOntologyPlan: Handler = async (context, task, signal) => {
  const contract = contractOf(task);
  const input = readJobInput(task, planInput);
  return keepComputed(context, task, contract, signal, async () => {
    const plan = await withOntology(context.db, input, signal, (ontology) => plannerOf(input.node)(ontology, input));
    const payload = {
      contract: contract.name,
      version: contract.version,
      subject: { ontology_id: input.ontology_id, subject_key: input.node },
      ...plan,
    };
    return { payload, result: plan };
  });
};
