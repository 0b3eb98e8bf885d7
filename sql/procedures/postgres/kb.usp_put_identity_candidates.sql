-- Purpose:     store the pairs that the dedupe audit found.
-- Parameters:  p_candidates json array of {first_entity_id, second_entity_id, score (0..1), strength, reasons, job_id?}; p_now UTC.
-- Returns:     inserted, updated.
-- Errors:      INVALID_PAYLOAD, UNKNOWN_ENTITY.
-- Idempotency: a pair that is known gets its score, reasons and job; one that was decided stays decided.
CREATE OR REPLACE FUNCTION kb.usp_put_identity_candidates(p_candidates jsonb, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (inserted integer, updated integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := coalesce(p_now, clock_timestamp());
BEGIN
    IF jsonb_typeof(p_candidates) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the candidates are not a json array' USING ERRCODE = 'SR004';
    END IF;
    PERFORM kb.usp_check_entities((
        SELECT coalesce(jsonb_agg(x.id), '[]') FROM jsonb_array_elements(p_candidates) AS c (value)
        CROSS JOIN LATERAL (VALUES (c.value -> 'first_entity_id'), (c.value -> 'second_entity_id')) AS x (id)), 'audit');

    WITH given AS (
        SELECT DISTINCT ON (1, 2) least(c.first_entity_id, c.second_entity_id) AS first_entity_id,
            greatest(c.first_entity_id, c.second_entity_id) AS second_entity_id, round(c.score, 4) AS score, c.strength,
            coalesce(c.reasons, '[]') AS reasons, c.job_id
        FROM jsonb_to_recordset(p_candidates) AS c (first_entity_id bigint, second_entity_id bigint, score numeric, strength text,
            reasons jsonb, job_id bigint)
        WHERE c.first_entity_id <> c.second_entity_id
        ORDER BY 1, 2, c.score DESC
    ), put AS (
        INSERT INTO kb.identity_candidate AS k (first_entity_id, second_entity_id, score, strength, reasons, status, job_id, found_at, updated_at)
        SELECT g.first_entity_id, g.second_entity_id, g.score, g.strength, g.reasons, CASE WHEN g.job_id IS NULL THEN 'open' ELSE 'asked' END,
            g.job_id, v_now, v_now
        FROM given AS g
        ORDER BY g.first_entity_id, g.second_entity_id
        ON CONFLICT (first_entity_id, second_entity_id) DO UPDATE
        SET score = EXCLUDED.score, strength = EXCLUDED.strength, reasons = EXCLUDED.reasons,
            job_id = coalesce(EXCLUDED.job_id, k.job_id), updated_at = v_now,
            status = CASE WHEN k.status = 'open' AND EXCLUDED.job_id IS NOT NULL THEN 'asked' ELSE k.status END
        RETURNING (xmax = 0) AS is_new
    )
    SELECT count(*) FILTER (WHERE p.is_new), count(*) FILTER (WHERE NOT p.is_new) INTO inserted, updated FROM put AS p;
    RETURN NEXT;
END
$$;
