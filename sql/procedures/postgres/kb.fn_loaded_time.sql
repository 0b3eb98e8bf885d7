-- Purpose:     the keys of a time that is loaded with SQL, as the worker makes them (src/knowledge/time-bound.ts).
-- Parameters:  p_name of the property ('start'); p_text; p_given the key that was passed, if any.
-- Returns:     json {<name>_key, <name>_precision, <name>_earliest, <name>_latest}; {} for a blank text; null if the text is
--              not ASCII and came without its key.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_loaded_time(p_name text, p_text text, p_given text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_key   text;
    v_bound record;
    v_first text;
BEGIN
    IF p_text IS NULL OR btrim(p_text, E' \t\n\x0B\f\r') = '' THEN
        RETURN '{}';
    END IF;
    v_key := kb.fn_loaded_key(p_text, 'name', p_given);
    IF v_key IS NULL THEN
        RETURN NULL;
    END IF;
    -- A longer text is no date whatever it comes to.
    SELECT b.* INTO v_bound FROM kb.fn_time_bound(CASE WHEN kb.fn_utf16_length(p_text) <= 60 THEN v_key ELSE repeat('-', 61) END) AS b;
    v_first := to_char(v_bound.earliest, 'YYYY-MM-DD');
    -- The shortest spelling of a date; times of one day are not the same.
    RETURN jsonb_strip_nulls(jsonb_build_object(
        p_name || '_key', CASE v_bound.time_precision
            WHEN 'century' THEN left(v_first, 2) || 'xx'
            WHEN 'decade' THEN left(v_first, 3) || 'x'
            WHEN 'year' THEN left(v_first, 4)
            WHEN 'month' THEN left(v_first, 7)
            WHEN 'day' THEN CASE WHEN v_key ~ '[t ]' THEN v_key ELSE v_first END
            ELSE v_key END,
        p_name || '_precision', coalesce(v_bound.time_precision, 'text'),
        p_name || '_earliest', v_bound.earliest, p_name || '_latest', v_bound.latest));
END
$$;
