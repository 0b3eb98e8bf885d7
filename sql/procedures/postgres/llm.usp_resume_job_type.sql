-- Purpose:     resume a job type: from the next claim on its jobs are claimed again.
-- Parameters:  p_job_type.
-- Returns:     changed.
-- Errors:      UNKNOWN_JOB_TYPE.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_resume_job_type(p_job_type text)
RETURNS TABLE (changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_updated integer;
BEGIN
    UPDATE llm.job_type AS t SET paused = false, updated_at = clock_timestamp()
    WHERE t.job_type = p_job_type AND t.paused <> false;
    GET DIAGNOSTICS v_updated = ROW_COUNT;
    IF v_updated = 0 AND NOT EXISTS (SELECT 1 FROM llm.job_type AS t WHERE t.job_type = p_job_type) THEN
        RAISE EXCEPTION 'UNKNOWN_JOB_TYPE: %', p_job_type USING ERRCODE = 'SR003';
    END IF;
    IF v_updated = 1 THEN
        PERFORM pg_notify('sproute_work', '');
    END IF;
    RETURN QUERY SELECT v_updated = 1;
END
$$;
