-- Purpose:     route the plan of a dag node: apply what it settled, enqueue its items, keep its message.
-- Parameters:  p_job_id, p_run_id; p_payload {contract, version, subject: {ontology_id, subject_key: the node}, message, items:
--              [{job_type, subject_key, subject, input_sha256, because?, facts?}], facts?: what onto.usp_apply_<node> takes}; p_now UTC.
-- Returns:     the job's status and outcome: {status: routed, items, applied?}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, UNKNOWN_JOB_TYPE, INVALID_STATE for a node that
--              is not open.
-- Idempotency: the same call again returns what it stored; an item that the node had already with the same input is not
--              enqueued again. All of it is one transaction.
CREATE OR REPLACE FUNCTION onto.usp_process_ontology_plan_output(
    p_job_id bigint, p_run_id uuid, p_payload jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (status text, outcome jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now     timestamptz := coalesce(p_now, clock_timestamp());
    v_begin   record;
    v_job     llm.job;
    v_facts   jsonb := p_payload -> 'facts';
    v_applied jsonb;
    v_id      bigint;
BEGIN
    SELECT b.* INTO v_begin FROM onto.usp_begin_routing(p_job_id, p_run_id, p_payload, v_now) AS b;
    IF v_begin.state = 'done' THEN
        RETURN QUERY SELECT CASE v_begin.outcome ->> 'status' WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'SUCCEEDED' END, v_begin.outcome;
        RETURN;
    END IF;
    IF jsonb_typeof(p_payload -> 'items') IS DISTINCT FROM 'array' OR coalesce(p_payload ->> 'message', '') = ''
        OR jsonb_path_exists(p_payload, '$.items[*] ? (@.type() != "object" || !exists(@.job_type) || !exists(@.subject_key)
            || !exists(@.input_sha256) || @.subject_key.type() != "string" || @.input_sha256.type() != "string")') THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a plan has a message and items, each with job_type, subject_key and input_sha256'
            USING ERRCODE = 'SR004';
    END IF;
    SELECT * INTO v_job FROM llm.job AS j WHERE j.job_id = p_job_id;

    -- One plan of an ontology settles at a time, and the ontology is held before what is in it, as by edits.
    PERFORM 1 FROM onto.ontology AS o WHERE o.ontology_id = v_begin.ontology_id FOR NO KEY UPDATE;
    v_id := v_begin.ontology_id;
    IF coalesce(v_facts, 'null') = 'null' THEN
        v_applied := NULL;
    ELSIF v_begin.subject_key = 'SchemaProfile' THEN
        v_applied := onto.usp_apply_schema_profile(v_id, v_facts, p_run_id, v_begin.dag_id, v_now);
    ELSIF v_begin.subject_key = 'RelationshipDiscovery' THEN
        v_applied := onto.usp_apply_relationship_discovery(v_id, v_facts, p_run_id, v_begin.dag_id, v_now);
    ELSIF v_begin.subject_key = 'RelationshipEnrichment' THEN
        v_applied := onto.usp_apply_relationship_enrichment(v_id, v_facts, p_run_id, v_begin.dag_id, v_now);
    ELSIF v_begin.subject_key = 'EntityDiscovery' THEN
        v_applied := onto.usp_apply_entity_discovery(v_id, v_facts, p_run_id, v_begin.dag_id, v_now);
        IF v_facts -> 'settled' IS NOT NULL THEN
            v_applied := v_applied || onto.usp_apply_relationship_enrichment(v_id, v_facts, p_run_id, v_begin.dag_id, v_now);
        END IF;
    ELSIF v_begin.subject_key = 'ColumnEnrichment' THEN
        v_applied := onto.usp_apply_column_enrichment(v_id, v_facts, p_run_id, v_begin.dag_id, v_now);
    ELSIF v_begin.subject_key = 'OntologyFinalization' THEN
        v_applied := onto.usp_apply_ontology_finalization(v_id, v_facts, p_run_id, v_begin.dag_id, v_now);
    ELSE
        RAISE EXCEPTION 'INVALID_PAYLOAD: the node % settles nothing', v_begin.subject_key USING ERRCODE = 'SR004';
    END IF;

    IF jsonb_array_length(p_payload -> 'items') > 0 THEN
        PERFORM llm.usp_enqueue_jobs((
            SELECT jsonb_agg(jsonb_build_object(
                'job_type', i.value ->> 'job_type',
                'subject', coalesce(nullif(i.value ->> 'subject', ''), i.value ->> 'subject_key'),
                'dag_node_id', v_begin.dag_node_id, 'correlation_id', v_job.correlation_id,
                'dedupe_key', (i.value ->> 'job_type') || ':' || CASE WHEN v_begin.dag_node_id IS NULL THEN p_job_id || ':' ELSE '' END
                    || v_begin.ontology_id || ':' || (i.value ->> 'subject_key') || ':' || (i.value ->> 'input_sha256'),
                'input', jsonb_build_object('ontology_id', v_begin.ontology_id, 'datasource', v_job.input ->> 'datasource',
                        'subject_key', i.value ->> 'subject_key', 'input_sha256', i.value ->> 'input_sha256')
                    || CASE WHEN v_job.input ->> 'full' = 'true' THEN '{"full": true, "fresh": true}'::jsonb ELSE '{}' END
                    || CASE WHEN i.value ->> 'because' IS NULL THEN '{}' ELSE jsonb_build_object('because', i.value -> 'because') END
                    || CASE WHEN i.value -> 'facts' IS NULL THEN '{}' ELSE jsonb_build_object('facts', i.value -> 'facts') END)
                ORDER BY i.place)
            FROM jsonb_array_elements(p_payload -> 'items') WITH ORDINALITY AS i (value, place)), v_now);
    END IF;
    UPDATE llm.dag_node AS n SET plan_message = p_payload ->> 'message' WHERE n.dag_node_id = v_begin.dag_node_id;

    RETURN QUERY
    SELECT c.status, c.outcome
    FROM llm.usp_complete_job(p_job_id, p_run_id,
        jsonb_strip_nulls(jsonb_build_object('status', 'routed', 'items', jsonb_array_length(p_payload -> 'items'), 'applied', v_applied)),
        NULL, v_now) AS c;
END
$$;
