-- Purpose:     the columns of an ontology with their statistics, and with edits over what was inferred.
-- Parameters:  p_ontology_id; p_table_key null for the columns of all tables.
-- Returns:     rows of onto.vw_column, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_columns(p_ontology_id bigint, p_table_key text DEFAULT NULL)
RETURNS TABLE (
    table_key text, column_key text, subject_key text, column_name text, ordinal integer, data_type text, type_family text,
    is_nullable boolean, is_computed boolean, is_identity boolean, column_default text, comment text, enum_labels jsonb,
    structure_sha256 text, row_count bigint, null_count bigint, distinct_count bigint, is_distinct_exact boolean,
    min_value text, max_value text, avg_value double precision, min_length integer, max_length integer, samples jsonb,
    distribution jsonb, patterns jsonb, classification_path text, distinct_source text, profile_note text,
    is_sensitive boolean, is_analyzed boolean, purpose text, semantic_type text, role text, description text, fk_role text, synonyms jsonb, enum_values jsonb, confidence numeric,
    details jsonb, needs_enum_analysis boolean, needs_fk_resolution boolean, needs_cross_column_check boolean, edited text)
-- Planned anew each time: for all rows or for a few of them.
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT
        c.table_key, c.column_key, c.subject_key, c.column_name, c.ordinal, c.data_type, c.type_family, c.is_nullable,
        c.is_computed, c.is_identity, c.column_default, c.comment, c.enum_labels, c.structure_sha256, c.row_count,
        c.null_count, c.distinct_count, c.is_distinct_exact, c.min_value, c.max_value, c.avg_value, c.min_length,
        c.max_length, c.samples, c.distribution, c.patterns, c.classification_path, c.distinct_source, c.profile_note,
        c.is_sensitive, c.is_analyzed, c.purpose, c.semantic_type, c.role, c.description, c.fk_role, c.synonyms, c.enum_values, c.confidence, c.details,
        c.needs_enum_analysis, c.needs_fk_resolution, c.needs_cross_column_check, c.edited
    FROM onto.vw_column AS c
    WHERE c.ontology_id = p_ontology_id AND (p_table_key IS NULL OR c.table_key = p_table_key)
    ORDER BY c.table_key, c.ordinal, c.column_key;
$$;
