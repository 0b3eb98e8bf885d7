-- Purpose:     let the planner's statistics forget what was erased: they hold values of the columns; internal.
-- Parameters:  none.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes; a table that somebody else looks at now is passed over.
CREATE OR REPLACE FUNCTION kb.usp_forget_statistics()
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_table text;
BEGIN
    FOR v_table IN
        SELECT format('%I.%I', s.schemaname, s.relname)
        FROM pg_stat_user_tables AS s
        JOIN pg_class AS c ON c.oid = s.relid
        WHERE (s.schemaname IN ('kb', 'ingest') OR s.schemaname = 'llm' AND s.relname IN ('job', 'job_archive', 'run'))
          -- Less than nothing: none were ever gathered.
          AND s.relname NOT LIKE 'stage\_%' AND c.reltuples >= 0
        ORDER BY 1
    LOOP
        EXECUTE 'ANALYZE (SKIP_LOCKED) ' || v_table;
    END LOOP;
END
$$;
