-- Purpose:     how much a policy would archive or purge now; looks at all of it, so it takes its time.
-- Parameters:  p_what of llm.retention_policy; p_keep_days (null = the policy's); p_now UTC.
-- Returns:     matching rows (0 if it keeps for ever).
-- Errors:      NOT_FOUND.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_count_retention(
    p_what text, p_keep_days integer DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (matching bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_days   integer;
    v_before timestamptz;
    v_step   record;
    v_after  uuid;
BEGIN
    SELECT coalesce(p_keep_days, p.keep_days) INTO v_days FROM llm.retention_policy AS p WHERE p.what = p_what;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: nothing named % in llm.retention_policy', p_what USING ERRCODE = 'SR012',
            HINT = 'SELECT what FROM llm.retention_policy lists them.';
    END IF;
    v_before := coalesce(p_now, clock_timestamp()) - v_days * interval '1 day';
    matching := 0;
    IF v_before IS NULL THEN
        NULL;
    ELSIF p_what IN ('job', 'dead_letter') THEN
        SELECT count(*) INTO matching FROM llm.job AS j
        WHERE j.finished_at < v_before
          AND (p_what = 'job' AND j.status IN ('SUCCEEDED', 'CANCELLED') OR p_what = 'dead_letter' AND j.status = 'DEADLETTER')
          AND NOT EXISTS (
              SELECT 1 FROM llm.dag_node AS n
              JOIN llm.dag AS d ON d.dag_id = n.dag_id
              WHERE n.dag_node_id = j.dag_node_id AND (d.status = 'RUNNING' OR EXISTS (
                  SELECT 1 FROM llm.dag_node AS o
                  JOIN llm.job AS k ON k.dag_node_id = o.dag_node_id AND k.status IN ('DEADLETTER', 'CANCELLED')
                  WHERE o.dag_id = n.dag_id)));
    ELSIF p_what = 'job_archive' THEN
        SELECT count(*) INTO matching FROM llm.job_archive AS a WHERE a.finished_at < v_before;
    ELSIF p_what = 'run' THEN
        LOOP
            SELECT s.* INTO v_step FROM llm.usp_purge_runs(v_before, 10000, v_after, true) AS s;
            matching := matching + v_step.purged;
            EXIT WHEN v_step.seen < 10000;
            v_after := v_step.last_run_id;
        END LOOP;
    ELSIF p_what = 'response_cache' THEN
        SELECT count(*) INTO matching FROM llm.response_cache AS c
        WHERE c.created_at < v_before OR c.expires_at < coalesce(p_now, clock_timestamp());
    ELSIF p_what = 'schedule_fire' THEN
        SELECT count(*) INTO matching FROM llm.schedule_fire AS f WHERE f.fire_at < v_before AND f.status <> 'OPEN';
    ELSIF p_what = 'worker' THEN
        SELECT count(*) INTO matching FROM llm.worker AS w WHERE w.heartbeat_at < v_before;
    END IF;
    RETURN NEXT;
END
$$;
