-- Purpose:     set how jobs of a type run: a cap for the whole fleet, an SLA, priority, attempts, time-out.
-- Parameters:  p_job_type; p_settings json of {max_running (null = no cap), sla_seconds (null = none), default_priority,
--              max_attempts, timeout_seconds}: what is not named stays. New jobs take default_priority and max_attempts.
-- Returns:     changed.
-- Errors:      UNKNOWN_JOB_TYPE; INVALID_PAYLOAD naming the setting.
-- Idempotency: yes. It counts from the next claim on.
CREATE OR REPLACE FUNCTION llm.usp_tune_job_type(p_job_type text, p_settings jsonb)
RETURNS TABLE (changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bad     text;
    v_updated integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM llm.job_type AS t WHERE t.job_type = p_job_type) THEN
        RAISE EXCEPTION 'UNKNOWN_JOB_TYPE: %', p_job_type USING ERRCODE = 'SR003',
            HINT = 'SELECT job_type FROM llm.job_type lists the known ones.';
    END IF;
    IF jsonb_typeof(p_settings) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_settings is no json object' USING ERRCODE = 'SR004';
    END IF;
    SELECT e.key INTO v_bad
    FROM jsonb_each(p_settings) AS e (key, value)
    WHERE NOT CASE
        WHEN e.key IN ('max_running', 'sla_seconds') AND e.value = 'null' THEN true
        WHEN e.key IN ('max_running', 'sla_seconds', 'default_priority', 'max_attempts', 'timeout_seconds')
            AND jsonb_path_exists(e.value, '$ ? (@.type() == "number" && @ == @.floor() && @ <= 2147483647 && @ >= -2147483648)')
        THEN (e.value)::bigint >= CASE e.key WHEN 'max_running' THEN 0 WHEN 'default_priority' THEN -2147483648 ELSE 1 END
        ELSE false END
    ORDER BY e.key LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_settings.% cannot be %', v_bad, p_settings -> v_bad USING ERRCODE = 'SR004',
            HINT = 'The header of llm.usp_tune_job_type lists the settings.';
    END IF;
    UPDATE llm.job_type AS t
    SET max_running = CASE WHEN p_settings ? 'max_running' THEN (p_settings ->> 'max_running')::integer ELSE t.max_running END,
        sla_seconds = CASE WHEN p_settings ? 'sla_seconds' THEN (p_settings ->> 'sla_seconds')::integer ELSE t.sla_seconds END,
        default_priority = coalesce((p_settings ->> 'default_priority')::integer, t.default_priority),
        max_attempts = coalesce((p_settings ->> 'max_attempts')::integer, t.max_attempts),
        timeout_seconds = coalesce((p_settings ->> 'timeout_seconds')::integer, t.timeout_seconds),
        updated_at = clock_timestamp()
    WHERE t.job_type = p_job_type
      AND NOT jsonb_build_object('max_running', t.max_running, 'sla_seconds', t.sla_seconds, 'default_priority', t.default_priority,
          'max_attempts', t.max_attempts, 'timeout_seconds', t.timeout_seconds) @> p_settings;
    GET DIAGNOSTICS v_updated = ROW_COUNT;
    IF v_updated = 1 THEN
        PERFORM pg_notify('sproute_work', '');
    END IF;
    RETURN QUERY SELECT v_updated = 1;
END
$$;
