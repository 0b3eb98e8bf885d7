-- Purpose:     start the dag of an ontology, which is made if there is none: an extraction, or a small dag of a few items.
-- Parameters:  p_datasource; p_target what a small dag is about, empty for an extraction; p_options as in llm.usp_create_dag;
--              p_nodes json array of {name, blocking?, plan_input? {tables?, subject_keys?, full?}} in order: what each plan is
--              asked for; p_created_by default the login; p_now UTC; p_correlation_id of all its jobs, null for one of its own.
-- Returns:     dag_id, ontology_id.
-- Errors:      NOT_FOUND, DAG_RUNNING, INVALID_PAYLOAD, UNKNOWN_JOB_TYPE.
-- Idempotency: no: each call starts one, but only one extraction of a datasource runs, and one small dag of a target. The
--              ontology is not deleted meanwhile: who deletes it waits, and finds the dag running.
CREATE OR REPLACE FUNCTION onto.usp_create_dag(
    p_datasource text, p_target text, p_options jsonb, p_nodes jsonb, p_created_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL,
    p_correlation_id uuid DEFAULT NULL)
RETURNS TABLE (dag_id bigint, ontology_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := coalesce(p_now, clock_timestamp());
    v_id  bigint;
BEGIN
    IF jsonb_typeof(p_nodes) IS DISTINCT FROM 'array'
        OR EXISTS (SELECT 1 FROM jsonb_array_elements(p_nodes) AS n (value)
                   WHERE jsonb_typeof(n.value) <> 'object' OR jsonb_typeof(coalesce(n.value -> 'plan_input', '{}')) <> 'object') THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_nodes is no array of {name, blocking?, plan_input?}' USING ERRCODE = 'SR004';
    END IF;
    -- One that is being deleted is gone once it is waited for, and made anew.
    WHILE v_id IS NULL LOOP
        PERFORM 1 FROM onto.usp_create_ontology(p_datasource, v_now);
        SELECT o.ontology_id INTO v_id FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR KEY SHARE;
    END LOOP;
    RETURN QUERY
    SELECT d.dag_id, v_id
    FROM llm.usp_create_dag(
        CASE coalesce(p_target, '') WHEN '' THEN 'ontology' ELSE 'ontology:item' END,
        p_datasource || CASE coalesce(p_target, '') WHEN '' THEN '' ELSE ':' || p_target END, p_options, (
            SELECT jsonb_agg(n.value || jsonb_build_object('blocking_items', false, 'plan_job_type', 'ontology_plan',
                'plan_input', coalesce(n.value -> 'plan_input', '{}')
                    || jsonb_build_object('ontology_id', v_id, 'datasource', p_datasource, 'node', n.value -> 'name')) ORDER BY n.place)
            FROM jsonb_array_elements(p_nodes) WITH ORDINALITY AS n (value, place)), p_created_by, v_now, p_correlation_id) AS d;
END
$$;
