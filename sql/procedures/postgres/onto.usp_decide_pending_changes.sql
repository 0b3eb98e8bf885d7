-- Purpose:     apply or refuse what runs inferred under edits (onto.vw_pending_change), all of them or none.
-- Parameters:  p_override_ids json array of numbers, edits of one ontology; p_decision apply (the edit goes, and with a person's that
--              of an agent: what is inferred counts) or refuse (the edit stays, and this inference is not offered again); p_by who
--              decides, default the login; p_now UTC.
-- Returns:     override_id, target_kind, target_key, field, value (what counts now).
-- Errors:      NOT_FOUND for an unknown edit, INVALID_STATE if nothing is pending for one, INVALID_PAYLOAD.
-- Idempotency: no: a change that was decided is no longer pending.
CREATE OR REPLACE FUNCTION onto.usp_decide_pending_changes(
    p_override_ids jsonb, p_decision text, p_by text DEFAULT NULL, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (override_id bigint, target_kind text, target_key text, field text, value jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_by       text := coalesce(nullif(btrim(p_by), ''), session_user);
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_ontology bigint;
    v_edits    jsonb;
    v_bad      bigint;
BEGIN
    IF p_decision IN ('apply', 'refuse') IS NOT TRUE THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: the decision is apply or refuse' USING ERRCODE = 'SR004';
    END IF;
    IF jsonb_typeof(p_override_ids) IS DISTINCT FROM 'array' OR EXISTS (
        SELECT 1 FROM jsonb_array_elements_text(p_override_ids) AS g (value) WHERE g.value !~ '^[0-9]{1,18}$' IS NOT FALSE) THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: edits are named by their override_id' USING ERRCODE = 'SR004';
    END IF;
    IF jsonb_array_length(p_override_ids) = 0 THEN
        RETURN;
    END IF;
    SELECT min(v.ontology_id) INTO v_ontology
    FROM jsonb_array_elements_text(p_override_ids) AS g (value)
    JOIN onto.override AS v ON v.override_id = g.value::bigint;
    SELECT min(g.value::bigint) INTO v_bad
    FROM jsonb_array_elements_text(p_override_ids) AS g (value)
    WHERE NOT EXISTS (SELECT 1 FROM onto.override AS v WHERE v.override_id = g.value::bigint AND v.ontology_id = v_ontology);
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION 'NOT_FOUND: no edit has id %', v_bad USING ERRCODE = 'SR012', HINT = 'All are of one ontology.';
    END IF;
    -- The ontology first, as everywhere.
    PERFORM 1 FROM onto.ontology AS o WHERE o.ontology_id = v_ontology FOR UPDATE;
    SELECT coalesce(jsonb_agg(to_jsonb(e)), '[]') INTO v_edits
    FROM onto.vw_kept_edit AS e
    WHERE e.ontology_id = v_ontology AND e.is_pending
      AND e.override_id IN (SELECT g.value::bigint FROM jsonb_array_elements_text(p_override_ids) AS g (value));
    SELECT min(g.value::bigint) INTO v_bad
    FROM jsonb_array_elements_text(p_override_ids) AS g (value)
    WHERE g.value::bigint NOT IN (SELECT e.override_id FROM jsonb_to_recordset(v_edits) AS e (override_id bigint));
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_STATE: nothing is pending for edit %', v_bad USING ERRCODE = 'SR010',
            HINT = 'SELECT * FROM onto.vw_pending_change lists what is.';
    END IF;
    IF p_decision = 'refuse' THEN
        UPDATE onto.override AS v SET based_on = e.inferred, updated_by = v_by, updated_at = v_now
        FROM jsonb_to_recordset(v_edits) AS e (override_id bigint, inferred jsonb)
        WHERE v.override_id = e.override_id;
    ELSE
        PERFORM 1 FROM onto.usp_write_overrides(v_ontology, (
                SELECT jsonb_agg(DISTINCT jsonb_build_object('target_kind', v.target_kind, 'target_key', v.target_key, 'field', v.field,
                    'source', v.source, 'is_removed', true))
                FROM jsonb_to_recordset(v_edits) AS e (target_kind text, target_key text, field text, source text)
                JOIN onto.override AS v
                    ON v.ontology_id = v_ontology AND v.target_kind = e.target_kind AND v.target_key = e.target_key
                        AND v.field = e.field AND (v.source = e.source OR v.source = 'agent')),
            CASE WHEN EXISTS (SELECT 1 FROM jsonb_to_recordset(v_edits) AS e (source text) WHERE e.source = 'human') THEN 'human'
                 ELSE 'agent' END, v_by, v_now);
    END IF;
    RETURN QUERY
    SELECT e.override_id, e.target_kind, e.target_key, e.field, f.value
    FROM jsonb_to_recordset(v_edits) AS e (override_id bigint, target_kind text, target_key text, field text)
    JOIN onto.fn_field_values(v_ontology, v_edits) AS f
        ON f.target_kind = e.target_kind AND f.target_key = e.target_key AND f.field = e.field
    ORDER BY e.override_id;
END
$$;
