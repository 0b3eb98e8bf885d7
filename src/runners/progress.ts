import { type LogEvent, type Logger, logEvent } from '../log.ts';
import { measureEnd } from './job-metrics.ts';
import { type ClaimedJob, type JobOutcome, keysOfJob } from './protocol.ts';

/** What a runner has done so far. */
export interface RunnerProgress {
  running: number;
  /** Jobs. */
  succeeded: number;
  /** Attempts, of jobs that are tried again. */
  failed: number;
  /** Jobs. */
  dead: number;
  /** Attempts that were given back uncounted. */
  released: number;
  calls: number;
  cache_hits: number;
  chunks: number;
  input_tokens: number;
  output_tokens: number;
  /** Calls of the database that were repeated: deadlocks, serialization failures, lost connections. */
  repeated_calls: number;
  /** Jobs that ended here and those waiting or running anywhere, as last counted. */
  total: number;
  /** Of some jobs that run now. */
  subjects: string[];
}

/** The jobs that will not run again; a failed attempt ends no job. */
export function endedJobs({ succeeded, dead }: RunnerProgress): number {
  return succeeded + dead;
}

export function noProgress(): RunnerProgress {
  return {
    running: 0,
    succeeded: 0,
    failed: 0,
    dead: 0,
    released: 0,
    calls: 0,
    cache_hits: 0,
    chunks: 0,
    input_tokens: 0,
    output_tokens: 0,
    repeated_calls: 0,
    total: 0,
    subjects: [],
  };
}

const eventOf = {
  succeeded: 'job_succeeded',
  failed: 'job_failed',
  dead: 'job_dead',
  released: 'job_released',
  cancelled: 'job_cancelled',
  lost: 'lease_lost',
  unable: 'job_released',
} as const satisfies Record<JobOutcome['result'], LogEvent>;

/** Adds a job's outcome and logs it. */
export function countOutcome(progress: RunnerProgress, logger: Logger, job: ClaimedJob, outcome: JobOutcome): void {
  progress.calls += outcome.calls;
  progress.cache_hits += outcome.cache_hits;
  progress.chunks += outcome.chunks;
  progress.input_tokens += outcome.input_tokens;
  progress.output_tokens += outcome.output_tokens;
  progress.repeated_calls += outcome.repeated_calls ?? 0;
  const { result } = outcome;
  if (result === 'unable') progress.released += 1;
  else if (result !== 'cancelled' && result !== 'lost') progress[result] += 1;
  measureEnd(job.job_type, result === 'unable' ? 'released' : result, outcome.error?.code, outcome.duration_ms);
  logEvent(logger, eventOf[result], {
    ...keysOfJob(job),
    duration_ms: outcome.duration_ms,
    ...(outcome.error && { err: outcome.error }),
  });
}
