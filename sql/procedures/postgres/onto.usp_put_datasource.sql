-- Purpose:     make or change a datasource.
-- Parameters:  p_name [a-z][a-z0-9_-]*, at most 63; p_engine postgres or mssql; p_url_env the name of an environment
--              variable that holds the URL, or p_url_file the path of a file that does: one of them, never the URL itself;
--              p_options json object of {statement_timeout_ms, include_schemas, exclude_schemas, include_tables,
--              exclude_tables, sensitive_columns: lists of patterns with * and ?; row_limit: tables of more rows are sampled;
--              sample_rows; accept_writing_login: whether a login of SQL Server that may write will do}; p_now UTC.
-- Returns:     created.
-- Errors:      INVALID_PAYLOAD; INVALID_STATE for another engine than its ontology has.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION onto.usp_put_datasource(
    p_name text, p_engine text, p_url_env text DEFAULT NULL, p_url_file text DEFAULT NULL, p_options jsonb DEFAULT NULL,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now   timestamptz := coalesce(p_now, clock_timestamp());
    v_fault text;
BEGIN
    IF coalesce(p_name, '') !~ '^[a-z][a-z0-9_-]{0,62}$' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a datasource is named in lower case letters, digits, _ and -, at most 63'
            USING ERRCODE = 'SR004';
    END IF;
    IF coalesce(p_engine, '') NOT IN ('postgres', 'mssql') THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the engine of a datasource is postgres or mssql' USING ERRCODE = 'SR004';
    END IF;
    -- The values are not repeated: somebody may have given the URL itself.
    IF num_nonnulls(p_url_env, p_url_file) <> 1 OR p_url_env !~ '^[A-Za-z_][A-Za-z0-9_]*$'
        OR p_url_file = '' OR p_url_file ~ '://' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a datasource has the name of an environment variable or the path of a file that holds its URL'
            USING ERRCODE = 'SR004', HINT = 'The URL itself is never stored.';
    END IF;
    IF jsonb_typeof(p_options) <> 'object' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the options of a datasource are a json object' USING ERRCODE = 'SR004';
    END IF;
    v_fault := onto.fn_datasource_fault(coalesce(p_options, '{}'));
    IF v_fault IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the options of a datasource: %', v_fault USING ERRCODE = 'SR004';
    END IF;
    IF EXISTS (SELECT 1 FROM onto.ontology AS o WHERE o.datasource = p_name AND o.engine <> p_engine) THEN
        RAISE EXCEPTION 'INVALID_STATE: the datasource % has an ontology of another engine', p_name USING ERRCODE = 'SR010',
            HINT = 'Make another datasource, or delete the ontology first.';
    END IF;

    RETURN QUERY
    INSERT INTO onto.datasource AS d (name, engine, url_env, url_file, options, created_at, created_by, updated_at, updated_by)
    VALUES (p_name, p_engine, p_url_env, p_url_file, coalesce(p_options, '{}'), v_now, session_user, v_now, session_user)
    ON CONFLICT (name) DO UPDATE
        SET engine = EXCLUDED.engine, url_env = EXCLUDED.url_env, url_file = EXCLUDED.url_file,
            options = EXCLUDED.options, updated_at = EXCLUDED.updated_at, updated_by = EXCLUDED.updated_by
    RETURNING d.xmax = 0;
END
$$;
