-- Purpose:     what a person would call a job about entities, by what they are called now; internal.
-- Parameters:  p_input of the job: {entity_id} or {first_entity_id, second_entity_id}.
-- Returns:     the subject.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_question_subject(p_input jsonb)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(string_agg(coalesce(e.entity_name, i.id), ' = ' ORDER BY i.place) || CASE WHEN count(*) > 1 THEN '?' ELSE '' END, '')
    FROM (VALUES (1, p_input ->> 'entity_id'), (2, p_input ->> 'first_entity_id'), (3, p_input ->> 'second_entity_id')) AS i (place, id)
    LEFT JOIN kb.dim_entity AS o ON o.entity_id::text = i.id
    LEFT JOIN kb.dim_entity AS e ON e.entity_id = kb.fn_master_entity(o.entity_id)
    WHERE i.id IS NOT NULL;
$$;
