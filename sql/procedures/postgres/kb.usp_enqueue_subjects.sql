-- Purpose:     have entities that a job of many pages spoke of looked at again, because their evidence changed; internal.
-- Parameters:  p_entity_ids; p_cause for the jobs' keys: what changed, once; p_now UTC;
--              p_correlation_id of what set it off (null = one of their own, shared).
-- Returns:     how many jobs were made.
-- Errors:      none.
-- Idempotency: one job a cause; none where one made here waits: it will read what this transaction wrote.
CREATE OR REPLACE FUNCTION kb.usp_enqueue_subjects(p_entity_ids bigint[], p_cause text, p_now timestamptz, p_correlation_id uuid DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_subject record;
    v_jobs    jsonb := '[]';
    v_prefix  text;
    v_correlation_id uuid := coalesce(p_correlation_id, gen_random_uuid());
BEGIN
    IF NOT EXISTS (SELECT 1 FROM kb.extraction AS x WHERE x.subject_key <> '')
        AND NOT EXISTS (SELECT 1 FROM kb.assertion AS a WHERE a.subject_key <> '' AND a.retracted_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM llm.job_type AS t JOIN llm.job AS j ON j.job_type = t.job_type AND j.status = 'RUNNING'
                        WHERE t.handler = 'enrichment') THEN
        RETURN 0;
    END IF;
    FOR v_subject IN
        SELECT t.job_type, e.entity_id, e.entity_name
        FROM (SELECT DISTINCT kb.fn_master_entity(i.entity_id) AS entity_id FROM unnest(p_entity_ids) AS i (entity_id)) AS m
        JOIN kb.dim_entity AS e ON e.entity_id = m.entity_id
        CROSS JOIN LATERAL kb.fn_enriching_types(m.entity_id) AS t
        ORDER BY t.job_type, e.entity_id
    LOOP
        v_prefix := v_subject.job_type || ':entity:' || v_subject.entity_id;
        -- Locked, it is not claimed before this transaction has ended; one that is being claimed is passed over.
        PERFORM 1 FROM llm.job AS j
        WHERE j.dedupe_key >= v_prefix || ':' AND j.dedupe_key < v_prefix || ';' AND j.status IN ('NEW', 'SCHEDULED')
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            v_jobs := v_jobs || jsonb_build_object('job_type', v_subject.job_type, 'subject', v_subject.entity_name,
                'input', jsonb_build_object('entity_id', v_subject.entity_id), 'dedupe_key', v_prefix || ':' || p_cause,
                'correlation_id', v_correlation_id);
        END IF;
    END LOOP;
    RETURN CASE WHEN v_jobs = '[]' THEN 0
        ELSE (SELECT count(*) FILTER (WHERE q.created) FROM llm.usp_enqueue_jobs(v_jobs, p_now) AS q) END;
END
$$;
