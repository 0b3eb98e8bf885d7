-- Purpose:     write into the change log what changed; internal, called by the procedure that makes the change.
-- Parameters:  p_ontology_id; p_changes json array of {target_kind, target_key, field, before, after}, of which those whose
--              before is their after are passed over, so that callers list every field; p_source schema, inferred, human,
--              agent or import; p_run_id, p_dag_id null where no run, no dag made the change; p_now UTC; p_by who made it, null
--              for the login.
--              A dag that changes something raises the version of the ontology, once; of edits the caller does.
-- Returns:     how many changes were written.
-- Errors:      none.
-- Idempotency: no: each call writes.
CREATE OR REPLACE FUNCTION onto.usp_log_changes(
    p_ontology_id bigint, p_changes jsonb, p_source text, p_run_id uuid, p_dag_id bigint, p_now timestamptz, p_by text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_count bigint;
BEGIN
    INSERT INTO onto.change_log (ontology_id, target_kind, target_key, field, before, after, source, run_id, dag_id,
        changed_by, changed_at)
    SELECT p_ontology_id, c.target_kind, c.target_key, c.field, nullif(c.before, 'null'), nullif(c.after, 'null'), p_source,
        p_run_id, p_dag_id, coalesce(nullif(btrim(p_by), ''), session_user), p_now
    FROM jsonb_to_recordset(coalesce(p_changes, '[]')) AS c (target_kind text, target_key text, field text, before jsonb, after jsonb)
    WHERE nullif(c.before, 'null') IS DISTINCT FROM nullif(c.after, 'null')
    ORDER BY c.target_kind, c.target_key, c.field;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    IF v_count > 0 AND p_dag_id IS NOT NULL THEN
        PERFORM onto.usp_raise_version(p_ontology_id, p_dag_id, p_now);
    END IF;
    RETURN v_count;
END
$$;
