-- Purpose:     one bounded step of a maintenance procedure; the list of all that a schedule may run. A new one is a line here.
-- Parameters:  p_procedure one of llm.usp_apply_retention (all of llm.retention_policy whose turn it is),
--              llm.usp_escalate_overdue_jobs, llm.usp_advance_open_dags, llm.usp_rescue_expired_jobs and, with
--              p_older_than_days, llm.usp_archive_jobs (SUCCEEDED and CANCELLED), llm.usp_purge_archive, llm.usp_purge_cache,
--              llm.usp_purge_fires, llm.usp_purge_workers, ingest.usp_archive_pages, ingest.usp_purge_page_archive;
--              p_older_than_days age in days; p_limit most rows of this step (0 touches none, and checks the rest); p_now UTC.
-- Returns:     affected (less than p_limit: nothing is left).
-- Errors:      INVALID_PAYLOAD for another procedure, or without the age where it wants one.
-- Idempotency: as the procedure.
CREATE OR REPLACE FUNCTION llm.usp_run_maintenance(
    p_procedure text, p_older_than_days integer DEFAULT NULL, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (affected bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_before   timestamptz := v_now - p_older_than_days * interval '1 day';
    v_affected bigint := 0;
    v_step     record;
    v_after    bigint := 0;
BEGIN
    PERFORM llm.fn_checked_limit(p_limit);
    IF p_older_than_days < 0 OR p_older_than_days > 36500 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: older_than_days is %, which is not from 0 to 36500', p_older_than_days USING ERRCODE = 'SR004';
    END IF;
    IF v_before IS NULL AND (p_procedure LIKE '%archive%' OR p_procedure LIKE '%purge%') THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: % wants older_than_days', p_procedure USING ERRCODE = 'SR004';
    END IF;
    CASE p_procedure
        WHEN 'llm.usp_apply_retention' THEN
            WHILE v_affected < p_limit LOOP
                SELECT r.removed INTO v_step FROM llm.usp_apply_retention(p_now => v_now) AS r;
                EXIT WHEN NOT FOUND;
                v_affected := v_affected + v_step.removed;
            END LOOP;
        WHEN 'llm.usp_escalate_overdue_jobs' THEN
            SELECT e.escalated INTO v_affected FROM llm.usp_escalate_overdue_jobs(p_limit, v_now) AS e;
        WHEN 'llm.usp_advance_open_dags' THEN
            SELECT 0 * count(*) INTO v_affected FROM llm.usp_advance_open_dags(p_limit, v_now) AS d;
        WHEN 'llm.usp_rescue_expired_jobs' THEN
            SELECT count(*) INTO v_affected FROM llm.usp_rescue_expired_jobs(p_limit, v_now) AS r;
        WHEN 'llm.usp_archive_jobs' THEN
            WHILE v_affected < p_limit LOOP
                SELECT a.* INTO v_step
                FROM llm.usp_archive_jobs(v_before, (p_limit - v_affected)::integer, v_now, p_after => v_after) AS a;
                v_affected := v_affected + v_step.archived;
                EXIT WHEN v_step.is_done;
                v_after := v_step.last_job_id;
            END LOOP;
        WHEN 'llm.usp_purge_archive' THEN
            SELECT a.purged INTO v_affected FROM llm.usp_purge_archive(v_before, p_limit) AS a;
        WHEN 'llm.usp_purge_cache' THEN
            SELECT a.purged INTO v_affected FROM llm.usp_purge_cache(v_before, p_limit, v_now) AS a;
        WHEN 'llm.usp_purge_fires' THEN
            SELECT a.purged INTO v_affected FROM llm.usp_purge_fires(v_before, p_limit) AS a;
        WHEN 'llm.usp_purge_workers' THEN
            SELECT a.purged INTO v_affected FROM llm.usp_purge_workers(v_before, p_limit) AS a;
        WHEN 'ingest.usp_archive_pages' THEN
            SELECT a.pages INTO v_affected FROM ingest.usp_archive_pages(v_before, p_limit, v_now) AS a;
        WHEN 'ingest.usp_purge_page_archive' THEN
            SELECT a.purged INTO v_affected FROM ingest.usp_purge_page_archive(v_before, p_limit) AS a;
        ELSE
            RAISE EXCEPTION 'INVALID_PAYLOAD: "%" is no procedure that a schedule may run', p_procedure USING ERRCODE = 'SR004',
                HINT = 'There are llm.usp_apply_retention, llm.usp_escalate_overdue_jobs, llm.usp_advance_open_dags, '
                    'llm.usp_rescue_expired_jobs; and with older_than_days llm.usp_archive_jobs, llm.usp_purge_archive, '
                    'llm.usp_purge_cache, llm.usp_purge_fires, llm.usp_purge_workers, ingest.usp_archive_pages, '
                    'ingest.usp_purge_page_archive.';
    END CASE;
    RETURN QUERY SELECT coalesce(v_affected, 0);
END
$$;
