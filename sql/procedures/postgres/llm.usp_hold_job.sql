-- Purpose:     the fence: lock a job's row for the run that holds it; internal, the first step of every call that ends
--              or routes a running job.
-- Parameters:  p_job_id, p_run_id; p_ends_as the status that the calling procedure gives the run; p_now UTC.
-- Returns:     state and outcome: 'held' (go on), 'cancelled' (the job has just ended as CANCELLED, write nothing more),
--              'ended' (this very call succeeded before, here is what it stored).
-- Errors:      LEASE_LOST, UNKNOWN_JOB.
-- Idempotency: see 'ended'.
CREATE OR REPLACE FUNCTION llm.usp_hold_job(
    p_job_id bigint, p_run_id uuid, p_ends_as text, p_now timestamptz, OUT state text, OUT outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_job        llm.job;
    v_run_status text;
BEGIN
    SELECT * INTO v_job FROM llm.job AS j WHERE j.job_id = p_job_id FOR NO KEY UPDATE;

    IF v_job.status = 'RUNNING' AND v_job.run_id = p_run_id THEN
        IF NOT v_job.cancel_requested THEN
            state := 'held';
            RETURN;
        END IF;
        PERFORM llm.usp_end_run(p_job_id, p_run_id, 'CANCELLED', 'CANCELLED', 'the job was cancelled', NULL, p_now);
        outcome := jsonb_build_object('status', 'CANCELLED');
        UPDATE llm.job AS j
        SET status = 'CANCELLED', outcome = usp_hold_job.outcome, locked_by = NULL, lease_expires_at = NULL,
            finished_at = p_now
        WHERE j.job_id = p_job_id;
        state := 'cancelled';
        RETURN;
    END IF;

    SELECT r.status INTO v_run_status FROM llm.run AS r WHERE r.run_id = p_run_id AND r.job_id = p_job_id;
    IF v_run_status IN (p_ends_as, 'CANCELLED') THEN
        state := 'ended';
        -- The job may have been run again since: then its outcome is another run's.
        outcome := CASE
            WHEN v_run_status = 'CANCELLED' THEN jsonb_build_object('status', 'CANCELLED')
            WHEN v_job.run_id = p_run_id THEN v_job.outcome
            ELSE (SELECT a.outcome FROM llm.job_archive AS a WHERE a.job_id = p_job_id AND a.run_id = p_run_id) END;
        RETURN;
    END IF;
    IF v_job.job_id IS NULL AND NOT EXISTS (SELECT 1 FROM llm.job_archive AS a WHERE a.job_id = p_job_id) THEN
        RAISE EXCEPTION 'UNKNOWN_JOB: %', p_job_id USING ERRCODE = 'SR002';
    END IF;
    RAISE EXCEPTION 'LEASE_LOST: run % does not hold job %', p_run_id, p_job_id USING ERRCODE = 'SR001',
        DETAIL = format('The job is %s, its run %s.', coalesce(v_job.status, 'archived'), coalesce(v_job.run_id::text, 'none')),
        HINT = 'Its lease ended or it was taken back; whoever holds it now finishes it. Write nothing.';
END
$$;
