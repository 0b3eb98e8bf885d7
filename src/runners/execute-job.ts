import { callProcedure } from '../db/call.ts';
import { errorCodes, isSprouteError, messageOf, SprouteError } from '../errors.ts';
import { ModelError } from '../llm/model-error.ts';
import { handleDedupe } from './handle-dedupe.ts';
import { handleEnrichment } from './handle-enrichment.ts';
import { handlePage } from './handle-page.ts';
import { handleReplay } from './handle-replay.ts';
import { takeControl } from './job-control.ts';
import type { JobOutcome, JobTask } from './protocol.ts';
import type { WorkerContext } from './worker-context.ts';

/** What a handler counts while it works. */
export interface Tally {
  calls: number;
  cache_hits: number;
  chunks: number;
  input_tokens: number;
  output_tokens: number;
}

/** Does one kind of job to its end: the routing call that completes it is the handler's own. */
export type Handler = (
  context: WorkerContext,
  task: JobTask,
  signal: AbortSignal,
  tally: Tally,
) => Promise<'succeeded' | 'cancelled'>;

/** A handler is what a job type names in its column `handler`. */
const handlers: Record<string, Handler> = {
  page: handlePage,
  enrichment: handleEnrichment,
  dedupe: handleDedupe,
};

/** Runs one job and tells the database how it ended; never throws for what a job did. */
export async function executeJob(context: WorkerContext, task: JobTask, signal: AbortSignal): Promise<JobOutcome> {
  const started = Date.now();
  const tally: Tally = { calls: 0, cache_hits: 0, chunks: 0, input_tokens: 0, output_tokens: 0 };
  const outcome = (result: JobOutcome['result'], error?: SprouteError): JobOutcome => {
    const rests = context.model(task.job_type.model).breaker.restsUntil;
    return {
      job_id: task.job.job_id,
      run_id: task.job.run_id,
      result,
      duration_ms: Date.now() - started,
      ...tally,
      ...(error && { error: { code: error.code, message: error.message } }),
      ...(rests !== undefined && { endpoint_rests_until: rests }),
    };
  };
  try {
    const { control, task: plain } = takeControl(task);
    const handler = control.is_replay ? handleReplay : handlers[task.job_type.handler];
    if (!handler) throw unknownHandler(task.job_type.handler);
    const own = control.fresh ? { ...context, settings: { ...context.settings, fresh: true } } : context;
    return outcome(await handler(own, plain, signal, tally));
  } catch (thrown) {
    const error = asSproute(thrown);
    try {
      return outcome(await reportEnd(context, task, signal, error), error);
    } catch (report) {
      // The database did not hear of it: the lease ends and the job is rescued.
      return outcome('lost', asSproute(report));
    }
  }
}

/** Gives the job back, ends it or lets it be tried again, depending on why the handler stopped. */
async function reportEnd(
  context: WorkerContext,
  task: JobTask,
  signal: AbortSignal,
  error: SprouteError,
): Promise<JobOutcome['result']> {
  if (error.code === 'LEASE_LOST' || signal.reason === 'lost') return 'lost';
  const { job_id, run_id } = task.job;
  const run = { model: task.job_type.model ?? context.settings.endpoint.model };
  if (signal.reason === 'shutdown' || signal.reason === 'cancelled') {
    const rows = await callProcedure<{ status: string }>(context.db, 'llm.usp_release_job', {
      job_id,
      run_id,
      reason: `the runner: ${signal.reason}`,
      run,
    });
    return rows[0]?.status === 'CANCELLED' ? 'cancelled' : 'released';
  }
  const isTimeout = signal.reason === 'timeout';
  const wait = waitFor(error);
  if (!isTimeout && wait !== undefined) {
    const available_at = new Date(Date.now() + wait);
    const rows = await callProcedure<{ status: string }>(context.db, 'llm.usp_release_job', {
      job_id,
      run_id,
      reason: error.message,
      available_at,
      run,
    });
    return rows[0]?.status === 'CANCELLED' ? 'cancelled' : 'released';
  }
  const [row] = await callProcedure<{ status: string }>(context.db, 'llm.usp_fail_job', {
    job_id,
    run_id,
    code: isTimeout ? 'TIMEOUT' : error.code,
    message: isTimeout ? `it ran past its time-out of ${task.job_type.timeout_seconds} s` : error.message,
    retryable: isTimeout || errorCodes[error.code].retryable,
    run,
  });
  if (row?.status === 'CANCELLED') return 'cancelled';
  return row?.status === 'DEADLETTER' ? 'dead' : 'failed';
}

const shortestReleaseMs = 1_000;
const usualReleaseMs = 15_000;

/** How long to wait before the job is tried again uncounted, ms; undefined if the failure counts. */
function waitFor(error: SprouteError): number | undefined {
  const isBusy = error.code === 'MODEL_RATE_LIMITED' || (error instanceof ModelError && error.status === 503);
  if (!isBusy && error.code !== 'BUDGET_EXHAUSTED' && error.code !== 'DISK_FULL') return undefined;
  const asked = error instanceof ModelError ? error.retry_after_ms : undefined;
  return Math.max(shortestReleaseMs, asked ?? usualReleaseMs);
}

function asSproute(thrown: unknown): SprouteError {
  if (isSprouteError(thrown)) return thrown;
  return new SprouteError('HANDLER_FAILED', messageOf(thrown), { cause: thrown });
}

function unknownHandler(name: string): SprouteError {
  return new SprouteError(
    'CONFIG_INVALID',
    `The job type names the handler ${JSON.stringify(name)}, which this program does not have.`,
    {
      hint: `Known are ${Object.keys(handlers).join(', ')}.`,
    },
  );
}
