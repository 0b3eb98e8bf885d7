import { randomUUID } from 'node:crypto';
import { callProcedure } from './call.ts';
import type { Database } from './connect.ts';

/** An item of llm.usp_enqueue_jobs; its header says what every field means. */
export interface NewJob {
  job_type: string;
  subject?: string;
  priority?: number | undefined;
  dedupe_key?: string;
  correlation_id?: string;
  source_page_id?: number | null;
  dag_node_id?: number;
  input?: object;
  available_at?: Date;
  max_attempts?: number;
  rerun?: number;
}

export interface EnqueuedJob {
  job_id: number;
  status: string;
  /** False for a job that was there already. */
  created: boolean;
  hint: string | null;
}

/**
 * Enqueues jobs in one call. A job without page and key gets a key here: the call may be repeated after a lost
 * connection, and the database would take a job without any key for another one each time.
 */
export function enqueueJobs(db: Database, jobs: readonly NewJob[]): Promise<EnqueuedJob[]> {
  const keyed = jobs.map((job) => {
    if (job.dedupe_key !== undefined || (job.source_page_id ?? null) !== null) return job;
    return { ...job, dedupe_key: `${job.job_type}:${randomUUID()}` };
  });
  return callProcedure<EnqueuedJob>(db, 'llm.usp_enqueue_jobs', { jobs: keyed });
}
