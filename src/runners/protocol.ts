import type { ErrorCode } from '../errors.ts';
import type { LakeSettings } from '../lake/open.ts';

/**
 * Everything that passes between the main thread and the worker threads of a runner, and nothing else does: a claimed
 * job goes in, a one-line outcome comes out. Pages, prompts and answers never cross.
 */

/** A row of llm.usp_list_job_types. */
export interface JobTypeRow {
  job_type: string;
  contract_name: string;
  contract_version: string;
  input_contract: string;
  route_procedure: string;
  handler: string;
  max_attempts: number;
  lease_seconds: number;
  timeout_seconds: number;
  model: string | null;
  grounding_policy: string;
  paused: boolean;
  token_cap: number | null;
}

/** A row of llm.usp_claim_jobs. */
export interface ClaimedJob {
  job_id: number;
  run_id: string;
  job_type: string;
  subject: string;
  attempt: number;
  abandon_count: number;
  priority: number;
  correlation_id: string;
  source_page_id: number | null;
  dag_node_id: number | null;
  contract_version: string;
  input: unknown;
  lease_expires_at: Date;
}

/** What tells a job from others in a log line. */
export function keysOfJob({ job_id, job_type, run_id, attempt, correlation_id }: ClaimedJob) {
  return { job_id: Number(job_id), job_type, run_id, attempt, correlation_id };
}

/** Main to worker: one job. */
export interface JobTask {
  job: ClaimedJob;
  job_type: JobTypeRow;
}

/** A SprouteError as it crosses threads. */
export interface Failure {
  code: ErrorCode;
  message: string;
  hint?: string | undefined;
}

/** Worker to main: how the attempt ended; the database has been told already, unless the lease is lost. */
export interface JobOutcome {
  job_id: number;
  run_id: string;
  /** `unable`: the thread could not begin, and the database has not been told. */
  result: 'succeeded' | 'failed' | 'dead' | 'released' | 'cancelled' | 'lost' | 'unable';
  duration_ms: number;
  calls: number;
  cache_hits: number;
  chunks: number;
  input_tokens: number;
  output_tokens: number;
  /** Calls of procedures that this thread had to repeat since its last outcome. */
  repeated_calls?: number;
  error?: Failure;
  /** Whether the model's endpoint ever answered this thread anything; absent if no thread was asked. */
  endpoint_reached?: boolean;
  /** The endpoint rests: claim nothing that needs a model before this instant (milliseconds since 1970). */
  endpoint_rest?: { until: number; reason: string };
  /** The limit of its model has no room: for how long it is no use to claim jobs that ask it, if that is known. */
  limit_reached?: { model: string; rest_ms: number | undefined };
}

/** The outcome of a job of which no work was done. */
export function idleOutcome({ job_id, run_id }: ClaimedJob, result: JobOutcome['result'], error: Failure): JobOutcome {
  const nothing = { duration_ms: 0, calls: 0, cache_hits: 0, chunks: 0, input_tokens: 0, output_tokens: 0 };
  return { job_id, run_id, result, ...nothing, error };
}

/** What every worker thread is told when it starts (`workerData`). */
export interface WorkerSettings extends LakeSettings {
  worker_id: string;
  database_url: string;
  endpoint: {
    logical_name: string;
    base_url: string;
    api_key: string | undefined;
    model: string;
  };
  /** Model calls in flight in one thread. */
  llm_concurrency: number;
  /** Pass the response cache by. */
  fresh: boolean;
  log_level: string;
  /** How often each chunk is asked for what was missed; 0 if absent. A job's input may say otherwise. */
  gleaning_passes?: number;
  /** Overrides of the chunking policy, tokens. */
  chunking: { max_tokens?: number; overlap_tokens?: number; min_tokens?: number };
}

/** Main to all threads, over the control channel: have telemetry sent, the pool is about to end. */
export interface FlushMessage {
  type: 'flush';
}

/** Main to all threads, over the same channel. A thread that does not run the job ignores it. */
export interface ControlMessage {
  type: 'abort';
  run_id: string;
  reason: 'cancelled' | 'timeout' | 'lost' | 'shutdown';
}

/** Threads to main, over the same channel: which thread runs what, that it is alive, until when a run waits, that telemetry was sent. */
export interface ThreadMessage {
  type: 'started' | 'alive' | 'waiting' | 'flushed';
  thread_id: number;
  run_id?: string;
  /** Of `started`: milliseconds since 1970. */
  at?: number;
  /** Of `waiting`: for its slot, milliseconds since 1970. */
  until?: number;
}

export function controlChannelName(workerId: string): string {
  return `sproute:${workerId}`;
}
