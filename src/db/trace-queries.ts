import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

/** One thing that happened to a job. */
export interface TraceEvent {
  at: Date;
  event: string;
  run_id: string | null;
  detail: Record<string, unknown>;
}

/** What set jobs off: a firing of a schedule, a dag. */
export interface TraceOrigin {
  at: Date;
  event: string;
  detail: Record<string, unknown>;
}

/** A job that an id is about; `run_id` if the id is one, or if nothing but this run is left of the job. */
export interface TracedJob {
  job_id: number;
  run_id: string | null;
}

/** The jobs of a run or with a correlation id, ascending. */
export function findTracedJobs(db: Database, id: string, limit: number): Promise<TracedJob[]> {
  return callProcedure<TracedJob>(db, 'llm.fn_trace_jobs', { id, limit });
}

/** The story of a job in order, of each kind of event at most `limit`; empty if there is none. */
export function readTrace(db: Database, { job_id, run_id }: TracedJob, limit: number): Promise<TraceEvent[]> {
  return callProcedure<TraceEvent>(db, 'llm.fn_trace_job', { job_id, run_id, limit });
}

export function readTraceOrigins(db: Database, correlation_id: string): Promise<TraceOrigin[]> {
  return callProcedure<TraceOrigin>(db, 'llm.fn_trace_origins', { correlation_id });
}
