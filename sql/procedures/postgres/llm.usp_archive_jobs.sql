-- Purpose:     move finished jobs out of the hot table.
-- Parameters:  p_older_than UTC instant of finishing; p_limit most jobs of this call, which looks at ten times as many;
--              p_now UTC; p_statuses json array of the ends that count (null = SUCCEEDED and CANCELLED: a dead letter goes
--              only when it is asked for, for then it cannot be retried); p_after only jobs with a higher id.
-- Returns:     archived; last_job_id up to which it looked: the next call goes on after it; is_done: there was no more.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: archived jobs are gone from the table; keys of succeeded jobs stay known. Never a job of a dag that runs or
--              that has dead or cancelled jobs: they may be retried, and the dag counts all its jobs then.
CREATE OR REPLACE FUNCTION llm.usp_archive_jobs(p_older_than timestamptz, p_limit integer DEFAULT 1000, p_now timestamptz DEFAULT NULL,
    p_statuses jsonb DEFAULT NULL, p_after bigint DEFAULT 0)
RETURNS TABLE (archived bigint, last_job_id bigint, is_done boolean)
-- Index access only: the statistics of what is being moved are never right.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    v_first  bigint := (SELECT min(j.job_id) FROM llm.job AS j WHERE j.job_id > p_after);
    v_end    bigint := (SELECT max(j.job_id) + 1 FROM llm.job AS j);
    v_middle bigint;
    v_seen   bigint;
    v_last   bigint;
    v_old    bigint[];
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

    -- However many stay (dead letters, jobs of dags), a call looks at so many and no more.
    SELECT count(*), max(w.job_id) INTO v_seen, v_last
    FROM (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id > p_after AND j.job_id < v_end
        ORDER BY j.job_id
        LIMIT 10 * p_limit::bigint) AS w;
    v_old := ARRAY (
        SELECT j.job_id FROM llm.job AS j
        WHERE j.job_id > p_after AND j.job_id <= v_last AND j.finished_at < p_older_than
          AND coalesce(p_statuses, '["SUCCEEDED", "CANCELLED"]') ? j.status AND j.status IN ('SUCCEEDED', 'CANCELLED', 'DEADLETTER')
          AND NOT EXISTS (
              SELECT 1 FROM llm.dag_node AS n
              JOIN llm.dag AS d ON d.dag_id = n.dag_id
              WHERE n.dag_node_id = j.dag_node_id AND (d.status = 'RUNNING' OR EXISTS (
                  SELECT 1 FROM llm.dag_node AS o
                  JOIN llm.job AS k ON k.dag_node_id = o.dag_node_id AND k.status IN ('DEADLETTER', 'CANCELLED')
                  WHERE o.dag_id = n.dag_id)))
        ORDER BY j.job_id
        LIMIT p_limit
        FOR UPDATE SKIP LOCKED);

    WITH moved AS (
        DELETE FROM llm.job AS j WHERE j.job_id = ANY (v_old) RETURNING j.*
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
    SELECT count(*) INTO archived FROM placed;
    is_done := cardinality(v_old) < p_limit AND v_seen < 10 * p_limit::bigint OR p_limit = 0;
    last_job_id := CASE WHEN cardinality(v_old) = p_limit THEN v_old[p_limit] ELSE v_last END;
    RETURN NEXT;
END
$$;
