-- Purpose:     why the options of a datasource cannot be used, in a sentence; internal.
-- Parameters:  p_options json object, see onto.usp_put_datasource.
-- Returns:     the first fault; null if there is none.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION onto.fn_datasource_fault(p_options jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN e.key NOT IN ('statement_timeout_ms', 'include_schemas', 'exclude_schemas', 'include_tables', 'exclude_tables',
            'sensitive_columns', 'row_limit', 'sample_rows', 'accept_writing_login') THEN 'there is no option ' || e.key
        WHEN e.key LIKE '%clude\_%' OR e.key = 'sensitive_columns' THEN e.key || ' is no list of patterns, each a text'
        WHEN e.key = 'accept_writing_login' THEN e.key || ' is neither true nor false'
        ELSE e.key || ' is no whole number in its bounds' END
    FROM jsonb_each(p_options) AS e (key, value)
    WHERE NOT CASE
        WHEN e.key LIKE '%clude\_%' OR e.key = 'sensitive_columns' THEN jsonb_typeof(e.value) = 'array'
            AND NOT jsonb_path_exists(e.value, '$[*] ? (@.type() != "string" || @ == "")')
        WHEN e.key = 'accept_writing_login' THEN jsonb_typeof(e.value) = 'boolean'
        WHEN e.key = 'statement_timeout_ms' THEN
            jsonb_path_exists(e.value, '$ ? (@.type() == "number" && @ == @.floor() && @ >= 1 && @ <= 2147483647)')
        WHEN e.key = 'row_limit' THEN
            jsonb_path_exists(e.value, '$ ? (@.type() == "number" && @ == @.floor() && @ >= 1 && @ <= 1000000000000)')
        WHEN e.key = 'sample_rows' THEN
            jsonb_path_exists(e.value, '$ ? (@.type() == "number" && @ == @.floor() && @ >= 100 && @ <= 10000000)')
        ELSE false END
    ORDER BY e.key LIMIT 1;
$$;
