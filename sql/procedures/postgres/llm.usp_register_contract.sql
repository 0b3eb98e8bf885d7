-- Purpose:     make a contract known; part of a deploy.
-- Parameters:  p_name, p_version MAJOR.MINOR.PATCH, p_kind ('input', 'output'), p_sha256 hex of its bytes, p_schema json.
-- Returns:     created.
-- Errors:      CONTRACT_MISMATCH if the version is known with other bytes.
-- Idempotency: the same contract again changes nothing.
CREATE OR REPLACE FUNCTION llm.usp_register_contract(p_name text, p_version text, p_kind text, p_sha256 text, p_schema jsonb)
RETURNS TABLE (created boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_inserted integer;
BEGIN
    INSERT INTO llm.contract (name, version, kind, sha256, schema)
    VALUES (p_name, p_version, p_kind, p_sha256, p_schema)
    ON CONFLICT (name, version) DO NOTHING;
    GET DIAGNOSTICS v_inserted = ROW_COUNT;
    IF v_inserted = 0
        AND NOT EXISTS (SELECT 1 FROM llm.contract AS c WHERE c.name = p_name AND c.version = p_version AND c.sha256 = p_sha256) THEN
        RAISE EXCEPTION 'CONTRACT_MISMATCH: % % was deployed with other bytes', p_name, p_version USING ERRCODE = 'SR005',
            HINT = 'A version never changes: restore the file and put the change into a new version.';
    END IF;
    RETURN QUERY SELECT v_inserted = 1;
END
$$;
