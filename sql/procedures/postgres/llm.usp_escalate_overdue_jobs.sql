-- Purpose:     raise the priority of waiting jobs that are older than their type's sla_seconds, by 100, once an SLA period;
--              what began below the type's default_priority, as backfills do, up to that and no further: then the oldest
--              goes first, but fresh work that is overdue goes before.
-- Parameters:  p_limit most jobs; p_now UTC.
-- Returns:     escalated.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: within an SLA period a job is raised once.
CREATE OR REPLACE FUNCTION llm.usp_escalate_overdue_jobs(p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (escalated bigint)
-- Index access only: runners call it every minute, and nearly always nothing is overdue.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_oldest timestamptz := v_now - (SELECT min(t.sla_seconds) FROM llm.job_type AS t) * interval '1 second';
    v_first  bigint;
    v_end    bigint;
    v_middle bigint;
    v_ids    bigint[];
BEGIN
    PERFORM llm.fn_checked_limit(p_limit);
    -- No type has an SLA.
    IF v_oldest IS NULL THEN
        RETURN QUERY SELECT 0::bigint;
        RETURN;
    END IF;

    -- Ids are given in the order of time: the first that was made too late to be overdue is found by halving (see
    -- llm.usp_archive_jobs).
    v_first := (SELECT min(j.job_id) FROM llm.job AS j);
    v_end := (SELECT max(j.job_id) + 1 FROM llm.job AS j);
    WHILE v_first < v_end LOOP
        v_middle := v_first + (v_end - v_first) / 2;
        IF (SELECT j.created_at FROM llm.job AS j WHERE j.job_id >= v_middle ORDER BY j.job_id LIMIT 1) <= v_oldest THEN
            v_first := v_middle + 1;
        ELSE
            v_end := v_middle;
        END IF;
    END LOOP;

    v_ids := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        JOIN llm.job_type AS t ON t.job_type = j.job_type
        WHERE j.status = 'NEW' AND j.job_id < v_end
          AND coalesce(j.last_escalated_at, j.created_at) + t.sla_seconds * interval '1 second' <= v_now
          AND NOT (j.last_escalated_at IS NOT NULL AND j.priority = t.default_priority)
        ORDER BY j.job_id
        LIMIT p_limit
        FOR NO KEY UPDATE OF j SKIP LOCKED);
    IF cardinality(v_ids) > 0 THEN
        INSERT INTO llm.job_event (job_id, event, detail, happened_at)
        SELECT j.job_id, 'escalated', jsonb_build_object('from', j.priority, 'to', least(j.priority::bigint + 100,
            CASE WHEN j.priority < t.default_priority THEN t.default_priority ELSE 2147483647 END)::integer), v_now
        FROM llm.job AS j
        JOIN llm.job_type AS t ON t.job_type = j.job_type
        WHERE j.job_id = ANY (v_ids);
    END IF;
    UPDATE llm.job AS j
    SET priority = least(j.priority::bigint + 100,
            CASE WHEN j.priority < t.default_priority THEN t.default_priority ELSE 2147483647 END)::integer,
        last_escalated_at = v_now
    FROM llm.job_type AS t
    WHERE j.job_id = ANY (v_ids) AND t.job_type = j.job_type;
    RETURN QUERY SELECT cardinality(v_ids)::bigint;
END
$$;
