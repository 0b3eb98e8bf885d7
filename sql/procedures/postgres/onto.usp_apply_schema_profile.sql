-- Purpose:     bring the tables and columns of an ontology to what the catalogs of its datasource say now; internal, the facts
--              of the plan of SchemaProfile.
-- Parameters:  p_ontology_id; p_facts {is_whole: false if only some tables were looked at, visible_tables, declared_foreign_keys,
--              skipped: [{table_key, reason}], tables: [rows of onto.schema_table with columns: [rows of onto.schema_column]]
--              those that are new or changed, kept: [table_key] those that are as they were, sensitive: [subject_key] columns
--              that the datasource calls so}; p_run_id, p_dag_id; p_now UTC.
-- Returns:     {tables_added, tables_dropped, tables_altered, columns_added, columns_dropped, columns_altered}.
-- Errors:      none.
-- Idempotency: the same facts again change nothing.
-- What is gone stays with dropped_at, and with it what people said of it; what comes again is revived.
CREATE OR REPLACE FUNCTION onto.usp_apply_schema_profile(
    p_ontology_id bigint, p_facts jsonb, p_run_id uuid, p_dag_id bigint, p_now timestamptz)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tables  jsonb := coalesce(p_facts -> 'tables', '[]');
    v_kept    jsonb := coalesce(p_facts -> 'kept', '[]');
    v_changes jsonb;
    v_print   text;
BEGIN
    v_changes := onto.fn_schema_changes(p_ontology_id, v_tables, v_kept, coalesce((p_facts ->> 'is_whole')::boolean, true));

    UPDATE onto.schema_table AS t
    SET dropped_at = p_now, updated_at = p_now
    FROM jsonb_to_recordset(v_changes) AS c (target_kind text, target_key text, field text, after jsonb)
    WHERE c.target_kind = 'table' AND c.field = 'exists' AND c.after = 'false'
      AND t.ontology_id = p_ontology_id AND t.table_key = c.target_key;

    INSERT INTO onto.schema_table AS t (ontology_id, table_key, schema_name, table_name, kind, partition_of, comment, primary_key,
        unique_keys, foreign_keys, indexes, row_estimate, structure_sha256, profile_status, profile_message, created_at, updated_at)
    SELECT p_ontology_id, r.table_key, r.schema_name, r.table_name, r.kind, r.partition_of, r.comment, coalesce(r.primary_key, '[]'),
        coalesce(r.unique_keys, '[]'), coalesce(r.foreign_keys, '[]'), coalesce(r.indexes, '[]'), r.row_estimate, r.structure_sha256,
        CASE r.kind WHEN 'partition' THEN 'SKIPPED' ELSE 'PENDING' END,
        CASE r.kind WHEN 'partition' THEN 'it is profiled with ' || r.partition_of END, p_now, p_now
    FROM jsonb_to_recordset(v_tables) AS r (table_key text, schema_name text, table_name text, kind text, partition_of text,
        comment text, primary_key jsonb, unique_keys jsonb, foreign_keys jsonb, indexes jsonb, row_estimate bigint, structure_sha256 text)
    ORDER BY r.table_key
    ON CONFLICT (ontology_id, table_key) DO UPDATE
        SET kind = EXCLUDED.kind, partition_of = EXCLUDED.partition_of, comment = EXCLUDED.comment, primary_key = EXCLUDED.primary_key,
            unique_keys = EXCLUDED.unique_keys, foreign_keys = EXCLUDED.foreign_keys, indexes = EXCLUDED.indexes,
            row_estimate = EXCLUDED.row_estimate, structure_sha256 = EXCLUDED.structure_sha256,
            profile_status = CASE WHEN t.structure_sha256 = EXCLUDED.structure_sha256 AND t.dropped_at IS NULL
                                  THEN t.profile_status ELSE EXCLUDED.profile_status END,
            profile_message = CASE WHEN t.structure_sha256 = EXCLUDED.structure_sha256 AND t.dropped_at IS NULL
                                   THEN t.profile_message ELSE EXCLUDED.profile_message END,
            updated_at = EXCLUDED.updated_at, dropped_at = NULL
        WHERE (t.kind, t.partition_of, t.comment, t.primary_key, t.unique_keys, t.foreign_keys, t.indexes, t.row_estimate,
               t.structure_sha256, t.dropped_at) IS DISTINCT FROM
              (EXCLUDED.kind, EXCLUDED.partition_of, EXCLUDED.comment, EXCLUDED.primary_key, EXCLUDED.unique_keys,
               EXCLUDED.foreign_keys, EXCLUDED.indexes, EXCLUDED.row_estimate, EXCLUDED.structure_sha256, EXCLUDED.dropped_at);

    INSERT INTO onto.schema_column AS c (schema_table_id, column_key, column_name, ordinal, data_type, type_family, is_nullable,
        is_computed, is_identity, column_default, comment, enum_labels, structure_sha256, created_at, updated_at)
    SELECT t.schema_table_id, k.column_key, k.column_name, k.ordinal, k.data_type, k.type_family, k.is_nullable,
        coalesce(k.is_computed, false), coalesce(k.is_identity, false), k.column_default, k.comment, nullif(k.enum_labels, 'null'),
        k.structure_sha256, p_now, p_now
    FROM jsonb_to_recordset(v_tables) AS r (table_key text, columns jsonb)
    JOIN onto.schema_table AS t ON t.ontology_id = p_ontology_id AND t.table_key = r.table_key
    CROSS JOIN LATERAL jsonb_to_recordset(r.columns) AS k (column_key text, column_name text, ordinal integer, data_type text,
        type_family text, is_nullable boolean, is_computed boolean, is_identity boolean, column_default text, comment text,
        enum_labels jsonb, structure_sha256 text)
    ORDER BY r.table_key, k.ordinal
    ON CONFLICT (schema_table_id, column_key) DO UPDATE
        SET ordinal = EXCLUDED.ordinal, data_type = EXCLUDED.data_type, type_family = EXCLUDED.type_family,
            is_nullable = EXCLUDED.is_nullable, is_computed = EXCLUDED.is_computed, is_identity = EXCLUDED.is_identity,
            column_default = EXCLUDED.column_default, comment = EXCLUDED.comment, enum_labels = EXCLUDED.enum_labels,
            structure_sha256 = EXCLUDED.structure_sha256, updated_at = EXCLUDED.updated_at, dropped_at = NULL
        WHERE (c.ordinal, c.data_type, c.type_family, c.is_nullable, c.is_computed, c.is_identity, c.column_default, c.comment,
               c.enum_labels, c.structure_sha256, c.dropped_at) IS DISTINCT FROM
              (EXCLUDED.ordinal, EXCLUDED.data_type, EXCLUDED.type_family, EXCLUDED.is_nullable, EXCLUDED.is_computed,
               EXCLUDED.is_identity, EXCLUDED.column_default, EXCLUDED.comment, EXCLUDED.enum_labels, EXCLUDED.structure_sha256,
               EXCLUDED.dropped_at);

    UPDATE onto.schema_column AS c
    SET dropped_at = p_now, updated_at = p_now
    FROM onto.schema_table AS t
    JOIN jsonb_to_recordset(v_tables) AS r (table_key text, columns jsonb) ON r.table_key = t.table_key
    WHERE t.ontology_id = p_ontology_id AND c.schema_table_id = t.schema_table_id AND c.dropped_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM jsonb_to_recordset(r.columns) AS k (column_key text) WHERE k.column_key = c.column_key COLLATE "C");

    -- Before any value of them is read; a person may have said otherwise of one. What is being routed is waited for.
    IF jsonb_array_length(coalesce(p_facts -> 'sensitive', '[]')) > 0 THEN
        PERFORM 1 FROM onto.ontology AS o WHERE o.ontology_id = p_ontology_id FOR UPDATE;
    END IF;
    PERFORM onto.usp_write_overrides(p_ontology_id, s.edits, 'human', 'datasource options', p_now)
    FROM (
        SELECT jsonb_agg(jsonb_build_object('target_kind', 'column', 'target_key', k.value, 'field', 'is_sensitive', 'source', 'human',
            'value', true) ORDER BY k.value) AS edits
        FROM jsonb_array_elements_text(coalesce(p_facts -> 'sensitive', '[]')) AS k (value)
        WHERE NOT EXISTS (
            SELECT 1 FROM onto.override AS v
            WHERE v.ontology_id = p_ontology_id AND v.target_kind = 'column' AND v.target_key = k.value
              AND v.field = 'is_sensitive' AND v.source = 'human')) AS s
    WHERE s.edits IS NOT NULL;

    PERFORM onto.usp_drop_dependents(p_ontology_id, (
        SELECT coalesce(jsonb_agg(c.target_key), '[]')
        FROM jsonb_to_recordset(v_changes) AS c (target_kind text, target_key text, field text, after jsonb)
        WHERE c.target_kind = 'table' AND c.field = 'exists' AND c.after = 'true'), p_run_id, p_dag_id, p_now);

    SELECT coalesce(encode(sha256(convert_to(string_agg(t.table_key || ' ' || t.structure_sha256, E'\n' ORDER BY t.table_key), 'UTF8')), 'hex'), '')
    INTO v_print
    FROM onto.schema_table AS t
    WHERE t.ontology_id = p_ontology_id AND t.dropped_at IS NULL;
    IF v_print <> (SELECT o.fingerprint FROM onto.ontology AS o WHERE o.ontology_id = p_ontology_id) THEN
        PERFORM onto.usp_raise_version(p_ontology_id, p_dag_id, p_now);
    END IF;
    UPDATE onto.ontology AS o
    SET fingerprint = v_print, changed_at = CASE WHEN o.fingerprint = v_print THEN o.changed_at ELSE p_now END,
        visible_tables = coalesce((p_facts ->> 'visible_tables')::integer, o.visible_tables),
        declared_foreign_keys = coalesce((p_facts ->> 'declared_foreign_keys')::integer, o.declared_foreign_keys),
        skipped = coalesce(p_facts -> 'skipped', o.skipped), updated_at = p_now
    WHERE o.ontology_id = p_ontology_id
      AND (o.fingerprint, o.visible_tables, o.declared_foreign_keys, o.skipped) IS DISTINCT FROM
          (v_print, coalesce((p_facts ->> 'visible_tables')::integer, o.visible_tables),
           coalesce((p_facts ->> 'declared_foreign_keys')::integer, o.declared_foreign_keys), coalesce(p_facts -> 'skipped', o.skipped));

    PERFORM onto.usp_log_changes(p_ontology_id, v_changes, 'schema', p_run_id, p_dag_id, p_now);
    RETURN (
        SELECT jsonb_build_object(
            'tables_added', count(*) FILTER (WHERE c.target_kind = 'table' AND c.field = 'exists' AND c.after = 'true'),
            'tables_dropped', count(*) FILTER (WHERE c.target_kind = 'table' AND c.field = 'exists' AND c.after = 'false'),
            'tables_altered', count(DISTINCT c.target_key) FILTER (WHERE c.target_kind = 'table' AND c.field <> 'exists'),
            'columns_added', count(*) FILTER (WHERE c.target_kind = 'column' AND c.field = 'exists' AND c.after = 'true'),
            'columns_dropped', count(*) FILTER (WHERE c.target_kind = 'column' AND c.field = 'exists' AND c.after = 'false'),
            'columns_altered', count(DISTINCT c.target_key) FILTER (WHERE c.target_kind = 'column' AND c.field <> 'exists'))
        FROM jsonb_to_recordset(v_changes) AS c (target_kind text, target_key text, field text, before jsonb, after jsonb)
        WHERE nullif(c.before, 'null') IS DISTINCT FROM nullif(c.after, 'null'));
END
$$;
