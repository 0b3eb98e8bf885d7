-- Purpose:     refuse rows that cannot be loaded as they are; internal.
-- Parameters:  p_item_kind 'entity' or 'relationship'; p_rows json array.
-- Returns:     nothing.
-- Errors:      INVALID_PAYLOAD naming item_index (from 0) and field.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.usp_check_loaded_rows(p_item_kind text, p_rows jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bad record;
BEGIN
    IF jsonb_typeof(p_rows) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the rows are not a json array' USING ERRCODE = 'SR004';
    END IF;
    SELECT i.place - 1 AS item_index, f.field, f.fault INTO v_bad
    FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS i (value, place)
    CROSS JOIN LATERAL kb.fn_loaded_faults(p_item_kind, i.value) AS f
    ORDER BY i.place
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: item_index %, field %: %', v_bad.item_index, v_bad.field, v_bad.fault
            USING ERRCODE = 'SR004', HINT = CASE WHEN v_bad.fault LIKE 'not ASCII%' THEN
                'kb.usp_batch_insert_entities and kb.usp_batch_insert_entity_relations take keys, as src/knowledge/name-key.ts and time-bound.ts compute them; nothing was written.'
                ELSE 'Nothing was written.' END;
    END IF;
END
$$;
