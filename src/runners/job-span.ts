import { inSpan, type OpenSpan } from '../telemetry/span.ts';
import type { ClaimedJob, Failure, JobOutcome } from './protocol.ts';

/** The attempts that went wrong; one that was given back or cancelled did not. */
const wrong: readonly JobOutcome['result'][] = ['failed', 'dead', 'lost'];

/** Does an attempt at a job within its span, which says how it ended. */
export function inJobSpan(
  job: ClaimedJob,
  worker_id: string | undefined,
  work: () => Promise<JobOutcome>,
): Promise<JobOutcome> {
  return inSpan('job', optionsOf(job, worker_id), async (span) => {
    const outcome = await work();
    tell(span, outcome);
    return outcome;
  });
}

/** The span of an attempt whose thread is gone, and with it the span that was open there. */
export async function tellLostSpan(
  job: ClaimedJob,
  started: number | undefined,
  status: JobOutcome['result'],
  { code, message }: Failure,
): Promise<void> {
  await inSpan('job', { ...optionsOf(job, undefined), started }, async (span) => {
    span.set(() => ({ 'sproute.status': status }));
    span.fail(code, message);
  });
}

function optionsOf(job: ClaimedJob, worker_id: string | undefined) {
  return {
    of: job.job_type,
    root: true,
    correlation_id: job.correlation_id,
    attributes: () => ({
      'sproute.job_id': job.job_id,
      'sproute.job_type': job.job_type,
      'sproute.run_id': job.run_id,
      'sproute.correlation_id': job.correlation_id,
      'sproute.attempt': job.attempt,
      'sproute.worker_id': worker_id,
      'sproute.dag_node_id': job.dag_node_id,
    }),
  };
}

function tell(span: OpenSpan, outcome: JobOutcome): void {
  const { result, error } = outcome;
  span.set(() => ({
    'sproute.status': result,
    'sproute.calls': outcome.calls,
    'sproute.cache_hits': outcome.cache_hits,
    'sproute.chunks': outcome.chunks,
    'gen_ai.usage.input_tokens': outcome.input_tokens,
    'gen_ai.usage.output_tokens': outcome.output_tokens,
    'error.type': error?.code,
  }));
  if (wrong.includes(result)) span.fail(error?.code ?? 'LEASE_LOST', error?.message ?? 'the attempt was lost');
}
