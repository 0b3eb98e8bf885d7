import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

/** Jobs of a page that are not over; `is_running` while a runner holds it, `is_abandoned` once its lease is over. */
export function readOpenJobs(
  db: Database,
  source_system: string,
  external_id: string,
): Promise<{ job_id: number; is_running: boolean; is_abandoned: boolean }[]> {
  return queryRows(
    db,
    `SELECT j.job_id, j.status = 'RUNNING' AS is_running,
        j.status = 'RUNNING' AND j.lease_expires_at < clock_timestamp() AS is_abandoned
     FROM llm.job AS j
     JOIN ingest.source_page AS s ON s.source_page_id = j.source_page_id
     WHERE s.source_system = ? AND s.external_id = ? AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING')
     ORDER BY j.job_id`,
    [source_system, external_id],
  );
}

/** Every attempt at a job about a page, also those whose artifacts were never recorded. */
export function readPageRuns(
  db: Database,
  source_system: string,
  external_id: string,
): Promise<{ run_id: string; started_at: Date }[]> {
  return queryRows(
    db,
    `WITH version AS (
        SELECT source_page_id FROM ingest.source_page WHERE source_system = ? AND external_id = ?
     ), job AS (
        SELECT j.job_id, j.run_id, j.started_at FROM llm.job AS j JOIN version AS v ON v.source_page_id = j.source_page_id
        UNION ALL
        SELECT a.job_id, a.run_id, a.started_at FROM llm.job_archive AS a JOIN version AS v ON v.source_page_id = a.source_page_id
     )
     SELECT r.run_id, r.started_at FROM llm.run AS r JOIN job AS j ON j.job_id = r.job_id AND r.status <> 'SUCCEEDED'
     UNION
     SELECT j.run_id, coalesce(r.started_at, j.started_at) FROM job AS j LEFT JOIN llm.run AS r ON r.run_id = j.run_id
     WHERE j.run_id IS NOT NULL AND j.started_at IS NOT NULL`,
    [source_system, external_id],
  );
}
