-- Purpose:     put and take back edits, log what counts differently since, and raise the version of the ontology if anything
--              does; internal. The caller has checked fields and values, and holds the ontology.
-- Parameters:  p_ontology_id; p_edits json array of {target_kind, target_key, field, source human or agent, value, based_on?, by?}
--              or {..., is_removed: true}, each field and source once; without based_on it is what is inferred now;
--              p_log_source human, agent or import; p_by who says so where an edit does not; p_now UTC.
-- Returns:     target_kind, target_key, field, source, override_id (null: taken back), changed (the edit says something else than
--              before), before, after (what counted and counts).
-- Errors:      none.
-- Idempotency: the same edits again change nothing but what they are based on. Values of a column that becomes sensitive are
--              erased at once.
CREATE OR REPLACE FUNCTION onto.usp_write_overrides(
    p_ontology_id bigint, p_edits jsonb, p_log_source text, p_by text, p_now timestamptz)
RETURNS TABLE (target_kind text, target_key text, field text, source text, override_id bigint, changed boolean, before jsonb, after jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_before  jsonb;
    v_old     jsonb;
    v_results jsonb;
BEGIN
    SELECT coalesce(jsonb_agg(to_jsonb(f)), '[]') INTO v_before FROM onto.fn_field_values(p_ontology_id, p_edits) AS f;
    SELECT coalesce(jsonb_agg(jsonb_build_object('target_kind', v.target_kind, 'target_key', v.target_key, 'field', v.field,
        'source', v.source, 'value', v.value)), '[]') INTO v_old
    FROM onto.override AS v
    JOIN jsonb_to_recordset(p_edits) AS e (target_kind text, target_key text, field text, source text)
        ON e.target_kind = v.target_kind AND e.target_key = v.target_key AND e.field = v.field AND e.source = v.source
    WHERE v.ontology_id = p_ontology_id;

    DELETE FROM onto.override AS v
    USING jsonb_to_recordset(p_edits) AS e (target_kind text, target_key text, field text, source text, is_removed boolean)
    WHERE v.ontology_id = p_ontology_id AND e.is_removed
      AND e.target_kind = v.target_kind AND e.target_key = v.target_key AND e.field = v.field AND e.source = v.source;

    INSERT INTO onto.override AS v (ontology_id, target_kind, target_key, field, source, value, based_on, created_by, created_at,
        updated_by, updated_at)
    SELECT p_ontology_id, e.value ->> 'target_kind', e.value ->> 'target_key', e.value ->> 'field', e.value ->> 'source', e.value -> 'value',
        nullif(CASE WHEN e.value ? 'based_on' THEN e.value -> 'based_on' ELSE b.inferred END, 'null'),
        coalesce(e.value ->> 'by', p_by), p_now, coalesce(e.value ->> 'by', p_by), p_now
    FROM jsonb_array_elements(p_edits) AS e (value)
    LEFT JOIN jsonb_to_recordset(v_before) AS b (target_kind text, target_key text, field text, inferred jsonb)
        ON b.target_kind = e.value ->> 'target_kind' AND b.target_key = e.value ->> 'target_key' AND b.field = e.value ->> 'field'
    WHERE coalesce(e.value ->> 'is_removed', 'false') <> 'true'
    ORDER BY e.value ->> 'target_kind', e.value ->> 'target_key', e.value ->> 'field', e.value ->> 'source'
    ON CONFLICT (ontology_id, target_kind, target_key, field, source) DO UPDATE
        SET value = EXCLUDED.value, based_on = EXCLUDED.based_on, updated_by = EXCLUDED.updated_by, updated_at = EXCLUDED.updated_at
        WHERE (v.value, v.based_on) IS DISTINCT FROM (EXCLUDED.value, EXCLUDED.based_on);

    PERFORM onto.usp_forget_values(p_ontology_id, e.target_key, p_now)
    FROM jsonb_to_recordset(p_edits) AS e (target_kind text, target_key text, field text, value jsonb)
    WHERE e.target_kind = 'column' AND e.field = 'is_sensitive' AND e.value = 'true';

    SELECT coalesce(jsonb_agg(jsonb_build_object('target_kind', e.target_kind, 'target_key', e.target_key, 'field', e.field,
        'source', e.source, 'before', b.value, 'after', a.value, 'override_id', v.override_id,
        'changed', v.value IS DISTINCT FROM o.value) ORDER BY e.place), '[]') INTO v_results
    FROM ROWS FROM (jsonb_to_recordset(p_edits) AS (target_kind text, target_key text, field text, source text)) WITH ORDINALITY
        AS e (target_kind, target_key, field, source, place)
    JOIN jsonb_to_recordset(v_before) AS b (target_kind text, target_key text, field text, value jsonb)
        ON b.target_kind = e.target_kind AND b.target_key = e.target_key AND b.field = e.field
    JOIN onto.fn_field_values(p_ontology_id, p_edits) AS a
        ON a.target_kind = e.target_kind AND a.target_key = e.target_key AND a.field = e.field
    LEFT JOIN jsonb_to_recordset(v_old) AS o (target_kind text, target_key text, field text, source text, value jsonb)
        ON o.target_kind = e.target_kind AND o.target_key = e.target_key AND o.field = e.field AND o.source = e.source
    LEFT JOIN onto.override AS v
        ON v.ontology_id = p_ontology_id AND v.target_kind = e.target_kind AND v.target_key = e.target_key AND v.field = e.field
            AND v.source = e.source;

    -- Edits of a person and an agent about one field change it once.
    IF onto.usp_log_changes(p_ontology_id, (
            SELECT jsonb_agg(DISTINCT r.value - 'source' - 'override_id' - 'changed') FROM jsonb_array_elements(v_results) AS r (value)),
        p_log_source, NULL, NULL, p_now, p_by) > 0 THEN
        PERFORM onto.usp_raise_version(p_ontology_id, NULL, p_now);
    END IF;
    RETURN QUERY
    SELECT r.target_kind, r.target_key, r.field, r.source, r.override_id, r.changed, nullif(r.before, 'null'), nullif(r.after, 'null')
    FROM jsonb_to_recordset(v_results) AS r (target_kind text, target_key text, field text, source text, override_id bigint,
        changed boolean, before jsonb, after jsonb);
END
$$;
