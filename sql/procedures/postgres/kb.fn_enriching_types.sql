-- Purpose:     the job types of many pages that spoke of an entity, or do so now: what is asked again when its evidence changes.
-- Parameters:  p_entity_id, a master.
-- Returns:     job_type. What was asked about it together with something that is another entity again does not count.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_enriching_types(p_entity_id bigint)
RETURNS TABLE (job_type text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH own AS (SELECT k.subject_key FROM kb.fn_subject_keys(p_entity_id) AS k)
    SELECT t.job_type
    FROM llm.job_type AS t
    WHERE t.handler = 'enrichment' AND (
        EXISTS (SELECT 1 FROM own AS o JOIN kb.assertion AS a ON a.subject_key = o.subject_key AND a.subject_key <> ''
                WHERE a.job_type = t.job_type AND a.retracted_at IS NULL)
        OR EXISTS (SELECT 1 FROM own AS o JOIN kb.extraction AS x ON x.subject_key = o.subject_key AND x.subject_key <> ''
                   WHERE x.job_type = t.job_type
                     AND x.subject_group <@ (SELECT jsonb_agg(w.subject_key) FROM own AS w))
        -- It may have read its evidence already.
        OR EXISTS (SELECT 1 FROM llm.job AS j
                   WHERE j.job_type = t.job_type AND j.status = 'RUNNING'
                     AND j.input ->> 'entity_id' IN (SELECT g.entity_id::text FROM kb.fn_merge_group(p_entity_id) AS g)));
$$;
