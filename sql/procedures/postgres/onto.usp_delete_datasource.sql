-- Purpose:     remove a datasource; pages that came from it stay.
-- Parameters:  p_name.
-- Returns:     deleted.
-- Errors:      INVALID_STATE while it has an ontology.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION onto.usp_delete_datasource(p_name text)
RETURNS TABLE (deleted boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM onto.ontology AS o WHERE o.datasource = p_name) THEN
        RAISE EXCEPTION 'INVALID_STATE: the datasource % has an ontology', p_name USING ERRCODE = 'SR010',
            HINT = 'Delete that first: sproute ontology delete, or onto.usp_delete_ontology.';
    END IF;
    DELETE FROM onto.datasource AS d WHERE d.name = p_name;
    RETURN QUERY SELECT FOUND;
END
$$;
