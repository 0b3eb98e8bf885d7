-- Purpose:     take due jobs for a bounded time, highest priority first, oldest first among equals.
-- Parameters:  p_worker_id who claims; p_job_types json array of names (null = all); p_batch_size most jobs;
--              p_min_priority (null = any); p_now UTC, default the server's clock.
-- Returns:     one row a claimed job with the run_id of this attempt, in claim order.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: every call claims afresh; a claim that nobody hears of is rescued when its lease ends.
CREATE OR REPLACE FUNCTION llm.usp_claim_jobs(
    p_worker_id uuid, p_job_types jsonb DEFAULT NULL, p_batch_size integer DEFAULT 1, p_min_priority integer DEFAULT NULL,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (
    job_id bigint, run_id uuid, job_type text, subject text, attempt integer, abandon_count integer, priority integer,
    correlation_id uuid, source_page_id bigint, dag_node_id bigint, contract_version text, input jsonb)
-- Index access only: the queue grows and shrinks faster than its statistics are gathered.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    -- A run_id is a UUID of version 7: the time first, so that rows keyed by it are appended, then what is random in
    -- this call, then the job's id, so that no two runs share one.
    v_prefix  text := lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
        || substr(gen_random_uuid()::text, 16, 9);
    v_types   text[];
    v_leases  interval[];
    v_quotas  integer[];
    v_capped  boolean;
    v_due     boolean;
    v_size    integer := greatest(coalesce(p_batch_size, 1), 0);
    v_window  integer := greatest(v_size, 1);
    v_least   integer := coalesce(p_min_priority, -2147483648);
    v_seen    bigint[];
    v_claimed bigint[];
BEGIN
    IF p_worker_id IS NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_worker_id is null' USING ERRCODE = 'SR004',
            HINT = 'Every process that claims has a uuid of its own.';
    END IF;

    -- A lost claim is only a rerun, and its run_id is never issued again.
    PERFORM set_config('synchronous_commit', 'off', true);

    -- Most claims find nothing that came due and no cap, and need no statement for either.
    SELECT array_agg(t.job_type), array_agg(t.lease_seconds * interval '1 second'),
        array_agg(2147483647), coalesce(bool_or(t.max_running IS NOT NULL), false),
        EXISTS (SELECT 1 FROM llm.job AS d WHERE d.status = 'SCHEDULED' AND d.available_at <= v_now)
    INTO v_types, v_leases, v_quotas, v_capped, v_due
    FROM llm.job_type AS t
    WHERE NOT t.paused AND (p_job_types IS NULL OR p_job_types ? t.job_type);

    IF v_due THEN
        UPDATE llm.job AS j
        SET status = 'NEW'
        WHERE j.job_id = ANY (ARRAY (
            SELECT d.job_id FROM llm.job AS d
            WHERE d.status = 'SCHEDULED' AND d.available_at <= v_now
            ORDER BY d.available_at
            LIMIT 1000
            FOR UPDATE SKIP LOCKED));
    END IF;

    -- Whoever claims a capped type holds its row until commit, so the count below is exact.
    IF v_capped THEN
        PERFORM 1 FROM llm.job_type AS t
        WHERE t.job_type = ANY (v_types) AND t.max_running IS NOT NULL
        ORDER BY t.job_type
        FOR NO KEY UPDATE;

        SELECT array_agg(t.job_type), array_agg(t.lease_seconds * interval '1 second'), array_agg(
            CASE WHEN t.max_running IS NULL THEN 2147483647
                 ELSE t.max_running - (SELECT count(*)::integer FROM llm.job AS r
                                       WHERE r.status = 'RUNNING' AND r.job_type = t.job_type) END)
        INTO v_types, v_leases, v_quotas
        FROM llm.job_type AS t
        WHERE t.job_type = ANY (v_types) AND NOT t.paused;
    END IF;

    -- Jobs of one type are locked as they are read.
    IF cardinality(v_types) = 1 THEN
        v_claimed := ARRAY (
            SELECT n.job_id FROM llm.job AS n
            WHERE n.status = 'NEW' AND n.job_type = v_types[1] AND n.priority >= v_least
            ORDER BY n.priority DESC, n.available_at, n.job_id
            LIMIT greatest(least(v_quotas[1], v_size), 0)
            FOR UPDATE SKIP LOCKED);
    END IF;

    -- Candidates of several are read unlocked, each type from its end of the index, then locked in one global order.
    -- Others may hold the first of them: then the window grows until the batch is full or nothing is left.
    WHILE v_claimed IS NULL LOOP
        v_seen := ARRAY (
            SELECT c.job_id
            FROM unnest(v_types, v_quotas) AS t (job_type, quota)
            CROSS JOIN LATERAL (
                SELECT n.job_id FROM llm.job AS n
                WHERE n.status = 'NEW' AND n.job_type = t.job_type AND n.priority >= v_least
                ORDER BY n.priority DESC, n.available_at, n.job_id
                LIMIT greatest(least(t.quota, v_window), 0)
            ) AS c);

        v_claimed := ARRAY (
            SELECT l.job_id FROM llm.job AS l
            WHERE l.job_id = ANY (v_seen) AND l.status = 'NEW'
            ORDER BY l.priority DESC, l.available_at, l.job_id
            LIMIT v_size
            FOR UPDATE SKIP LOCKED);

        EXIT WHEN cardinality(v_claimed) >= v_size
            OR cardinality(v_seen) < v_window
            OR v_window >= 64 * v_size;
        v_window := v_window * 4;
    END LOOP;

    RETURN QUERY
    WITH claimed AS (
        UPDATE llm.job AS j
        SET status = 'RUNNING', run_id = (v_prefix || lpad(to_hex(j.job_id), 12, '0'))::uuid, locked_by = p_worker_id,
            started_at = v_now, lease_expires_at = v_now + v_leases[array_position(v_types, j.job_type)]
        WHERE j.job_id = ANY (v_claimed)
        RETURNING j.job_id, j.run_id, j.job_type, j.subject, j.attempt_count, j.abandon_count, j.priority,
            j.correlation_id, j.source_page_id, j.dag_node_id, j.contract_version, j.input, j.available_at
    )
    SELECT c.job_id, c.run_id, c.job_type, c.subject, c.attempt_count + 1, c.abandon_count, c.priority,
        c.correlation_id, c.source_page_id, c.dag_node_id, c.contract_version, c.input
    FROM claimed AS c
    ORDER BY c.priority DESC, c.available_at, c.job_id;
END
$$;
