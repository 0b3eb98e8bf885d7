-- Purpose:     enqueue jobs in one call; a job whose dedupe key is known is found, not made again.
-- Parameters:  p_jobs json array of {job_type, subject?, priority?, dedupe_key?, correlation_id?, source_page_id?,
--              dag_node_id?, input?, available_at?, max_attempts?, rerun?, is_repeat?}; p_now UTC, default the server's clock.
--              Without dedupe_key a page job gets job_type:page:id:contract version (and :rerun:n), any other job a
--              key of its own; jobs of a dag carry their node in front of it. is_repeat true: this may have been called before and
--              its answer lost; what has the item's correlation_id is reported as created.
-- Returns:     one row an item, in order: ordinal (1..n), job_id, status, created, hint.
-- Errors:      UNKNOWN_JOB_TYPE, INVALID_PAYLOAD naming item and field; INVALID_STATE for a dag node that is not open.
-- Idempotency: repeating the call finds the same jobs, also when raced, but for those without dedupe_key and page: they
--              are other jobs each time. Rows go in in key order, so no deadlock.
CREATE OR REPLACE FUNCTION llm.usp_enqueue_jobs(p_jobs jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (ordinal bigint, job_id bigint, status text, created boolean, hint text)
-- Index access only: the queue grows and shrinks faster than its statistics are gathered.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    v_now  timestamptz := coalesce(p_now, clock_timestamp());
    v_bad  text;
    v_keys text[];
    v_ids  bigint[];
    v_due  boolean;
    v_is_alone boolean;
    v_is_repeat boolean := jsonb_path_exists(p_jobs, '$[*].is_repeat ? (@ == true)');
BEGIN
    IF jsonb_typeof(p_jobs) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_jobs is not a json array' USING ERRCODE = 'SR004',
            HINT = 'Pass an array of objects, each with at least job_type.';
    END IF;

    SELECT i.value ->> 'job_type' INTO v_bad
    FROM jsonb_array_elements(p_jobs) AS i (value)
    LEFT JOIN llm.job_type AS t ON t.job_type = i.value ->> 'job_type'
    WHERE t.job_type IS NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'UNKNOWN_JOB_TYPE: %', coalesce(v_bad, '(none given)') USING ERRCODE = 'SR003',
            HINT = 'SELECT job_type FROM llm.job_type lists the known ones.';
    END IF;

    -- What would be read without a complaint; the rest complains by itself, see the end.
    IF jsonb_path_exists(p_jobs, '$[*] ? (@.max_attempts < 1 || @.max_attempts.type() == "string"
        || @.rerun < 0 || @.rerun != @.rerun.floor() || @.rerun.type() == "string")')
        OR jsonb_path_exists(p_jobs, '$[*].available_at ? (@ != null)') AND EXISTS (
            SELECT 1 FROM jsonb_path_query(p_jobs, '$[*].available_at ? (@ != null)') AS a (value)
            WHERE llm.fn_instant(a.value #>> '{}') IS NULL)
    THEN
        RAISE data_exception;
    END IF;

    -- Held to the end: whoever cancels the dag waits, and then finds these jobs.
    IF jsonb_path_exists(p_jobs, '$[*].dag_node_id ? (@ != null)') THEN
        PERFORM 1 FROM llm.dag_node AS n
        WHERE n.dag_node_id IN (SELECT (i.value ->> 'dag_node_id')::bigint FROM jsonb_array_elements(p_jobs) AS i (value))
        ORDER BY n.dag_node_id
        FOR SHARE;
        SELECT i.value ->> 'dag_node_id' INTO v_bad
        FROM jsonb_array_elements(p_jobs) AS i (value)
        LEFT JOIN llm.dag_node AS n ON n.dag_node_id = (i.value ->> 'dag_node_id')::bigint
        WHERE i.value ->> 'dag_node_id' IS NOT NULL AND n.status IS DISTINCT FROM 'RUNNING'
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'INVALID_STATE: the dag node % is not open', v_bad USING ERRCODE = 'SR010',
                HINT = 'Its dag was cancelled or has gone on; nothing was enqueued.';
        END IF;
    END IF;

    -- While it is held shared, nothing is archived. Otherwise what was placed is compared with the archive once more.
    v_is_alone := pg_try_advisory_xact_lock_shared(7365526002);

    SELECT array_agg(
        CASE WHEN octet_length(k.key) <= 1600 THEN k.key
             ELSE left(k.key, 300) || ':' || encode(sha256(convert_to(k.key, 'UTF8')), 'hex') END
        ORDER BY k.ordinal)
    INTO v_keys
    FROM (
        SELECT i.ordinal,
            CASE WHEN i.value ->> 'dag_node_id' IS NULL THEN '' ELSE 'dag:' || (i.value ->> 'dag_node_id') || ':' END
            || coalesce(
                nullif(i.value ->> 'dedupe_key', ''),
                (i.value ->> 'job_type') || ':page:' || (i.value ->> 'source_page_id')::bigint || ':' || t.contract_version,
                (i.value ->> 'job_type') || ':' || gen_random_uuid())
            || CASE WHEN coalesce(i.value ->> 'rerun', '0') = '0' THEN '' ELSE ':rerun:' || (i.value ->> 'rerun') END AS key
        FROM jsonb_array_elements(p_jobs) WITH ORDINALITY AS i (value, ordinal)
        JOIN llm.job_type AS t ON t.job_type = i.value ->> 'job_type'
    ) AS k;

    -- In the order of the array; ids of jobs that turn out to be known are never used.
    v_ids := ARRAY (SELECT nextval('llm.job_job_id_seq') FROM generate_series(1, cardinality(v_keys)));

    WITH item AS (
        SELECT DISTINCT ON (i.key) i.job_type, i.subject, i.priority, i.correlation_id, i.source_page_id, i.dag_node_id, i.input,
            llm.fn_instant(i.available_at) AS available_at, i.max_attempts, i.key, i.job_id
        FROM ROWS FROM (
            jsonb_to_recordset(p_jobs) AS (
                job_type text, subject text, priority integer, correlation_id uuid, source_page_id bigint,
                dag_node_id bigint, input jsonb, available_at text, max_attempts integer),
            unnest(v_keys, v_ids)
        ) AS i (
            job_type, subject, priority, correlation_id, source_page_id, dag_node_id, input, available_at,
            max_attempts, key, job_id)
        ORDER BY i.key, i.job_id
    ), placed AS (
        INSERT INTO llm.job (job_id, job_type, subject, status, priority, dedupe_key, correlation_id, source_page_id,
            dag_node_id, input, contract_version, available_at, max_attempts, created_at)
        OVERRIDING SYSTEM VALUE
        SELECT n.job_id, n.job_type, coalesce(n.subject, n.job_type),
            CASE WHEN n.available_at > v_now THEN 'SCHEDULED' ELSE 'NEW' END,
            coalesce(n.priority, t.default_priority), n.key, coalesce(n.correlation_id, gen_random_uuid()),
            n.source_page_id, n.dag_node_id,
            coalesce(n.input, jsonb_strip_nulls(jsonb_build_object('source_page_id', n.source_page_id))),
            t.contract_version, coalesce(n.available_at, v_now), coalesce(n.max_attempts, t.max_attempts), v_now
        FROM item AS n
        JOIN llm.job_type AS t ON t.job_type = n.job_type
        WHERE (SELECT a.job_id FROM llm.job_archive AS a
               WHERE a.dedupe_key = n.key AND a.status = 'SUCCEEDED' LIMIT 1) IS NULL
        ORDER BY n.key
        ON CONFLICT (dedupe_key) DO NOTHING
        RETURNING status
    )
    SELECT bool_or(placed.status = 'NEW') INTO v_due FROM placed;

    IF NOT v_is_alone THEN
        DELETE FROM llm.job AS j
        USING llm.job_archive AS a
        WHERE j.job_id = ANY (v_ids) AND a.dedupe_key = j.dedupe_key AND a.status = 'SUCCEEDED';
    END IF;

    IF v_due THEN
        PERFORM pg_notify('sproute_work', '');
    END IF;

    RETURN QUERY
    SELECT k.ordinal, coalesce(j.job_id, a.job_id), coalesce(j.status, a.status),
        coalesce(j.job_id = k.job_id OR v_is_repeat AND p_jobs -> (k.ordinal - 1)::integer ->> 'is_repeat' = 'true'
            AND j.correlation_id = (p_jobs -> (k.ordinal - 1)::integer ->> 'correlation_id')::uuid, false),
        CASE WHEN j.status IN ('DEADLETTER', 'CANCELLED')
             THEN 'The job ended as ' || j.status || '; llm.usp_retry_jobs runs it again.' END
    FROM unnest(v_keys, v_ids) WITH ORDINALITY AS k (key, job_id, ordinal)
    LEFT JOIN LATERAL (
        SELECT n.job_id, n.status, n.correlation_id FROM llm.job AS n WHERE n.dedupe_key = k.key LIMIT 1) AS j ON true
    LEFT JOIN LATERAL (
        SELECT n.job_id, n.status FROM llm.job_archive AS n
        WHERE j.job_id IS NULL AND n.dedupe_key = k.key AND n.status = 'SUCCEEDED'
        LIMIT 1) AS a ON true
    ORDER BY k.ordinal;
EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION 'INVALID_PAYLOAD: p_jobs, %', coalesce(llm.fn_item_fault(p_jobs), SQLERRM) USING ERRCODE = 'SR004',
        HINT = 'Nothing was enqueued; the header of llm.usp_enqueue_jobs lists the fields.';
END
$$;
