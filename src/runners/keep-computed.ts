import type { Contract } from '../contracts/registry.ts';
import { validateAnswer } from '../contracts/validate.ts';
import { callProcedure } from '../db/call.ts';
import { messageOf, SprouteError } from '../errors.ts';
import { RunArtifacts } from '../lake/run-artifacts.ts';
import type { JobTask } from './protocol.ts';
import { route } from './route.ts';
import type { WorkerContext } from './worker-context.ts';

/** What a run without a model is routed as, and what of it its contract is about. */
export interface ComputedResult {
  payload: object;
  result: object;
}

/**
 * Does a run that asks no model: computes its result, holds it against its contract, writes input, output and manifest,
 * and hands the payload to the routing procedure, which completes the job. Whatever fails leaves an error.json.
 */
export async function keepComputed(
  context: WorkerContext,
  task: JobTask,
  contract: Contract,
  signal: AbortSignal,
  work: () => Promise<ComputedResult>,
): Promise<'succeeded' | 'cancelled'> {
  const { run_id } = task.job;
  const started_at = new Date();
  const artifacts = new RunArtifacts(context.lake, headerOf(task, contract, started_at), context.secrets);
  const finish = async () => {
    const finished_at = new Date();
    const duration_ms = finished_at.getTime() - started_at.getTime();
    const written = await artifacts.finish({ finished_at, duration_ms, chunks: [] });
    await callProcedure(context.db, 'llm.usp_record_artifacts', { run_id, artifacts: written });
  };
  try {
    await artifacts.writeInput({ input: task.job.input });
    const { payload, result } = await work();
    refuseInvalid(contract, result);
    signal.throwIfAborted();
    await artifacts.writeOutput(payload);
    await finish();
    return await route(context, task, payload);
  } catch (error) {
    const code = error instanceof SprouteError ? error.code : 'HANDLER_FAILED';
    await artifacts
      .writeError({ code, message: messageOf(error) })
      .then(finish)
      .catch(() => {});
    throw error;
  }
}

function headerOf({ job }: JobTask, contract: Contract, started_at: Date) {
  const { run_id, job_id, job_type, correlation_id, subject, attempt } = job;
  return {
    run_id,
    job_id,
    job_type,
    correlation_id,
    subject,
    attempt,
    contract: { name: contract.name, version: contract.version },
    prompt_sha256: null,
    model: null,
    parameters: {},
    started_at,
  };
}

/** Our own code made it: a fault is ours, and no repetition mends it. */
function refuseInvalid(contract: Contract, result: object): void {
  const [issue] = validateAnswer(contract, result).issues;
  if (!issue) return;
  throw new SprouteError(
    'INVALID_PAYLOAD',
    `The result breaks ${contract.name} ${contract.version}: ${issue.path} should be ${issue.expected}, not ${issue.got}.`,
    { hint: 'That is an error of this program: `sproute job show` and the lake hold what it was given.' },
  );
}
