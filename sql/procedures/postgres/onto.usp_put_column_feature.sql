-- Purpose:     write what a step inferred about a column, and tell the change log; internal, a step of routing.
-- Parameters:  p_ontology_id, p_schema_column_id, p_subject_key as onto.usp_begin_routing returned them; p_feature {purpose?,
--              semantic_type?, role?, description?, confidence?, classification_path?, needs_enum_analysis?,
--              needs_fk_resolution?, needs_cross_column_check?, enum_values?: array, details?: object}: what is not named
--              stays, and of details each entry, a null one is removed; p_model, p_run_id, p_dag_id; p_now UTC.
-- Returns:     whether anything changed.
-- Errors:      none.
-- Idempotency: the same feature again changes nothing.
-- Edits are not touched: they are in onto.override.
CREATE OR REPLACE FUNCTION onto.usp_put_column_feature(
    p_ontology_id bigint, p_schema_column_id bigint, p_subject_key text, p_feature jsonb, p_model text, p_run_id uuid,
    p_dag_id bigint, p_now timestamptz)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_old onto.column_feature;
    v_new onto.column_feature;
BEGIN
    SELECT * INTO v_old FROM onto.column_feature AS f WHERE f.schema_column_id = p_schema_column_id FOR UPDATE;
    v_new := v_old;
    v_new.schema_column_id := p_schema_column_id;
    v_new.classification_path := coalesce(p_feature ->> 'classification_path', v_old.classification_path, (
        SELECT c.classification_path FROM onto.schema_column AS c WHERE c.schema_column_id = p_schema_column_id), 'unknown');
    v_new.purpose := CASE WHEN p_feature -> 'purpose' IS NULL THEN v_old.purpose ELSE p_feature ->> 'purpose' END;
    v_new.semantic_type := CASE WHEN p_feature -> 'semantic_type' IS NULL THEN v_old.semantic_type ELSE p_feature ->> 'semantic_type' END;
    v_new.role := CASE WHEN p_feature -> 'role' IS NULL THEN v_old.role ELSE p_feature ->> 'role' END;
    v_new.description := CASE WHEN p_feature -> 'description' IS NULL THEN v_old.description ELSE p_feature ->> 'description' END;
    v_new.confidence := CASE WHEN p_feature -> 'confidence' IS NULL THEN v_old.confidence
        ELSE round((p_feature ->> 'confidence')::numeric, 4) END;
    v_new.enum_values := coalesce(nullif(p_feature -> 'enum_values', 'null'), v_old.enum_values, '[]');
    v_new.details := (
        SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}')
        FROM jsonb_each(coalesce(v_old.details, '{}') || coalesce(nullif(p_feature -> 'details', 'null'), '{}')) AS d (key, value)
        WHERE d.value <> 'null');
    v_new.synonyms := coalesce(v_old.synonyms, '[]');
    v_new.needs_enum_analysis := coalesce((p_feature ->> 'needs_enum_analysis')::boolean, v_old.needs_enum_analysis, false);
    v_new.needs_fk_resolution := coalesce((p_feature ->> 'needs_fk_resolution')::boolean, v_old.needs_fk_resolution, false);
    v_new.needs_cross_column_check := coalesce((p_feature ->> 'needs_cross_column_check')::boolean, v_old.needs_cross_column_check, false);
    IF v_old.schema_column_id IS NOT NULL AND to_jsonb(v_old) = to_jsonb(v_new) THEN
        RETURN false;
    END IF;

    INSERT INTO onto.column_feature AS f (schema_column_id, classification_path, purpose, semantic_type, role, description,
        confidence, details, synonyms, enum_values, needs_enum_analysis, needs_fk_resolution, needs_cross_column_check, model,
        run_id, analyzed_at, updated_at)
    VALUES (p_schema_column_id, v_new.classification_path, v_new.purpose, v_new.semantic_type, v_new.role, v_new.description,
        v_new.confidence, v_new.details, v_new.synonyms, v_new.enum_values, v_new.needs_enum_analysis, v_new.needs_fk_resolution,
        v_new.needs_cross_column_check, p_model, p_run_id, p_now, p_now)
    ON CONFLICT (schema_column_id) DO UPDATE
    SET classification_path = EXCLUDED.classification_path, purpose = EXCLUDED.purpose, semantic_type = EXCLUDED.semantic_type,
        role = EXCLUDED.role, description = EXCLUDED.description, confidence = EXCLUDED.confidence, details = EXCLUDED.details,
        enum_values = EXCLUDED.enum_values, needs_enum_analysis = EXCLUDED.needs_enum_analysis,
        needs_fk_resolution = EXCLUDED.needs_fk_resolution, needs_cross_column_check = EXCLUDED.needs_cross_column_check,
        model = EXCLUDED.model, run_id = EXCLUDED.run_id, analyzed_at = EXCLUDED.analyzed_at, updated_at = EXCLUDED.updated_at;

    PERFORM onto.usp_log_changes(p_ontology_id, (
        SELECT jsonb_agg(jsonb_build_object('target_kind', 'column', 'target_key', p_subject_key, 'field', v.field,
            'before', v.before, 'after', v.after))
        FROM (VALUES
            ('classification_path', to_jsonb(v_old.classification_path), to_jsonb(v_new.classification_path)),
            ('purpose', to_jsonb(v_old.purpose), to_jsonb(v_new.purpose)),
            ('semantic_type', to_jsonb(v_old.semantic_type), to_jsonb(v_new.semantic_type)),
            ('role', to_jsonb(v_old.role), to_jsonb(v_new.role)),
            ('description', to_jsonb(v_old.description), to_jsonb(v_new.description)),
            ('confidence', to_jsonb(v_old.confidence), to_jsonb(v_new.confidence)),
            ('details', nullif(v_old.details, '{}'), nullif(v_new.details, '{}')),
            ('enum_values', nullif(v_old.enum_values, '[]'), nullif(v_new.enum_values, '[]'))
        ) AS v (field, before, after)), 'inferred', p_run_id, p_dag_id, p_now);
    RETURN true;
END
$$;
