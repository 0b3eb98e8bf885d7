-- Purpose:     whether a json value is a day as the worker writes it, or is not there.
-- Parameters:  p_value.
-- Returns:     true for null, json null, and a string YYYY-MM-DD that is in the calendar.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_is_day(p_value jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_value IS NULL OR jsonb_typeof(p_value) = 'null' THEN true
        WHEN jsonb_typeof(p_value) <> 'string' OR p_value #>> '{}' !~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' THEN false
        ELSE substr(p_value #>> '{}', 1, 4) <> '0000'
            AND substr(p_value #>> '{}', 9, 2)::integer <= extract(day FROM
                make_date(substr(p_value #>> '{}', 1, 4)::integer, substr(p_value #>> '{}', 6, 2)::integer, 1)
                + interval '1 month - 1 day') END;
$$;
