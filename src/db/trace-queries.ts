import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

/** One thing that happened to a job. */
export interface TraceEvent {
  at: Date;
  event: string;
  job_id: number;
  run_id: string | null;
  detail: Record<string, unknown>;
}

/** The jobs of a run or with a correlation id, ascending. */
export async function findTracedJobs(db: Database, id: string, limit: number): Promise<number[]> {
  const rows = await callProcedure<{ job_id: number }>(db, 'llm.fn_trace_jobs', { id, limit });
  return rows.map(({ job_id }) => Number(job_id));
}

/** The story of a job in order; empty if there is none. */
export function readTrace(db: Database, job_id: number): Promise<TraceEvent[]> {
  return callProcedure<TraceEvent>(db, 'llm.fn_trace_job', { job_id });
}
