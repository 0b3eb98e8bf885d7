-- Purpose:     the tables of an ontology.
-- Parameters:  p_ontology_id; p_table_key null for all.
-- Returns:     rows of onto.vw_table, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_tables(p_ontology_id bigint, p_table_key text DEFAULT NULL)
RETURNS TABLE (
    table_key text, schema_name text, table_name text, kind text, partition_of text, comment text, primary_key jsonb,
    unique_keys jsonb, foreign_keys jsonb, indexes jsonb, row_estimate bigint, structure_sha256 text, row_count bigint,
    is_row_count_exact boolean, sampled_rows bigint, profile_status text, profile_message text, profile_sha256 text,
    profiled_at timestamptz, column_count bigint)
-- Planned anew each time: for all rows or for a few of them.
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT
        t.table_key, t.schema_name, t.table_name, t.kind, t.partition_of, t.comment, t.primary_key, t.unique_keys,
        t.foreign_keys, t.indexes, t.row_estimate, t.structure_sha256, t.row_count, t.is_row_count_exact, t.sampled_rows,
        t.profile_status, t.profile_message, t.profile_sha256, t.profiled_at, t.column_count
    FROM onto.vw_table AS t
    WHERE t.ontology_id = p_ontology_id AND (p_table_key IS NULL OR t.table_key = p_table_key)
    ORDER BY t.table_key;
$$;
