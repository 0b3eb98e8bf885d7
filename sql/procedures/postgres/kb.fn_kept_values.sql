-- Purpose:     of a row as it was when somebody decided about it, what may be shown after a page that it rested on was erased;
--              internal.
-- Parameters:  p_then the row as it was; p_now as it is, null if it is gone.
-- Returns:     its numbers, states and times, and what it still says; null in the place of the rest.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_kept_values(p_then jsonb, p_now jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(k.key, CASE
        WHEN jsonb_typeof(k.value) IN ('number', 'boolean', 'null') OR k.key = 'promotion_state' OR k.key LIKE '%\_at'
            OR k.value = p_now -> k.key THEN k.value
        ELSE 'null' END), '{}')
    FROM jsonb_each(p_then) AS k (key, value)
    WHERE p_now IS NOT NULL;
$$;
