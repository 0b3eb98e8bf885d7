-- Purpose:     retract what was said of entities from the evidence of others, once they are not one with these any more;
--              internal.
-- Parameters:  p_entity_ids whose merges were undone; p_now UTC.
-- Returns:     how many assertions were retracted.
-- Errors:      none.
-- Idempotency: what is retracted stays so. Nobody routes meanwhile: the caller holds the lock.
CREATE OR REPLACE FUNCTION kb.usp_retract_strayed(p_entity_ids bigint[], p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ids bigint[];
BEGIN
    v_ids := ARRAY (
        SELECT a.assertion_id
        FROM (SELECT DISTINCT kb.fn_master_entity(i.entity_id) AS entity_id FROM unnest(p_entity_ids) AS i (entity_id)) AS m
        CROSS JOIN LATERAL (SELECT array_agg(s.subject_key) AS subject_keys FROM kb.fn_subject_keys(m.entity_id) AS s) AS k
        JOIN kb.assertion AS a ON a.subject_key = ANY (k.subject_keys) AND a.subject_key <> '' AND a.retracted_at IS NULL
        JOIN kb.extraction AS x ON x.run_id = a.run_id
        WHERE NOT x.subject_group <@ to_jsonb(k.subject_keys));
    IF cardinality(v_ids) > 0 THEN
        PERFORM kb.usp_retract_assertions(v_ids, p_now);
    END IF;
    RETURN cardinality(v_ids);
END
$$;
