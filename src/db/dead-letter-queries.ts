import type { Database } from './connect.ts';
import { queryRows } from './query.ts';

/** A row of llm.vw_dead_letter_groups. */
export interface DeadLetterGroup {
  error_group: string;
  error_code: string | null;
  message: string;
  jobs: number;
  job_types: string[];
  oldest_at: Date;
  newest_at: Date;
  sample_job_ids: number[];
  sample_error: string | null;
  is_retryable: boolean;
  advice: string;
}

/** Groups of dead letters, the largest first; `group` may be the beginning of an id. */
export function readDeadLetterGroups(
  db: Database,
  filter: { job_type?: string | undefined; group?: string | undefined; limit: number },
): Promise<DeadLetterGroup[]> {
  return queryRows<DeadLetterGroup>(
    db,
    {
      postgres: `SELECT g.* FROM llm.vw_dead_letter_groups AS g
        WHERE (?::text IS NULL OR g.job_types @> to_jsonb(?::text)) AND g.error_group LIKE ? || '%'
        ORDER BY g.jobs DESC, g.newest_at DESC, g.error_group LIMIT ?`,
      mssql: `SELECT g.error_group, g.error_code, g.message, g.jobs, g.job_types, g.oldest_at, g.newest_at, g.sample_job_ids,
            g.sample_error, g.is_retryable, g.advice
        FROM llm.vw_dead_letter_groups AS g
        WHERE (? IS NULL OR EXISTS (SELECT 1 FROM OPENJSON(g.job_types) AS t WHERE t.[value] = ?))
          AND g.error_group LIKE CONCAT(?, N'%')
        ORDER BY g.jobs DESC, g.newest_at DESC, g.error_group OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    },
    [filter.job_type ?? null, filter.job_type ?? null, filter.group ?? '', filter.limit],
  );
}

export interface DeadLetter {
  job_id: number;
  job_type: string;
  subject: string;
  attempt_count: number;
  finished_at: Date;
  last_error_code: string | null;
  last_error: string | null;
}

/** The dead letters of one group, newest first. */
export function readDeadLetters(db: Database, error_group: string, limit: number): Promise<DeadLetter[]> {
  return queryRows<DeadLetter>(
    db,
    `SELECT d.job_id, d.job_type, d.subject, d.attempt_count, d.finished_at, d.last_error_code, d.last_error
     FROM llm.vw_dead_letters AS d WHERE llm.fn_error_group(d.last_error_code, d.last_error) = ?
     ORDER BY d.finished_at DESC, d.job_id DESC OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    [error_group, limit],
  );
}

/** What a retry would run again, by type, status and error; the first `cap` of what matches. */
export interface RetryPart {
  job_type: string;
  status: string;
  error_code: string | null;
  jobs: number;
  subjects: string[];
}

export function readRetryParts(db: Database, filter: object, cap: number | undefined): Promise<RetryPart[]> {
  return queryRows<RetryPart>(
    db,
    {
      postgres: `SELECT j.job_type, j.status, j.last_error_code AS error_code, count(*) AS jobs,
            to_jsonb((array_agg(j.subject ORDER BY j.job_id))[1:3]) AS subjects
        FROM llm.fn_matching_jobs(?::jsonb, '["DEADLETTER", "CANCELLED"]', clock_timestamp(), 0, ?::integer) AS m
        JOIN llm.job AS j ON j.job_id = m.job_id
        GROUP BY j.job_type, j.status, j.last_error_code
        ORDER BY count(*) DESC, j.job_type, j.status, j.last_error_code`,
      mssql: `DECLARE @now datetime2(3) = SYSUTCDATETIME();
        CREATE TABLE #matching_jobs (job_id bigint NOT NULL PRIMARY KEY);
        EXEC llm.fn_matching_jobs @filter = ?, @statuses = N'["DEADLETTER", "CANCELLED"]', @now = @now, @after = 0, @limit = ?;
        SELECT p.job_type, p.status, p.error_code, COUNT(*) AS jobs,
            N'[' + STRING_AGG(IIF(p.place <= 3, llm.fn_json_string(p.subject), NULL), N',') WITHIN GROUP (ORDER BY p.place)
                + N']' AS subjects
        FROM (
            SELECT j.job_type, j.status, j.last_error_code AS error_code, j.subject,
                ROW_NUMBER() OVER (PARTITION BY j.job_type, j.status, j.last_error_code ORDER BY j.job_id) AS place
            FROM #matching_jobs AS m
            JOIN llm.job AS j ON j.job_id = m.job_id) AS p
        GROUP BY p.job_type, p.status, p.error_code
        ORDER BY COUNT(*) DESC, p.job_type, p.status, p.error_code`,
    },
    [JSON.stringify(filter), cap ?? null],
    { json: ['subjects'] },
  );
}
