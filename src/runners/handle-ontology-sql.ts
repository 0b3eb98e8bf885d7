import { computedKind } from '../ontology/items.ts';
import { inputSha256 } from '../ontology/material.ts';
import { withOntology } from '../ontology/ontology-context.ts';
import type { Handler } from './execute-job.ts';
import { contractOf, ontologyInput, readJobInput } from './job-input.ts';
import { type ComputedResult, keepComputed } from './keep-computed.ts';
import { completeAs } from './keep-run.ts';

/** A job about one thing of a customer's database that is computed there: no model is asked. */
export const handleOntologySql: Handler = async (context, task, signal) => {
  const contract = contractOf(task);
  const input = readJobInput(task, ontologyInput);
  const kind = computedKind(task.job.job_type);
  return withOntology(context.db, { ...input, dag_node_id: task.job.dag_node_id }, signal, async (ontology) => {
    // Of what is computed: a change that comes meanwhile is for the next run.
    const stable = await kind.stable(ontology, input);
    if (stable === undefined) return completeAs(context, task, 'superseded');
    return keepComputed(context, task, contract, signal, async (): Promise<ComputedResult> => {
      const result = await kind.compute(ontology, input, signal);
      const payload = {
        contract: contract.name,
        version: contract.version,
        subject: { ontology_id: input.ontology_id, subject_key: input.subject_key },
        input_sha256: inputSha256(stable, contract),
        answer: result,
      };
      return { payload, result };
    });
  });
};
