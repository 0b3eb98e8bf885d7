-- Purpose:     the datasources, or one of them.
-- Parameters:  p_name null for all.
-- Returns:     the rows, by name.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_list_datasources(p_name text DEFAULT NULL)
RETURNS TABLE (
    name text, engine text, url_env text, url_file text, options jsonb, created_at timestamptz, created_by text,
    updated_at timestamptz, updated_by text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.name, d.engine, d.url_env, d.url_file, d.options, d.created_at, d.created_by, d.updated_at, d.updated_by
    FROM onto.datasource AS d
    WHERE p_name IS NULL OR d.name = p_name
    ORDER BY d.name;
$$;
