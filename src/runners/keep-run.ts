import type { Contract } from '../contracts/registry.ts';
import { callProcedure } from '../db/call.ts';
import { SprouteError } from '../errors.ts';
import { RunArtifacts } from '../lake/run-artifacts.ts';
import { type AskContext, requestSha256 } from '../llm/ask.ts';
import type { Message } from '../llm/messages.ts';
import { askContext } from './ask-context.ts';
import type { Tally } from './execute-job.ts';
import type { JobTask } from './protocol.ts';
import { route } from './route.ts';
import { RunBudget } from './run-budget.ts';
import type { ModelAccess, WorkerContext } from './worker-context.ts';

/** What is known of a run before a model is asked. */
export interface RunPlan {
  started: Date;
  contract: Contract;
  access: ModelAccess;
  /** What decides the requests beside the contract, for the manifest. */
  parameters: object;
  /** What was cut out of the pages, for the manifest. */
  chunks: object[];
  /** For input.json: what was read, and the messages made of it. */
  input: { prompts?: { messages: readonly Message[] }[] } & object;
}

/** What is routed, and the valid answers that it was built from. */
export interface RunResult {
  payload: object;
  answers: object[];
}

/**
 * Does a run that asks a model: writes its input, lets `work` ask, writes the output and the manifest, and hands the
 * payload to the routing procedure, which completes the job. Whatever fails leaves an error.json.
 */
export async function keepRun(
  context: WorkerContext,
  task: JobTask,
  plan: RunPlan,
  signal: AbortSignal,
  tally: Tally,
  work: (asking: AskContext) => Promise<RunResult>,
): Promise<'succeeded' | 'cancelled'> {
  const { run_id } = task.job;
  const artifacts = new RunArtifacts(context.lake, headerOf(task, plan), context.secrets);
  const budget = new RunBudget(context, plan.access, task);
  const asking = askContext(context, task.job, plan.access, artifacts, budget, signal, tally);
  try {
    await artifacts.writeInput({ input: task.job.input, ...plan.input });
    const prompts = (plan.input.prompts ?? []).map(({ messages }) => messages);
    await budget.refuseOverCap(prompts, plan.contract, async (messages) => {
      const hash = requestSha256(plan.access.endpoint, messages, plan.contract);
      return (await asking.lookup(hash)) !== undefined;
    });
    const { payload, answers } = await work(asking);
    signal.throwIfAborted();
    await artifacts.writeOutput({ ...payload, answers });
    await finish(context, run_id, artifacts, plan);
    return await route(context, task, payload);
  } catch (error) {
    await keepFailure(context, run_id, artifacts, plan, error);
    throw error;
  }
}

/** Ends a job that has nothing left to ask or to route. */
export async function completeAs(
  context: WorkerContext,
  task: JobTask,
  status: 'superseded',
): Promise<'succeeded' | 'cancelled'> {
  const [row] = await callProcedure<{ status: string }>(context.db, 'llm.usp_complete_job', {
    job_id: task.job.job_id,
    run_id: task.job.run_id,
    outcome: { status },
  });
  return row?.status === 'CANCELLED' ? 'cancelled' : 'succeeded';
}

function headerOf(task: JobTask, { contract, access, parameters, started }: RunPlan) {
  const { run_id, job_id, job_type, correlation_id, subject, attempt } = task.job;
  return {
    run_id,
    job_id,
    job_type,
    correlation_id,
    subject,
    attempt,
    contract: { name: contract.name, version: contract.version },
    prompt_sha256: contract.prompt_sha256 ?? null,
    model: access.endpoint.model,
    parameters: { endpoint: access.endpoint.logical_name, temperature: 0, ...parameters },
    started_at: started,
  };
}

async function finish(context: WorkerContext, run_id: string, artifacts: RunArtifacts, plan: RunPlan): Promise<void> {
  const finished_at = new Date();
  const duration_ms = finished_at.getTime() - plan.started.getTime();
  const written = await artifacts.finish({ finished_at, duration_ms, chunks: plan.chunks });
  await callProcedure(context.db, 'llm.usp_record_artifacts', { run_id, artifacts: written });
}

/** error.json and manifest of a failed run; if even that fails, the job's own error is the one that counts. */
async function keepFailure(
  context: WorkerContext,
  run_id: string,
  artifacts: RunArtifacts,
  plan: RunPlan,
  error: unknown,
): Promise<void> {
  try {
    await artifacts.writeError(describe(error));
    await finish(context, run_id, artifacts, plan);
  } catch {
    return;
  }
}

function describe(error: unknown): object {
  if (error instanceof SprouteError) return { code: error.code, message: error.message, hint: error.hint ?? null };
  return { code: 'HANDLER_FAILED', message: error instanceof Error ? error.message : String(error) };
}
