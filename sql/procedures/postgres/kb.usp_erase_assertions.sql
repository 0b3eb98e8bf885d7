-- Purpose:     erase assertions, retracted ones too, and recompute what rested on them; internal.
-- Parameters:  p_assertion_ids; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: what is gone stays so. Nobody routes meanwhile: the caller holds the lock.
CREATE OR REPLACE FUNCTION kb.usp_erase_assertions(p_assertion_ids bigint[], p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM kb.usp_retract_assertions(p_assertion_ids, p_now);
    DELETE FROM kb.assertion_link AS l WHERE l.assertion_id = ANY (p_assertion_ids);
    DELETE FROM kb.resolution AS r WHERE r.assertion_id = ANY (p_assertion_ids);
    UPDATE kb.identity_decision AS d SET assertion_id = NULL WHERE d.assertion_id = ANY (p_assertion_ids);
    DELETE FROM kb.assertion AS a WHERE a.assertion_id = ANY (p_assertion_ids);
END
$$;
