-- Purpose:     dead letters that failed in the same way, as one row.
-- Columns:     error_group (a condition of llm.usp_retry_jobs), error_code, message (masked: llm.fn_error_mask), jobs, job_types,
--              oldest_at and newest_at of finishing, sample_job_ids (the newest three), sample_error in full, is_retryable and
--              advice (llm.fn_error_advice).
CREATE OR ALTER VIEW llm.vw_dead_letter_groups AS
SELECT g.error_group, g.error_code, llm.fn_error_mask(s.last_error) AS message, g.jobs, g.job_types, g.oldest_at, g.newest_at,
    g.sample_job_ids, s.last_error AS sample_error, COALESCE(a.is_retryable, CONVERT(bit, 0)) AS is_retryable,
    COALESCE(a.advice, N'look at one of them, mend the cause, then retry') AS advice
FROM (
    SELECT d.error_group, d.error_code, COUNT_BIG(*) AS jobs, MIN(d.finished_at) AS oldest_at, MAX(d.finished_at) AS newest_at,
        N'[' + STRING_AGG(CASE WHEN d.type_place = 1 THEN CONVERT(nvarchar(max), N'"' + d.job_type + N'"') END, N',')
            WITHIN GROUP (ORDER BY d.job_type) + N']' AS job_types,
        MAX(CASE WHEN d.place = 1 THEN d.job_id END) AS newest_job_id,
        CONCAT(N'[', MAX(CASE WHEN d.place = 1 THEN d.job_id END),
            N',' + CONVERT(nvarchar(20), MAX(CASE WHEN d.place = 2 THEN d.job_id END)),
            N',' + CONVERT(nvarchar(20), MAX(CASE WHEN d.place = 3 THEN d.job_id END)), N']') AS sample_job_ids
    FROM (
        SELECT j.job_id, j.job_type, j.finished_at, j.error_group, j.error_code,
            ROW_NUMBER() OVER (PARTITION BY j.error_group, j.error_code ORDER BY j.finished_at DESC, j.job_id DESC) AS place,
            ROW_NUMBER() OVER (PARTITION BY j.error_group, j.error_code, j.job_type ORDER BY j.job_id) AS type_place
        FROM (
            SELECT k.job_id, k.job_type, k.finished_at, k.last_error_code AS error_code,
                llm.fn_error_group(k.last_error_code, k.last_error) AS error_group
            FROM llm.job AS k
            WHERE k.status = N'DEADLETTER'
        ) AS j
    ) AS d
    GROUP BY d.error_group, d.error_code
) AS g
JOIN llm.job AS s ON s.job_id = g.newest_job_id
OUTER APPLY llm.fn_error_advice(g.error_code) AS a;
