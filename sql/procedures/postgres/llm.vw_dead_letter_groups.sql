-- Purpose:     dead letters that failed in the same way, as one row.
-- Columns:     error_group (a condition of llm.usp_retry_jobs), error_code, message (masked: llm.fn_error_mask), jobs, job_types,
--              oldest_at and newest_at of finishing, sample_job_ids (the newest three), sample_error in full, is_retryable and
--              advice (llm.fn_error_advice).
CREATE OR REPLACE VIEW llm.vw_dead_letter_groups AS
SELECT g.error_group, g.error_code, llm.fn_error_mask(s.last_error) AS message, g.jobs, g.job_types, g.oldest_at, g.newest_at,
    g.sample_job_ids, s.last_error AS sample_error, coalesce(a.is_retryable, false) AS is_retryable,
    coalesce(a.advice, 'look at one of them, mend the cause, then retry') AS advice
FROM (
    SELECT llm.fn_error_group(j.last_error_code, j.last_error) AS error_group, j.last_error_code AS error_code, count(*) AS jobs,
        jsonb_agg(DISTINCT j.job_type) AS job_types, min(j.finished_at) AS oldest_at, max(j.finished_at) AS newest_at,
        to_jsonb((array_agg(j.job_id ORDER BY j.finished_at DESC, j.job_id DESC))[1:3]) AS sample_job_ids
    FROM llm.job AS j
    WHERE j.status = 'DEADLETTER'
    GROUP BY 1, 2
) AS g
JOIN llm.job AS s ON s.job_id = (g.sample_job_ids ->> 0)::bigint
LEFT JOIN LATERAL llm.fn_error_advice(g.error_code) AS a ON true;
