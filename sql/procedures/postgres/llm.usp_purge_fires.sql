-- Purpose:     erase when schedules fired long ago.
-- Parameters:  p_older_than UTC instant for which they fired; p_limit most rows of this call.
-- Returns:     purged.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes. Never one of which steps are left. Rows that are locked now are passed over.
CREATE OR REPLACE FUNCTION llm.usp_purge_fires(p_older_than timestamptz, p_limit integer DEFAULT 1000)
RETURNS TABLE (purged bigint)
-- Index access only: the statistics of what is being erased are never right.
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    WITH gone AS (
        DELETE FROM llm.schedule_fire AS g
        USING (
            SELECT o.name, o.fire_at FROM llm.schedule_fire AS o
            WHERE o.fire_at < p_older_than AND o.status <> 'OPEN'
            ORDER BY o.fire_at, o.name
            LIMIT llm.fn_checked_limit(p_limit)
            FOR UPDATE SKIP LOCKED) AS d
        WHERE g.name = d.name AND g.fire_at = d.fire_at
        RETURNING 1
    )
    SELECT count(*) FROM gone;
$$;
