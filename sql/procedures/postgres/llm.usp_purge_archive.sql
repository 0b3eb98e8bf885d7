-- Purpose:     forget archived jobs for good, with the dedupe keys of those that succeeded.
-- Parameters:  p_older_than UTC instant of finishing; p_limit most jobs of this call.
-- Returns:     purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_purge_archive(p_older_than timestamptz, p_limit integer DEFAULT 1000)
RETURNS TABLE (purged bigint)
-- Index access only: the statistics of what is being erased are never right.
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    WITH gone AS (
        DELETE FROM llm.job_archive AS a
        WHERE a.job_id = ANY (ARRAY (
            SELECT o.job_id FROM llm.job_archive AS o
            WHERE o.finished_at < p_older_than
            ORDER BY o.finished_at
            LIMIT llm.fn_checked_limit(p_limit)
            FOR UPDATE SKIP LOCKED))
        RETURNING a.job_id
    ), events AS (
        DELETE FROM llm.job_event AS e USING gone AS g WHERE e.job_id = g.job_id
    )
    SELECT count(*) FROM gone;
$$;
