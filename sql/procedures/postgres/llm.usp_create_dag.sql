-- Purpose:     create a dag and open its first node.
-- Parameters:  p_kind, p_subject what it is about (one may run for each pair); p_options json, of which usd_limit is the most
--              USD that its jobs may cost together; p_nodes json array of {name, plan_job_type, plan_input?, blocking?,
--              blocking_items?, max_failed_share?} in order; p_created_by; p_now UTC;
--              p_correlation_id of all its jobs, null for one of its own.
-- Returns:     dag_id.
-- Errors:      DAG_RUNNING, INVALID_PAYLOAD, UNKNOWN_JOB_TYPE.
-- Idempotency: no: each call creates one, but only one of a kind and subject runs.
CREATE OR REPLACE FUNCTION llm.usp_create_dag(
    p_kind text, p_subject text, p_options jsonb, p_nodes jsonb, p_created_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL,
    p_correlation_id uuid DEFAULT NULL)
RETURNS TABLE (dag_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now    timestamptz := coalesce(p_now, clock_timestamp());
    v_dag_id bigint;
    v_bad    text;
BEGIN
    IF jsonb_typeof(p_nodes) IS DISTINCT FROM 'array' OR jsonb_array_length(p_nodes) = 0 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_nodes is not an array with at least one node' USING ERRCODE = 'SR004';
    END IF;
    IF p_options -> 'usd_limit' <> 'null' AND NOT jsonb_path_exists(
        p_options, '$.usd_limit ? (@.type() == "number" && @ >= 0 && @ < 100000000)') THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_options, usd_limit is no number from 0 on' USING ERRCODE = 'SR004';
    END IF;
    IF coalesce(p_kind, '') = '' OR coalesce(p_subject, '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_kind or p_subject is empty' USING ERRCODE = 'SR004';
    END IF;
    SELECT n.number || ', ' || CASE WHEN n.bad_blocking THEN 'blocking is no boolean'
            ELSE 'max_failed_share is no number from 0 to 1' END
    INTO v_bad
    FROM (
        SELECT i.number, jsonb_typeof(i.value -> 'blocking') NOT IN ('boolean', 'null')
                OR jsonb_typeof(i.value -> 'blocking_items') NOT IN ('boolean', 'null') AS bad_blocking,
            CASE jsonb_typeof(i.value -> 'max_failed_share')
                WHEN 'number' THEN (i.value ->> 'max_failed_share')::numeric NOT BETWEEN 0 AND 1
                WHEN 'null' THEN false ELSE i.value ? 'max_failed_share' END AS bad_share
        FROM jsonb_array_elements(p_nodes) WITH ORDINALITY AS i (value, number)
    ) AS n
    WHERE n.bad_blocking OR n.bad_share
    ORDER BY n.number LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_nodes, item %', v_bad USING ERRCODE = 'SR004';
    END IF;
    IF jsonb_path_exists(p_nodes, '$[*] ? (!exists(@.name) || @.name == null || @.name == "")') THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a node has no name' USING ERRCODE = 'SR004';
    END IF;
    SELECT coalesce(n.value ->> 'plan_job_type', '(none given)') INTO v_bad
    FROM jsonb_array_elements(p_nodes) AS n (value)
    LEFT JOIN llm.job_type AS t ON t.job_type = n.value ->> 'plan_job_type'
    WHERE t.job_type IS NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'UNKNOWN_JOB_TYPE: %', v_bad USING ERRCODE = 'SR003',
            HINT = 'SELECT job_type FROM llm.job_type lists the known ones.';
    END IF;
    INSERT INTO llm.dag AS d (kind, subject, options, created_by, correlation_id, started_at)
    VALUES (p_kind, p_subject, coalesce(p_options, '{}'), coalesce(p_created_by, session_user),
        coalesce(p_correlation_id, gen_random_uuid()), v_now)
    ON CONFLICT (kind, subject) WHERE status = 'RUNNING' DO NOTHING
    RETURNING d.dag_id INTO v_dag_id;
    IF v_dag_id IS NULL THEN
        RAISE EXCEPTION 'DAG_RUNNING: % of % is running', p_kind, p_subject USING ERRCODE = 'SR007',
            HINT = 'Wait until it ends, or cancel it with llm.usp_cancel_dag.';
    END IF;
    INSERT INTO llm.dag_node (dag_id, ordinal, name, blocking, blocking_items, max_failed_share, plan_job_type, plan_input)
    SELECT v_dag_id, n.ordinal, n.value ->> 'name', coalesce((n.value ->> 'blocking')::boolean, true),
        coalesce((n.value ->> 'blocking_items')::boolean, true),
        coalesce((n.value ->> 'max_failed_share')::numeric, 1), n.value ->> 'plan_job_type', coalesce(n.value -> 'plan_input', '{}')
    FROM jsonb_array_elements(p_nodes) WITH ORDINALITY AS n (value, ordinal);
    IF p_options ->> 'usd_limit' IS NOT NULL THEN
        PERFORM llm.usp_put_dag_limit(v_dag_id, (p_options ->> 'usd_limit')::numeric, v_now);
    END IF;
    PERFORM llm.usp_advance_dag(v_dag_id, v_now);
    RETURN QUERY SELECT v_dag_id;
END
$$;
