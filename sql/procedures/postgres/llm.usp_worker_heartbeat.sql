-- Purpose:     a runner says that it is alive.
-- Parameters:  p_worker_id, p_host, p_pid, p_version, p_job_types json array (empty = all), p_concurrency, p_running;
--              p_now UTC, default the server's clock.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes. Who was silent for long is forgotten by llm.retention_policy.
CREATE OR REPLACE FUNCTION llm.usp_worker_heartbeat(
    p_worker_id uuid, p_host text, p_pid integer, p_version text, p_job_types jsonb, p_concurrency integer,
    p_running integer, p_now timestamptz DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now timestamptz := coalesce(p_now, clock_timestamp());
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO llm.worker (worker_id, host, pid, version, started_at, heartbeat_at, job_types, concurrency, running)
    VALUES (p_worker_id, p_host, p_pid, p_version, v_now, v_now, p_job_types, p_concurrency, p_running)
    ON CONFLICT (worker_id) DO UPDATE
        SET heartbeat_at = EXCLUDED.heartbeat_at, job_types = EXCLUDED.job_types, concurrency = EXCLUDED.concurrency,
            running = EXCLUDED.running;
END
$$;
