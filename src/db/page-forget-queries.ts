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
    {
      postgres: `SELECT j.job_id, j.job_id = ANY (s.job_ids) AS is_of_page, j.status = 'RUNNING' AS is_running,
            j.status = 'RUNNING' AND j.lease_expires_at < clock_timestamp() AS is_abandoned
        FROM kb.fn_forget_scope(?, ?) AS s
        JOIN llm.job AS j ON j.job_id = ANY (s.job_ids) AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING')
            OR j.job_id = ANY (s.question_ids) AND j.status = 'RUNNING'
        ORDER BY j.job_id`,
      mssql: `SELECT j.job_id, CONVERT(bit, MAX(w.is_of_page)) AS is_of_page,
            CONVERT(bit, IIF(j.status = N'RUNNING', 1, 0)) AS is_running,
            CONVERT(bit, IIF(j.status = N'RUNNING' AND j.lease_expires_at < SYSUTCDATETIME(), 1, 0)) AS is_abandoned
        FROM (
            SELECT CONVERT(bigint, i.[value]) AS job_id, 1 AS is_of_page
            FROM kb.fn_forget_scope(?, ?) AS s CROSS APPLY OPENJSON(s.job_ids) AS i
            UNION ALL
            SELECT CONVERT(bigint, i.[value]), 0
            FROM kb.fn_forget_scope(?, ?) AS s CROSS APPLY OPENJSON(s.question_ids) AS i) AS w
        JOIN llm.job AS j ON j.job_id = w.job_id AND (j.status = N'RUNNING' OR w.is_of_page = 1 AND j.status IN (N'NEW', N'SCHEDULED'))
        GROUP BY j.job_id, j.status, j.lease_expires_at
        ORDER BY j.job_id`,
    },
    asOftenAsAsked(db, [source_system, external_id]),
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
    {
      postgres: `WITH scope AS (
            SELECT unnest(s.job_ids || s.question_ids) AS job_id FROM kb.fn_forget_scope(?, ?) AS s
        ) ${runsOfScope}`,
      mssql: `WITH scope AS (
            SELECT CONVERT(bigint, i.[value]) AS job_id
            FROM kb.fn_forget_scope(?, ?) AS s CROSS APPLY OPENJSON(s.job_ids) AS i
            UNION
            SELECT CONVERT(bigint, i.[value])
            FROM kb.fn_forget_scope(?, ?) AS s CROSS APPLY OPENJSON(s.question_ids) AS i
        ) ${runsOfScope}`,
    },
    asOftenAsAsked(db, [source_system, external_id]),
  );
}

const runsOfScope = `, job AS (
        SELECT j.job_id, j.run_id, j.started_at FROM scope AS s JOIN llm.job AS j ON j.job_id = s.job_id
        UNION ALL
        SELECT a.job_id, a.run_id, a.started_at FROM scope AS s JOIN llm.job_archive AS a ON a.job_id = s.job_id
     )
     SELECT r.run_id, r.started_at FROM llm.run AS r JOIN job AS j ON j.job_id = r.job_id AND r.status <> 'SUCCEEDED'
     UNION
     SELECT j.run_id, coalesce(r.started_at, j.started_at) FROM job AS j LEFT JOIN llm.run AS r ON r.run_id = j.run_id
     WHERE j.run_id IS NOT NULL AND j.started_at IS NOT NULL`;

/** The T-SQL asks for the scope twice. */
function asOftenAsAsked({ engine }: Database, values: string[]): string[] {
  return engine === 'mssql' ? [...values, ...values] : values;
}
