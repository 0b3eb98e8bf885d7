-- Purpose:     move finished jobs out of the hot table.
-- Parameters:  p_older_than UTC instant of finishing; p_limit most jobs of this call; p_now UTC; p_statuses json array of
--              the ends that count (null = all three); p_after only jobs with a higher id.
-- Returns:     archived; last_job_id of those (null = none): the next call may go on after it.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: archived jobs are gone from the table; keys of succeeded jobs stay known. Never a job of a dag that runs or
--              that has dead or cancelled jobs: they may be retried, and the dag counts all its jobs then.
CREATE OR REPLACE FUNCTION llm.usp_archive_jobs(p_older_than timestamptz, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL,
    p_statuses jsonb DEFAULT NULL, p_after bigint DEFAULT 0)
RETURNS TABLE (archived bigint, last_job_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_first  bigint := (SELECT min(j.job_id) FROM llm.job AS j);
    v_end    bigint := (SELECT max(j.job_id) + 1 FROM llm.job AS j);
    v_middle bigint;
BEGIN
    PERFORM llm.fn_checked_limit(p_limit);

    -- See llm.usp_enqueue_jobs.
    PERFORM pg_advisory_xact_lock(7365526002);

    -- No job ended before it was made, and ids are given in the order of time, but for transactions that overlap: the
    -- first id that was made too late is found by halving. What that misses by a moment is archived by a later call.
    WHILE v_first < v_end LOOP
        v_middle := v_first + (v_end - v_first) / 2;
        IF (SELECT j.created_at FROM llm.job AS j WHERE j.job_id >= v_middle ORDER BY j.job_id LIMIT 1) < p_older_than THEN
            v_first := v_middle + 1;
        ELSE
            v_end := v_middle;
        END IF;
    END LOOP;

    RETURN QUERY
    WITH old AS (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id < v_end AND j.job_id > p_after
          AND j.status IN ('SUCCEEDED', 'CANCELLED', 'DEADLETTER') AND j.finished_at < p_older_than
          AND (p_statuses IS NULL OR p_statuses ? j.status)
          AND NOT EXISTS (
              SELECT 1 FROM llm.dag_node AS n
              JOIN llm.dag AS d ON d.dag_id = n.dag_id
              WHERE n.dag_node_id = j.dag_node_id AND (d.status = 'RUNNING' OR EXISTS (
                  SELECT 1 FROM llm.dag_node AS o
                  JOIN llm.job AS k ON k.dag_node_id = o.dag_node_id AND k.status IN ('DEADLETTER', 'CANCELLED')
                  WHERE o.dag_id = n.dag_id)))
        ORDER BY j.job_id
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED
    ), moved AS (
        DELETE FROM llm.job AS j WHERE j.job_id = ANY (ARRAY (SELECT o.job_id FROM old AS o)) RETURNING j.*
    ), placed AS (
        INSERT INTO llm.job_archive (job_id, job_type, subject, status, dedupe_key, correlation_id, source_page_id,
            dag_node_id, input, contract_version, attempt_count, abandon_count, run_id, outcome, last_error_code,
            last_error, created_at, created_by, started_at, finished_at, archived_at)
        SELECT m.job_id, m.job_type, m.subject, m.status, m.dedupe_key, m.correlation_id, m.source_page_id, m.dag_node_id,
            m.input, m.contract_version, m.attempt_count, m.abandon_count, m.run_id, m.outcome, m.last_error_code,
            m.last_error, m.created_at, m.created_by, m.started_at, m.finished_at, coalesce(p_now, clock_timestamp())
        FROM moved AS m
        ON CONFLICT (dedupe_key) WHERE status = 'SUCCEEDED' DO NOTHING
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM placed), (SELECT max(o.job_id) FROM old AS o);
END
$$;
