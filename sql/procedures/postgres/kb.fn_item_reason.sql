-- Purpose:     why an item is quarantined whatever its quote is; internal.
-- Parameters:  p_keys as in kb.assertion.
-- Returns:     the reason; null: it can be routed.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_item_reason(p_keys jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_keys ->> 'name_key' = '' OR '' IN (p_keys ->> 'from_entity_key', p_keys ->> 'to_entity_key')
            OR p_keys ->> 'subject_key' = '' THEN 'EMPTY_NAME'
        WHEN p_keys ->> 'relation_type_key' = '' OR p_keys ->> 'attribute_key' = '' THEN 'EMPTY_TYPE'
        WHEN p_keys ->> 'value_key' = '' THEN 'EMPTY_VALUE'
        WHEN p_keys ->> 'start_earliest' > p_keys ->> 'end_latest'
            OR p_keys ->> 'valid_from_earliest' > p_keys ->> 'valid_to_latest' THEN 'CONTRADICTORY_TIME' END;
$$;
