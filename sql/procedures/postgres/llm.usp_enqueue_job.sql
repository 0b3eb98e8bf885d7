-- Purpose:     enqueue one job; the form for people who type SQL.
-- Parameters:  as an item of usp_enqueue_jobs; all but p_job_type may be left out.
-- Returns:     job_id, status, created, hint.
-- Errors:      UNKNOWN_JOB_TYPE, INVALID_PAYLOAD.
-- Idempotency: the same dedupe key finds the same job.
CREATE OR REPLACE FUNCTION llm.usp_enqueue_job(
    p_job_type text, p_subject text DEFAULT NULL, p_priority integer DEFAULT NULL, p_dedupe_key text DEFAULT NULL,
    p_correlation_id uuid DEFAULT NULL, p_source_page_id bigint DEFAULT NULL, p_dag_node_id bigint DEFAULT NULL,
    p_input jsonb DEFAULT NULL, p_available_at timestamptz DEFAULT NULL, p_max_attempts integer DEFAULT NULL,
    p_rerun integer DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (job_id bigint, status text, created boolean, hint text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.job_id, e.status, e.created, e.hint
    FROM llm.usp_enqueue_jobs(
        jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
            'job_type', p_job_type, 'subject', p_subject, 'priority', p_priority, 'dedupe_key', p_dedupe_key,
            'correlation_id', p_correlation_id, 'source_page_id', p_source_page_id, 'dag_node_id', p_dag_node_id,
            'available_at', p_available_at AT TIME ZONE 'UTC', 'max_attempts', p_max_attempts, 'rerun', p_rerun))
            || CASE WHEN p_input IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('input', p_input) END),
        p_now) AS e;
$$;
