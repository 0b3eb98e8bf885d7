-- Purpose:     refuse ids that are none, unknown entities and a decision by nobody; internal.
-- Parameters:  p_entity_ids json array; p_decided_by.
-- Returns:     nothing.
-- Errors:      UNKNOWN_ENTITY, INVALID_PAYLOAD.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.usp_check_entities(p_entity_ids jsonb, p_decided_by text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bad text;
BEGIN
    IF coalesce(btrim(p_decided_by), '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a decision needs the name of who decided' USING ERRCODE = 'SR004';
    END IF;
    IF jsonb_typeof(p_entity_ids) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: entity ids are not a json array' USING ERRCODE = 'SR004';
    END IF;
    SELECT coalesce(i.value #>> '{}', 'null') INTO v_bad FROM jsonb_array_elements(p_entity_ids) AS i (value)
    WHERE i.value #>> '{}' !~ '^[0-9]{1,18}$' IS NOT FALSE LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: % is no entity id', v_bad USING ERRCODE = 'SR004';
    END IF;
    SELECT i.value #>> '{}' INTO v_bad FROM jsonb_array_elements(p_entity_ids) AS i (value)
    WHERE NOT EXISTS (SELECT 1 FROM kb.dim_entity AS e WHERE e.entity_id = (i.value #>> '{}')::bigint AND e.forgotten_at IS NULL) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'UNKNOWN_ENTITY: no entity has the id %', v_bad USING ERRCODE = 'SR009',
            HINT = 'SELECT entity_id, entity_name FROM kb.dim_entity lists the known ones.';
    END IF;
END
$$;
