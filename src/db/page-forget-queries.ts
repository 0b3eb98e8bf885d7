import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

/** A job that is not over. */
export interface OpenJob {
  job_id: number;
  /** About the page itself, rather than about an entity that the page speaks of. */
  is_of_page: boolean;
  /** While a runner holds it. */
  is_running: boolean;
  /** Once its lease is over. */
  is_abandoned: boolean;
}

/** Jobs that read a page or may be shown it: open ones about it, and running ones about what it speaks of. */
export function readOpenJobs(db: Database, source_system: string, external_id: string): Promise<OpenJob[]> {
  return queryRows<OpenJob>(
    db,
    `SELECT j.job_id, j.job_id = ANY (s.job_ids) AS is_of_page, j.status = 'RUNNING' AS is_running,
        j.status = 'RUNNING' AND j.lease_expires_at < clock_timestamp() AS is_abandoned
     FROM kb.fn_forget_scope(?, ?) AS s
     JOIN llm.job AS j ON j.job_id = ANY (s.job_ids) AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING')
        OR j.job_id = ANY (s.question_ids) AND j.status = 'RUNNING'
     ORDER BY j.job_id`,
    [source_system, external_id],
  );
}

/** Every attempt at a job about a page, or that may have been shown it, also those whose artifacts were never recorded. */
export function readPageRuns(
  db: Database,
  source_system: string,
  external_id: string,
): Promise<{ run_id: string; started_at: Date }[]> {
  return queryRows(
    db,
    `WITH scope AS (
        SELECT s.job_ids || s.question_ids AS job_ids FROM kb.fn_forget_scope(?, ?) AS s
     ), job AS (
        SELECT j.job_id, j.run_id, j.started_at FROM scope AS s JOIN llm.job AS j ON j.job_id = ANY (s.job_ids)
        UNION ALL
        SELECT a.job_id, a.run_id, a.started_at FROM scope AS s JOIN llm.job_archive AS a ON a.job_id = ANY (s.job_ids)
     )
     SELECT r.run_id, r.started_at FROM llm.run AS r JOIN job AS j ON j.job_id = r.job_id AND r.status <> 'SUCCEEDED'
     UNION
     SELECT j.run_id, coalesce(r.started_at, j.started_at) FROM job AS j LEFT JOIN llm.run AS r ON r.run_id = j.run_id
     WHERE j.run_id IS NOT NULL AND j.started_at IS NOT NULL`,
    [source_system, external_id],
  );
}
