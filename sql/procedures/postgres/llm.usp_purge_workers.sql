-- Purpose:     forget runners that gave no sign of life for long.
-- Parameters:  p_older_than UTC instant of the last sign of life; p_limit most rows of this call.
-- Returns:     purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes. Rows that are locked now are passed over.
CREATE OR REPLACE FUNCTION llm.usp_purge_workers(p_older_than timestamptz, p_limit integer DEFAULT 1000)
RETURNS TABLE (purged bigint)
-- Index access only: the statistics of what is being erased are never right.
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    WITH gone AS (
        DELETE FROM llm.worker AS g
        USING (
            SELECT o.worker_id FROM llm.worker AS o
            WHERE o.heartbeat_at < p_older_than
            ORDER BY o.heartbeat_at
            LIMIT llm.fn_checked_limit(p_limit)
            FOR UPDATE SKIP LOCKED) AS d
        WHERE g.worker_id = d.worker_id
        RETURNING 1
    )
    SELECT count(*) FROM gone;
$$;
