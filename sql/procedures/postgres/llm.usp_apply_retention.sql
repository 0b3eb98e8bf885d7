-- Purpose:     take one step of retention: archive or purge at most llm.retention_policy.batch rows of one kind.
-- Parameters:  p_what of llm.retention_policy (null = the one whose turn it is); p_from_start begin its pass anew; p_now UTC.
-- Returns:     what, removed, is_done: its pass is over, the next one begins in an hour. No row if it is nobody's turn, the
--              policy keeps for ever, or somebody else takes a step of it now.
-- Errors:      NOT_FOUND.
-- Idempotency: each call goes on where the last one ended; one that is cut off is taken back as a whole.
CREATE OR REPLACE FUNCTION llm.usp_apply_retention(
    p_what text DEFAULT NULL, p_from_start boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (what text, removed bigint, is_done boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_policy   llm.retention_policy;
    v_before   timestamptz;
    v_after    text;
    v_removed  bigint;
    v_is_done  boolean;
BEGIN
    IF p_what IS NOT NULL AND NOT EXISTS (SELECT 1 FROM llm.retention_policy AS p WHERE p.what = p_what) THEN
        RAISE EXCEPTION 'NOT_FOUND: nothing named % in llm.retention_policy', p_what USING ERRCODE = 'SR012',
            HINT = 'SELECT what FROM llm.retention_policy lists them.';
    END IF;
    SELECT p.* INTO v_policy FROM llm.retention_policy AS p
    WHERE p.keep_days IS NOT NULL AND (p.what = p_what OR p_what IS NULL AND p.next_at <= v_now)
    ORDER BY p.next_at, p.what
    LIMIT 1
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    v_before := v_now - v_policy.keep_days * interval '1 day';
    v_after := CASE WHEN NOT p_from_start THEN v_policy.position END;
    CASE v_policy.what
        WHEN 'job' THEN
            SELECT a.archived, a.is_done, a.last_job_id::text INTO v_removed, v_is_done, v_after
            FROM llm.usp_archive_jobs(v_before, v_policy.batch, v_now, '["SUCCEEDED", "CANCELLED"]',
                coalesce(v_after::bigint, 0)) AS a;
        WHEN 'dead_letter' THEN
            SELECT a.archived, a.is_done, a.last_job_id::text INTO v_removed, v_is_done, v_after
            FROM llm.usp_archive_jobs(v_before, v_policy.batch, v_now, '["DEADLETTER"]', coalesce(v_after::bigint, 0)) AS a;
        WHEN 'job_archive' THEN
            SELECT a.purged, a.purged < v_policy.batch INTO v_removed, v_is_done FROM llm.usp_purge_archive(v_before, v_policy.batch) AS a;
        WHEN 'run' THEN
            SELECT a.purged, a.seen < v_policy.batch, a.last_run_id::text INTO v_removed, v_is_done, v_after
            FROM llm.usp_purge_runs(v_before, v_policy.batch, v_after::uuid) AS a;
        WHEN 'response_cache' THEN
            SELECT a.purged, a.purged < v_policy.batch INTO v_removed, v_is_done
            FROM llm.usp_purge_cache(v_before, v_policy.batch, v_now) AS a;
        WHEN 'schedule_fire' THEN
            SELECT a.purged, a.purged < v_policy.batch INTO v_removed, v_is_done FROM llm.usp_purge_fires(v_before, v_policy.batch) AS a;
        WHEN 'worker' THEN
            SELECT a.purged, a.purged < v_policy.batch INTO v_removed, v_is_done FROM llm.usp_purge_workers(v_before, v_policy.batch) AS a;
    END CASE;

    what := v_policy.what;
    removed := v_removed;
    is_done := v_is_done;
    UPDATE llm.retention_policy AS p
    SET position = CASE WHEN NOT is_done THEN v_after END, last_at = v_now,
        next_at = CASE WHEN is_done THEN v_now + interval '1 hour' ELSE v_now END,
        removed_total = p.removed_total + v_removed
    WHERE p.what = v_policy.what;
    RETURN NEXT;
END
$$;
