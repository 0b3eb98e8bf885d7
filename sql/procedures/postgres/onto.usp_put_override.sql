-- Purpose:     set one field of an ontology, a column, a relationship or an entity; it stays set, whatever runs infer.
-- Parameters:  p_datasource; p_target_kind ontology, column, relationship or entity; p_target_key its natural key ('ontology',
--              table_key.column_key, relationship_key, table_key); p_field, p_value json as in onto.fn_override_fault, an empty
--              text blanks a text; p_source human or agent; p_by who says so, default the login; p_is_import logs it as an
--              import; p_now UTC.
-- Returns:     override_id; changed: whether the edit is new or says something else than before.
-- Errors:      NOT_FOUND for a datasource without ontology or a target that is not there, INVALID_PAYLOAD.
-- Idempotency: the same edit again changes nothing but what it is based on. Values of a column that becomes sensitive are
--              erased at once.
CREATE OR REPLACE FUNCTION onto.usp_put_override(
    p_datasource text, p_target_kind text, p_target_key text, p_field text, p_value jsonb, p_source text DEFAULT 'human',
    p_by text DEFAULT NULL, p_is_import boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (override_id bigint, changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_by       text := coalesce(nullif(btrim(p_by), ''), session_user);
    v_ontology bigint;
    v_inferred jsonb;
    v_before   jsonb;
    v_old      jsonb;
    v_id       bigint;
    v_fault    text;
BEGIN
    v_fault := onto.fn_override_fault(p_target_kind, p_field, p_value);
    IF v_fault IS NULL AND p_source IN ('human', 'agent') IS NOT TRUE THEN
        v_fault := 'the source is human or agent';
    END IF;
    IF v_fault IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: %', v_fault USING ERRCODE = 'SR004';
    END IF;
    SELECT o.ontology_id INTO v_ontology FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the datasource % has no ontology', p_datasource USING ERRCODE = 'SR012',
            HINT = 'sproute ontology extract makes it.';
    END IF;
    SELECT i.value INTO v_inferred FROM onto.vw_inferred_value AS i
    WHERE i.ontology_id = v_ontology AND i.target_kind = p_target_kind AND i.target_key = p_target_key AND i.field = p_field;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the ontology of % has no % with the key %', p_datasource, p_target_kind, p_target_key
            USING ERRCODE = 'SR012', HINT = 'Keys look like public.orders, public.orders.status, public.orders(customer_id)->public.customers(id).';
    END IF;

    v_before := onto.fn_effective_value(v_ontology, p_target_kind, p_target_key, p_field);
    SELECT v.value INTO v_old FROM onto.override AS v
    WHERE v.ontology_id = v_ontology AND v.target_kind = p_target_kind AND v.target_key = p_target_key AND v.field = p_field
      AND v.source = p_source;
    INSERT INTO onto.override AS v (ontology_id, target_kind, target_key, field, source, value, based_on, created_by, created_at,
        updated_by, updated_at)
    VALUES (v_ontology, p_target_kind, p_target_key, p_field, p_source, p_value, v_inferred, v_by, v_now, v_by, v_now)
    ON CONFLICT (ontology_id, target_kind, target_key, field, source) DO UPDATE
        SET value = EXCLUDED.value, based_on = EXCLUDED.based_on, updated_by = EXCLUDED.updated_by, updated_at = EXCLUDED.updated_at
        WHERE (v.value, v.based_on) IS DISTINCT FROM (EXCLUDED.value, EXCLUDED.based_on)
    RETURNING v.override_id INTO v_id;
    IF v_id IS NULL THEN
        SELECT v.override_id INTO v_id FROM onto.override AS v
        WHERE v.ontology_id = v_ontology AND v.target_kind = p_target_kind AND v.target_key = p_target_key AND v.field = p_field
          AND v.source = p_source;
    END IF;
    IF p_field = 'is_sensitive' AND p_value = 'true' THEN
        PERFORM onto.usp_forget_values(v_ontology, p_target_key, v_now);
    END IF;
    PERFORM onto.usp_log_changes(v_ontology, jsonb_build_array(jsonb_build_object('target_kind', p_target_kind,
            'target_key', p_target_key, 'field', p_field, 'before', v_before,
            'after', onto.fn_effective_value(v_ontology, p_target_kind, p_target_key, p_field))),
        CASE WHEN p_is_import THEN 'import' ELSE p_source END, NULL, NULL, v_now);
    RETURN QUERY SELECT v_id, v_old IS DISTINCT FROM p_value;
END
$$;
