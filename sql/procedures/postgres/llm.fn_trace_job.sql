-- Purpose:     the story of one job, archived or not: enqueued, each run with its calls and artifacts, what was routed, end.
-- Parameters:  p_job_id the job.
-- Returns:     one row an event: at (UTC), event, job_id, run_id (null for what is about the job), detail as JSON. Events are
--              enqueued, claimed, call, artifact, routed, run_ended, decided, escalated, waiting, running and job_ended;
--              ordered by at, then step. No row for an unknown job.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_trace_job(p_job_id bigint)
RETURNS TABLE (at timestamptz, step integer, event text, job_id bigint, run_id uuid, detail jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH job AS (
        SELECT j.job_id, j.job_type, j.subject, j.status, j.correlation_id, j.source_page_id, j.dag_node_id, j.run_id,
            j.attempt_count, j.abandon_count, j.cancel_requested, j.outcome, j.last_error_code, j.last_error,
            j.last_escalated_at, j.priority, j.available_at, j.locked_by, j.lease_expires_at, j.created_at, j.started_at,
            j.finished_at, NULL::timestamptz AS archived_at
        FROM llm.job AS j
        WHERE j.job_id = p_job_id
        UNION ALL
        SELECT a.job_id, a.job_type, a.subject, a.status, a.correlation_id, a.source_page_id, a.dag_node_id, a.run_id,
            a.attempt_count, a.abandon_count, false, a.outcome, a.last_error_code, a.last_error, NULL, NULL, NULL, NULL,
            NULL, a.created_at, a.started_at, a.finished_at, a.archived_at
        FROM llm.job_archive AS a
        WHERE a.job_id = p_job_id
    ), run_key AS (
        -- The attempt that succeeded is its job's run_id; the index of llm.run holds the others.
        SELECT r.run_id FROM llm.run AS r WHERE r.job_id = p_job_id AND r.status <> 'SUCCEEDED'
        UNION
        SELECT j.run_id FROM job AS j WHERE j.run_id IS NOT NULL
    ), run AS (
        SELECT r.* FROM run_key AS k JOIN llm.run AS r ON r.run_id = k.run_id
    )
    SELECT j.created_at, 0, 'enqueued'::text, j.job_id, NULL::uuid, jsonb_build_object('job_type', j.job_type,
        'subject', j.subject, 'correlation_id', j.correlation_id, 'source_page_id', j.source_page_id,
        'dag_node_id', j.dag_node_id, 'priority', j.priority)
    FROM job AS j
    UNION ALL
    SELECT r.started_at, 1, 'claimed', r.job_id, r.run_id, jsonb_build_object('attempt', r.attempt,
        'worker_id', r.worker_id, 'contract', r.contract_name || ' ' || r.contract_version)
    FROM run AS r
    UNION ALL
    SELECT c.started_at, 2, 'call', p_job_id, c.run_id, jsonb_build_object('call_no', c.call_no,
        'chunk_index', c.chunk_index, 'purpose', c.purpose, 'model', c.model, 'cache_hit', c.cache_hit,
        'input_tokens', c.input_tokens, 'output_tokens', c.output_tokens, 'cost_usd', c.cost_usd,
        'duration_ms', c.duration_ms, 'http_status', c.http_status, 'error_code', c.error_code)
    FROM run_key AS k
    JOIN llm.call AS c ON c.run_id = k.run_id
    UNION ALL
    SELECT a.created_at, 3, 'artifact', p_job_id, a.run_id, jsonb_build_object('artifact_type', a.artifact_type,
        'lake_uri', a.lake_uri, 'byte_count', a.byte_count)
    FROM run_key AS k
    JOIN llm.artifact AS a ON a.run_id = k.run_id
    UNION ALL
    SELECT e.routed_at, 4, 'routed', e.job_id, e.run_id, jsonb_build_object('counts', e.counts,
        'assertions', (SELECT count(*) FROM kb.assertion AS s WHERE s.run_id = e.run_id),
        'quarantined', (SELECT count(s.quarantine_reason) FROM kb.assertion AS s WHERE s.run_id = e.run_id),
        'rows', (
            SELECT jsonb_object_agg(g.target_table, g.targets) FROM (
                SELECT l.target_table, count(DISTINCT l.target_id) AS targets
                FROM kb.assertion AS s
                JOIN kb.assertion_link AS l ON l.assertion_id = s.assertion_id
                WHERE s.run_id = e.run_id
                GROUP BY l.target_table) AS g))
    FROM run_key AS k
    JOIN kb.extraction AS e ON e.run_id = k.run_id
    UNION ALL
    SELECT d.decided_at, 5, 'decided', p_job_id, s.run_id, jsonb_build_object('assertion_id', s.assertion_id,
        'decision', d.decision, 'decided_by', d.decided_by, 'reason', d.reason, 'undone_at', d.undone_at)
    FROM run_key AS k
    JOIN kb.assertion AS s ON s.run_id = k.run_id
    JOIN kb.adjudication AS d ON d.kind = 'assertion' AND d.target_id = s.assertion_id
    UNION ALL
    SELECT r.finished_at, 6, 'run_ended', r.job_id, r.run_id, jsonb_build_object('attempt', r.attempt, 'status', r.status,
        'model', r.model, 'duration_ms', r.duration_ms, 'input_tokens', r.input_tokens, 'output_tokens', r.output_tokens,
        'cost_usd', r.cost_usd, 'error_code', r.error_code, 'error', r.error)
    FROM run AS r
    UNION ALL
    SELECT j.last_escalated_at, 7, 'escalated', j.job_id, NULL, jsonb_build_object('priority', j.priority)
    FROM job AS j
    WHERE j.last_escalated_at IS NOT NULL
    UNION ALL
    SELECT clock_timestamp(), 8, 'waiting', j.job_id, NULL, jsonb_build_object('status', j.status,
        'available_at', j.available_at, 'attempt_count', j.attempt_count, 'last_error_code', j.last_error_code,
        'last_error', j.last_error)
    FROM job AS j
    WHERE j.status IN ('NEW', 'SCHEDULED')
    UNION ALL
    SELECT j.started_at, 1, 'running', j.job_id, j.run_id, jsonb_build_object('worker_id', j.locked_by,
        'lease_expires_at', j.lease_expires_at, 'cancel_requested', j.cancel_requested)
    FROM job AS j
    WHERE j.status = 'RUNNING'
    UNION ALL
    SELECT j.finished_at, 9, 'job_ended', j.job_id, j.run_id, jsonb_build_object('status', j.status,
        'attempt_count', j.attempt_count, 'abandon_count', j.abandon_count, 'last_error_code', j.last_error_code,
        'last_error', j.last_error, 'archived_at', j.archived_at)
    FROM job AS j
    WHERE j.status IN ('SUCCEEDED', 'DEADLETTER', 'CANCELLED')
    ORDER BY 1, 2;
$$;
