-- Purpose:     the keys of a time that is loaded with SQL: ISO 8601 YYYY, YYYY-MM or YYYY-MM-DD; anything else is a text.
-- Parameters:  p_name of the property ('start'); p_text.
-- Returns:     json {<name>_key, <name>_precision, <name>_earliest, <name>_latest}; {} for null.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_loaded_time(p_name text, p_text text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN coalesce(btrim(p_text), '') = '' THEN '{}'::jsonb
        WHEN t.day IS NULL THEN jsonb_build_object(p_name || '_key', lower(btrim(p_text)), p_name || '_precision', 'text')
        ELSE jsonb_build_object(p_name || '_key', btrim(p_text),
            p_name || '_precision', CASE length(btrim(p_text)) WHEN 4 THEN 'year' WHEN 7 THEN 'month' ELSE 'day' END,
            p_name || '_earliest', t.day, p_name || '_latest', CASE length(btrim(p_text)) WHEN 4 THEN left(t.day, 4) || '-12-31'
                WHEN 7 THEN to_char((t.day::date + interval '1 month - 1 day')::date, 'YYYY-MM-DD') ELSE t.day END) END
    FROM (SELECT CASE
        WHEN btrim(p_text) ~ '^[0-9]{4}$' AND btrim(p_text) <> '0000' THEN btrim(p_text) || '-01-01'
        WHEN btrim(p_text) ~ '^[0-9]{4}-[0-9]{2}$' AND kb.fn_is_day(to_jsonb(btrim(p_text) || '-01')) THEN btrim(p_text) || '-01'
        WHEN btrim(p_text) ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' AND kb.fn_is_day(to_jsonb(btrim(p_text))) THEN btrim(p_text) END AS day) AS t;
$$;
