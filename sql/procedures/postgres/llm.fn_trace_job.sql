-- Purpose:     the story of one job, archived or not: who enqueued it, its runs with their calls and artifacts, what was routed
--              and made of it, what people decided about that, what was done to it from outside, how it ended.
-- Parameters:  p_job_id the job; p_run_id a run of it that is told too although the row of the job is purged (null = none);
--              p_limit most events of each kind that are told, null for all (the first ones; how many more there are is an event
--              omitted).
-- Returns:     one row an event: at (UTC), event, job_id, run_id (null for what is about the job), detail as JSON. Events are
--              enqueued, claimed, call, artifact, routed, linked, decided, undone, held (for a budget or limit), released,
--              run_ended, cancelled, retried, rescheduled, reprioritized, escalated, woken, running, waiting, job_ended,
--              archived, omitted and purged (what is gone; at is then when it was asked); ordered by at, then step.
--              No row for an unknown job.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_trace_job(p_job_id bigint, p_run_id uuid DEFAULT NULL, p_limit integer DEFAULT 100)
RETURNS TABLE (at timestamptz, step integer, event text, job_id bigint, run_id uuid, detail jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH job AS (
        SELECT j.job_id, j.job_type, j.subject, j.status, j.correlation_id, j.source_page_id, j.dag_node_id, j.input, j.run_id,
            j.attempt_count, j.abandon_count, j.cancel_requested, j.last_error_code, j.last_error, j.last_escalated_at,
            j.priority, j.available_at, j.locked_by, j.lease_expires_at, j.created_at, j.created_by, j.started_at,
            j.finished_at, NULL::timestamptz AS archived_at
        FROM llm.job AS j
        WHERE j.job_id = p_job_id
        UNION ALL
        SELECT a.job_id, a.job_type, a.subject, a.status, a.correlation_id, a.source_page_id, a.dag_node_id, a.input, a.run_id,
            a.attempt_count, a.abandon_count, false, a.last_error_code, a.last_error, NULL, NULL, NULL, NULL, NULL,
            a.created_at, a.created_by, a.started_at, a.finished_at, a.archived_at
        FROM llm.job_archive AS a
        WHERE a.job_id = p_job_id
    ), run_key AS (
        -- The attempt that succeeded is its job's run_id; the index of llm.run holds the others.
        SELECT r.run_id FROM llm.run AS r WHERE r.job_id = p_job_id AND r.status <> 'SUCCEEDED'
        UNION
        SELECT j.run_id FROM job AS j WHERE j.run_id IS NOT NULL
        UNION
        SELECT r.run_id FROM llm.run AS r WHERE r.run_id = p_run_id AND r.job_id = p_job_id
    ), run AS (
        SELECT r.* FROM run_key AS k JOIN llm.run AS r ON r.run_id = k.run_id
    ), assertion AS MATERIALIZED (
        SELECT s.run_id, s.assertion_id, s.quarantine_reason FROM run_key AS k JOIN kb.assertion AS s ON s.run_id = k.run_id
    ), linked AS MATERIALIZED (
        SELECT DISTINCT s.run_id, l.target_table, l.target_id
        FROM assertion AS s
        JOIN kb.assertion_link AS l ON l.assertion_id = s.assertion_id
    ), subject AS MATERIALIZED (
        -- What people decide about, as kb.adjudication names it.
        SELECT l.run_id, CASE l.target_table WHEN 'dim_entity' THEN 'entity' WHEN 'bridge_entity_relation' THEN 'relation'
            WHEN 'fact_attribute' THEN 'fact' ELSE l.target_table END AS kind, l.target_id
        FROM linked AS l
        UNION ALL
        SELECT s.run_id, 'assertion', s.assertion_id FROM assertion AS s
    ), decision AS MATERIALIZED (
        SELECT s.run_id, d.decided_at, d.undone_at, d.undone_by, jsonb_build_object('decision', d.decision, 'about', d.kind,
            'target_id', d.target_id, 'changes', nullif(d.changes, '{}'), 'decided_by', d.decided_by,
            'decided_as', d.decided_as, 'reason', d.reason) AS detail
        FROM subject AS s
        JOIN kb.adjudication AS d ON d.kind = s.kind AND d.target_id = s.target_id
        UNION
        SELECT i.run_id, d.decided_at, d.undone_at, d.undone_by, jsonb_build_object('decision', d.kind, 'about', 'entity',
            'target_id', d.entity_id, 'other_entity_id', d.other_entity_id, 'decided_by', d.decided_by,
            'decided_as', d.decided_as, 'reason', d.reason)
        FROM (
            SELECT l.run_id, n.identity_decision_id FROM linked AS l
            JOIN kb.identity_decision AS n ON n.entity_id = l.target_id
            WHERE l.target_table = 'dim_entity'
            UNION
            SELECT l.run_id, n.identity_decision_id FROM linked AS l
            JOIN kb.identity_decision AS n ON n.other_entity_id = l.target_id
            WHERE l.target_table = 'dim_entity'
            UNION
            SELECT k.run_id, n.identity_decision_id FROM run_key AS k JOIN kb.identity_decision AS n ON n.run_id = k.run_id
        ) AS i
        JOIN kb.identity_decision AS d ON d.identity_decision_id = i.identity_decision_id
    ), told (at, step, event, run_id, detail) AS (
        SELECT j.created_at, 0, 'enqueued', NULL::uuid, jsonb_build_object('created_by', j.created_by,
            'job_type', j.job_type, 'subject', j.subject, 'correlation_id', j.correlation_id,
            'source_page_id', j.source_page_id, 'dag_node_id', j.dag_node_id,
            'backfill_id', j.input #>> '{backfill,id}', 'replay_of', j.input #>> '{replay,run_id}')
        FROM job AS j
        UNION ALL
        SELECT r.started_at, 1, 'claimed', r.run_id, jsonb_build_object('attempt', r.attempt,
            'worker_id', r.worker_id, 'contract', r.contract_name || ' ' || r.contract_version)
        FROM run AS r
        UNION ALL
        SELECT c.started_at, 2, 'call', c.run_id, jsonb_build_object('call_no', c.call_no,
            'chunk_index', c.chunk_index, 'purpose', c.purpose, 'model', c.model, 'asked_model', c.asked_model,
            'cache_hit', c.cache_hit, 'input_tokens', c.input_tokens, 'output_tokens', c.output_tokens,
            'cost_usd', c.cost_usd, 'duration_ms', c.duration_ms, 'http_status', c.http_status,
            'finish_reason', c.finish_reason, 'error_code', c.error_code)
        FROM run_key AS k
        JOIN llm.call AS c ON c.run_id = k.run_id
        UNION ALL
        SELECT a.created_at, 3, 'artifact', a.run_id, jsonb_build_object('artifact_type', a.artifact_type,
            'lake_uri', a.lake_uri, 'byte_count', a.byte_count, 'pruned_at', a.pruned_at)
        FROM run_key AS k
        JOIN llm.artifact AS a ON a.run_id = k.run_id
        UNION ALL
        SELECT e.routed_at, 4, 'routed', e.run_id, e.counts || jsonb_build_object(
            'assertions', (SELECT count(*) FROM assertion AS s WHERE s.run_id = e.run_id),
            'quarantined', (SELECT count(s.quarantine_reason) FROM assertion AS s WHERE s.run_id = e.run_id))
        FROM run_key AS k
        JOIN kb.extraction AS e ON e.run_id = k.run_id
        UNION ALL
        -- The rows that rest on what this job said, of each table the first twenty.
        SELECT x.routed_at, 5, 'linked', g.run_id, jsonb_build_object('table', 'kb.' || g.target_table, 'rows', max(g.of_all),
            'ids', jsonb_agg(g.target_id ORDER BY g.target_id) FILTER (WHERE g.place <= 20))
        FROM (
            SELECT l.run_id, l.target_table, l.target_id,
                row_number() OVER (PARTITION BY l.run_id, l.target_table ORDER BY l.target_id) AS place,
                count(*) OVER (PARTITION BY l.run_id, l.target_table) AS of_all
            FROM linked AS l
        ) AS g
        JOIN kb.extraction AS x ON x.run_id = g.run_id
        GROUP BY x.routed_at, g.run_id, g.target_table
        UNION ALL
        SELECT r.finished_at, 6, CASE WHEN r.status <> 'RELEASED' THEN 'run_ended'
                WHEN r.error_code IN ('BUDGET_EXHAUSTED', 'LIMIT_REACHED') THEN 'held' ELSE 'released' END,
            r.run_id, jsonb_build_object('attempt', r.attempt, 'status', r.status, 'model', r.model,
                'duration_ms', r.duration_ms, 'input_tokens', r.input_tokens, 'output_tokens', r.output_tokens,
                'cost_usd', r.cost_usd, 'error_code', r.error_code, 'error', r.error)
        FROM run AS r
        UNION ALL
        SELECT e.happened_at, 7, e.event, NULL, e.detail || jsonb_build_object('done_by', e.done_by)
        FROM llm.job_event AS e
        WHERE e.job_id = p_job_id
        UNION ALL
        -- Before there was llm.job_event.
        SELECT j.last_escalated_at, 7, 'escalated', NULL, jsonb_build_object('to', j.priority)
        FROM job AS j
        WHERE j.last_escalated_at IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM llm.job_event AS e WHERE e.job_id = p_job_id AND e.event = 'escalated')
        UNION ALL
        SELECT j.started_at, 1, 'running', j.run_id, jsonb_build_object('worker_id', j.locked_by,
            'lease_expires_at', j.lease_expires_at, 'cancel_requested', j.cancel_requested)
        FROM job AS j
        WHERE j.status = 'RUNNING'
        UNION ALL
        SELECT j.finished_at, 8, 'job_ended', j.run_id, jsonb_build_object('status', j.status,
            'attempt_count', j.attempt_count, 'abandon_count', j.abandon_count, 'last_error_code', j.last_error_code,
            'last_error', j.last_error)
        FROM job AS j
        WHERE j.status IN ('SUCCEEDED', 'DEADLETTER', 'CANCELLED')
        UNION ALL
        SELECT d.decided_at, 9, 'decided', d.run_id, d.detail FROM decision AS d
        UNION ALL
        SELECT d.undone_at, 10, 'undone', d.run_id, jsonb_build_object('decision', d.detail -> 'decision',
            'about', d.detail -> 'about', 'target_id', d.detail -> 'target_id', 'undone_by', d.undone_by)
        FROM decision AS d
        WHERE d.undone_at IS NOT NULL
        UNION ALL
        SELECT j.archived_at, 11, 'archived', NULL, '{}'::jsonb FROM job AS j WHERE j.archived_at IS NOT NULL
        UNION ALL
        SELECT clock_timestamp(), 12, 'waiting', NULL, jsonb_build_object('status', j.status,
            'available_at', j.available_at, 'priority', j.priority, 'attempt_count', j.attempt_count,
            'paused', nullif(t.paused, false), 'last_error_code', j.last_error_code, 'last_error', j.last_error)
        FROM job AS j
        LEFT JOIN llm.job_type AS t ON t.job_type = j.job_type
        WHERE j.status IN ('NEW', 'SCHEDULED')
        UNION ALL
        SELECT clock_timestamp(), 13, 'purged', NULL, jsonb_build_object('what', 'job')
        WHERE NOT EXISTS (SELECT 1 FROM job) AND EXISTS (SELECT 1 FROM run)
        UNION ALL
        SELECT clock_timestamp(), 13, 'purged', j.run_id, jsonb_build_object('what', 'run')
        FROM job AS j
        WHERE j.run_id IS NOT NULL AND j.status <> 'RUNNING' AND NOT EXISTS (SELECT 1 FROM run AS r WHERE r.run_id = j.run_id)
    ), counted AS (
        SELECT t.*, row_number() OVER (PARTITION BY t.event ORDER BY t.at, t.step, t.run_id) AS place,
            count(*) OVER (PARTITION BY t.event) AS of_all
        FROM told AS t
    )
    SELECT c.at, c.step, c.event, p_job_id, c.run_id, jsonb_strip_nulls(c.detail)
    FROM counted AS c
    WHERE c.place <= coalesce(llm.fn_checked_limit(p_limit), 2147483647)
    UNION ALL
    SELECT max(c.at), 14, 'omitted', p_job_id, NULL, jsonb_build_object('event', c.event, 'count', count(*))
    FROM counted AS c
    WHERE c.place > coalesce(p_limit, 2147483647)
    GROUP BY c.event
    ORDER BY 1, 2, 5, 6;
$$;
