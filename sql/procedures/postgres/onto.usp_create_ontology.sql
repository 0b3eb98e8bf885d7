-- Purpose:     the ontology of a datasource, made if there is none.
-- Parameters:  p_datasource; p_now UTC.
-- Returns:     ontology_id, created.
-- Errors:      NOT_FOUND.
-- Idempotency: yes, also when raced.
CREATE OR REPLACE FUNCTION onto.usp_create_ontology(p_datasource text, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (ontology_id bigint, created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := coalesce(p_now, clock_timestamp());
    v_id  bigint;
BEGIN
    -- One that was there a moment ago may be deleted by now.
    LOOP
        IF NOT EXISTS (SELECT 1 FROM onto.datasource AS d WHERE d.name = p_datasource) THEN
            RAISE EXCEPTION 'NOT_FOUND: no datasource is called %', p_datasource USING ERRCODE = 'SR012',
                HINT = 'onto.usp_list_datasources lists them, onto.usp_put_datasource makes one.';
        END IF;
        RETURN QUERY SELECT o.ontology_id, false FROM onto.ontology AS o WHERE o.datasource = p_datasource;
        IF FOUND THEN
            RETURN;
        END IF;
        INSERT INTO onto.ontology AS o (datasource, engine, created_at, created_by, updated_at)
        SELECT d.name, d.engine, v_now, session_user, v_now
        FROM onto.datasource AS d
        WHERE d.name = p_datasource
        ON CONFLICT (datasource) DO NOTHING
        RETURNING o.ontology_id INTO v_id;
        IF v_id IS NOT NULL THEN
            RETURN QUERY SELECT v_id, true;
            RETURN;
        END IF;
    END LOOP;
END
$$;
