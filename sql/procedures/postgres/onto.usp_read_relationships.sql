-- Purpose:     the relationships of an ontology with edits over what was inferred.
-- Parameters:  p_ontology_id; p_status candidate, accepted or rejected, p_table_key of either side, p_relationship_key: null for all.
-- Returns:     rows of onto.vw_relationship, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.usp_read_relationships(p_ontology_id bigint, p_status text DEFAULT NULL, p_table_key text DEFAULT NULL, p_relationship_key text DEFAULT NULL)
RETURNS TABLE (
    relationship_key text, from_table text, from_columns jsonb, to_table text, to_columns jsonb, status text,
    inferred_status text, provenance text, rejected_because text, cardinality text, confidence numeric, reasoning text,
    source_role text, description text, from_role text, to_role text, candidate_rank integer, join_count bigint,
    source_distinct bigint, source_matched bigint, target_matched bigint, orphan_count bigint, reverse_orphans bigint,
    source_nulls bigint, is_exact boolean, statistics jsonb, edited text)
-- Planned anew each time: for all rows or for a few of them.
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
    SELECT
        r.relationship_key, r.from_table, r.from_columns, r.to_table, r.to_columns, r.status, r.inferred_status,
        r.provenance, r.rejected_because, r.cardinality, r.confidence, r.reasoning, r.source_role, r.description,
        r.from_role, r.to_role, r.candidate_rank, r.join_count, r.source_distinct, r.source_matched, r.target_matched,
        r.orphan_count, r.reverse_orphans, r.source_nulls, r.is_exact, r.statistics, r.edited
    FROM onto.vw_relationship AS r
    WHERE r.ontology_id = p_ontology_id AND (p_status IS NULL OR r.status = p_status)
      -- By number: each side has an index of its own.
      AND (p_table_key IS NULL
           OR r.from_table_id = (
               SELECT t.schema_table_id FROM onto.schema_table AS t WHERE t.ontology_id = p_ontology_id AND t.table_key = p_table_key)
           OR r.to_table_id = (
               SELECT t.schema_table_id FROM onto.schema_table AS t WHERE t.ontology_id = p_ontology_id AND t.table_key = p_table_key))
      AND (p_relationship_key IS NULL OR r.relationship_key = p_relationship_key)
    ORDER BY r.relationship_key;
$$;
