import { randomUUID } from 'node:crypto';
import { inSpan } from '../telemetry/span.ts';
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
 * Enqueues jobs in one call. The call may be repeated after a lost connection: so a job without page and key gets a key
 * here, for the database would take it for another one each time, and one without a correlation id gets that, by which a
 * repeat tells what the lost call made from what was there before.
 */
export function enqueueJobs(db: Database, jobs: readonly NewJob[]): Promise<EnqueuedJob[]> {
  const keyed = jobs.map((job) => {
    const named = job.correlation_id === undefined ? { ...job, correlation_id: randomUUID() } : job;
    if (job.dedupe_key !== undefined || (job.source_page_id ?? null) !== null) return named;
    return { ...named, dedupe_key: `${job.job_type}:${randomUUID()}` };
  });
  const repeat = () => ({ jobs: keyed.map((job) => ({ ...job, is_repeat: true })) });
  const job_type = shared(jobs.map((job) => job.job_type));
  const correlation_id = shared(jobs.map((job) => job.correlation_id));
  const options = {
    ...(job_type !== undefined && { of: job_type }),
    correlation_id,
    attributes: () => ({
      'sproute.job_type': job_type,
      'sproute.correlation_id': correlation_id,
      'sproute.jobs': jobs.length,
    }),
  };
  return inSpan('enqueue', options, async (span) => {
    const rows = await callProcedure<EnqueuedJob>(db, 'llm.usp_enqueue_jobs', { jobs: keyed }, { repeat });
    span.set(() => ({ 'sproute.jobs_created': rows.filter(({ created }) => created).length }));
    return rows;
  });
}

/** What all of them are; undefined if they differ. */
function shared<T>(values: readonly (T | undefined)[]): T | undefined {
  const [first] = values;
  return values.every((each) => each === first) ? first : undefined;
}
