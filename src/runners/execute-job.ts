import { takeRepeatedCalls } from '../db/repeated.ts';
import { SprouteError } from '../errors.ts';
import { LimitError } from '../llm/budget.ts';
import { withoutSecrets } from '../secrets.ts';
import { steadyMs } from '../steady-clock.ts';
import { handleDedupe } from './handle-dedupe.ts';
import { handleEnrichment } from './handle-enrichment.ts';
import { handleOntologyItem } from './handle-ontology-item.ts';
import { handleOntologyPlan } from './handle-ontology-plan.ts';
import { handleOntologySql } from './handle-ontology-sql.ts';
import { handlePage } from './handle-page.ts';
import { handleReplay } from './handle-replay.ts';
import { takeControl } from './job-control.ts';
import { inJobSpan } from './job-span.ts';
import type { JobOutcome, JobTask } from './protocol.ts';
import { asSproute, reportEnd } from './report-end.ts';
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
  ontology_plan: handleOntologyPlan,
  ontology_item: handleOntologyItem,
  ontology_sql: handleOntologySql,
};

/** Runs one job and tells the database how it ended; never throws for what a job did. */
export function executeJob(context: WorkerContext, task: JobTask, signal: AbortSignal): Promise<JobOutcome> {
  return inJobSpan(task.job, context.settings.worker_id, () => attempt(context, task, signal));
}

async function attempt(context: WorkerContext, task: JobTask, signal: AbortSignal): Promise<JobOutcome> {
  const started = steadyMs();
  const tally: Tally = { calls: 0, cache_hits: 0, chunks: 0, input_tokens: 0, output_tokens: 0 };
  const outcome = (result: JobOutcome['result'], error?: SprouteError): JobOutcome => {
    const { restsUntil: until, reason, isReached } = context.model(task.job_type.model).breaker;
    return {
      job_id: task.job.job_id,
      run_id: task.job.run_id,
      result,
      duration_ms: Math.round(steadyMs() - started),
      ...tally,
      repeated_calls: takeRepeatedCalls(),
      ...(error && { error: { code: error.code, message: error.message, hint: error.hint } }),
      endpoint_reached: isReached,
      ...(until !== undefined && { endpoint_rest: { until, reason } }),
      ...(error instanceof LimitError && limitReached(error, context.model(task.job_type.model).endpoint.model)),
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
    // A model may repeat what it was not asked about.
    error.message = withoutSecrets(error.message, context.secrets);
    try {
      const run = { model: task.job_type.model ?? context.settings.endpoint.model };
      return outcome(await reportEnd(context.db, task, signal, error, run), error);
    } catch (report) {
      // The database did not hear of it: the lease ends and the job is rescued.
      return outcome('lost', asSproute(report));
    }
  }
}

/** The money of a dag is no other job's; that of a day comes back at an instant which is not known here. */
function limitReached({ limit, retry_after_ms }: LimitError, model: string): Pick<JobOutcome, 'limit_reached'> {
  if (limit === 'usd_limit') return {};
  const rest_ms = limit === 'requests_per_minute' || limit === 'tokens_per_minute' ? retry_after_ms : undefined;
  return { limit_reached: { model, rest_ms } };
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
