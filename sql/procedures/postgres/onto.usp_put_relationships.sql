-- Purpose:     write relationships that were found by looking at a database; internal, a step of routing.
-- Parameters:  p_ontology_id; p_relationships json array of {relationship_key, from_table, from_columns, to_table, to_columns,
--              status, provenance, cardinality, confidence, reasoning, candidate_rank, join_count, source_distinct,
--              source_matched, target_matched, orphan_count, reverse_orphans, source_nulls, is_exact, statistics};
--              p_run_id, p_dag_id; p_now UTC.
-- Returns:     how many rows were written.
-- Errors:      none.
-- Idempotency: rows that are right are not written.
-- What is declared is accepted, whatever was thought before; what a model said of a candidate stays until it is asked
-- again; what a person added stays theirs and gets what looking it up gave, without values. Of columns that became sensitive
-- meanwhile no value is kept.
CREATE OR REPLACE FUNCTION onto.usp_put_relationships(
    p_ontology_id bigint, p_relationships jsonb, p_run_id uuid, p_dag_id bigint, p_now timestamptz)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_before    jsonb;
    v_sensitive jsonb;
    v_rows      bigint;
    v_manual    bigint;
BEGIN
    -- A candidate is nothing yet, nor is what is gone.
    SELECT coalesce(jsonb_agg(jsonb_build_object('relationship_key', r.relationship_key, 'status', r.status)), '[]')
    INTO v_before
    FROM jsonb_to_recordset(p_relationships) AS g (relationship_key text)
    JOIN onto.relationship AS r ON r.ontology_id = p_ontology_id AND r.relationship_key = g.relationship_key
    WHERE r.dropped_at IS NULL AND r.status <> 'candidate';

    SELECT coalesce(jsonb_agg(e.target_key), '[]') INTO v_sensitive
    FROM onto.vw_active_edit AS e
    WHERE e.ontology_id = p_ontology_id AND e.target_kind = 'column' AND e.field = 'is_sensitive' AND e.value = 'true';

    INSERT INTO onto.relationship AS r (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status,
        provenance, cardinality, confidence, reasoning, candidate_rank, join_count, source_distinct, source_matched,
        target_matched, orphan_count, reverse_orphans, source_nulls, is_exact, statistics, run_id, created_at, updated_at)
    SELECT p_ontology_id, g.relationship_key, s.schema_table_id, g.from_columns, t.schema_table_id, g.to_columns, g.status,
        g.provenance, g.cardinality, g.confidence, g.reasoning, g.candidate_rank, g.join_count, g.source_distinct,
        g.source_matched, g.target_matched, g.orphan_count, g.reverse_orphans, g.source_nulls, g.is_exact,
        CASE WHEN EXISTS (
                SELECT 1
                FROM (
                    SELECT g.from_table || '.' || f.value AS target_key FROM jsonb_array_elements_text(g.from_columns) AS f (value)
                    UNION ALL
                    SELECT g.to_table || '.' || k.value FROM jsonb_array_elements_text(g.to_columns) AS k (value)
                ) AS n
                JOIN jsonb_array_elements_text(v_sensitive) AS h (value) ON h.value = n.target_key)
             THEN coalesce(nullif(g.statistics, 'null'), '{}') - 'source_samples' - 'target_samples' - 'orphan_samples'
             ELSE coalesce(nullif(g.statistics, 'null'), '{}') END, p_run_id, p_now, p_now
    FROM jsonb_to_recordset(p_relationships) AS g (relationship_key text, from_table text, from_columns jsonb, to_table text,
        to_columns jsonb, status text, provenance text, cardinality text, confidence numeric, reasoning text,
        candidate_rank integer, join_count bigint, source_distinct bigint, source_matched bigint, target_matched bigint,
        orphan_count bigint, reverse_orphans bigint, source_nulls bigint, is_exact boolean, statistics jsonb)
    JOIN onto.schema_table AS s ON s.ontology_id = p_ontology_id AND s.table_key = g.from_table AND s.dropped_at IS NULL
    JOIN onto.schema_table AS t ON t.ontology_id = p_ontology_id AND t.table_key = g.to_table AND t.dropped_at IS NULL
    WHERE g.provenance <> 'manual'
    ORDER BY g.relationship_key
    ON CONFLICT (ontology_id, relationship_key) DO UPDATE
        SET status = CASE WHEN EXCLUDED.status = 'accepted' THEN 'accepted'
                WHEN r.provenance = 'declared' THEN EXCLUDED.status ELSE r.status END,
            rejected_because = CASE WHEN EXCLUDED.status = 'accepted' OR r.provenance = 'declared'
                THEN NULL ELSE r.rejected_because END,
            provenance = EXCLUDED.provenance,
            cardinality = coalesce(EXCLUDED.cardinality, r.cardinality),
            confidence = CASE WHEN EXCLUDED.confidence IS NULL AND r.provenance <> 'declared' THEN r.confidence ELSE EXCLUDED.confidence END,
            reasoning = coalesce(EXCLUDED.reasoning, r.reasoning),
            candidate_rank = EXCLUDED.candidate_rank, join_count = EXCLUDED.join_count,
            source_distinct = EXCLUDED.source_distinct, source_matched = EXCLUDED.source_matched,
            target_matched = EXCLUDED.target_matched, orphan_count = EXCLUDED.orphan_count,
            reverse_orphans = EXCLUDED.reverse_orphans, source_nulls = EXCLUDED.source_nulls, is_exact = EXCLUDED.is_exact,
            statistics = EXCLUDED.statistics, run_id = EXCLUDED.run_id, updated_at = EXCLUDED.updated_at, dropped_at = NULL,
            dropped_because = NULL
        WHERE r.provenance <> 'manual'
          AND (r.provenance, r.candidate_rank, r.join_count, r.source_distinct, r.source_matched, r.target_matched, r.orphan_count,
               r.reverse_orphans, r.source_nulls, r.is_exact, r.statistics, r.dropped_at IS NULL, r.status = 'accepted')
              IS DISTINCT FROM
              (EXCLUDED.provenance, EXCLUDED.candidate_rank, EXCLUDED.join_count, EXCLUDED.source_distinct, EXCLUDED.source_matched,
               EXCLUDED.target_matched, EXCLUDED.orphan_count, EXCLUDED.reverse_orphans, EXCLUDED.source_nulls, EXCLUDED.is_exact,
               EXCLUDED.statistics, true, EXCLUDED.status = 'accepted' OR r.status = 'accepted');
    GET DIAGNOSTICS v_rows = ROW_COUNT;

    UPDATE onto.relationship AS r
    SET cardinality = coalesce(g.cardinality, r.cardinality), join_count = g.join_count, source_distinct = g.source_distinct,
        source_matched = g.source_matched, target_matched = g.target_matched, orphan_count = g.orphan_count,
        reverse_orphans = g.reverse_orphans, source_nulls = g.source_nulls, is_exact = g.is_exact,
        statistics = coalesce(nullif(g.statistics, 'null'), '{}') - 'source_samples' - 'target_samples' - 'orphan_samples',
        updated_at = p_now
    FROM jsonb_to_recordset(p_relationships) AS g (relationship_key text, cardinality text, join_count bigint, source_distinct bigint,
        source_matched bigint, target_matched bigint, orphan_count bigint, reverse_orphans bigint, source_nulls bigint,
        is_exact boolean, statistics jsonb)
    WHERE r.ontology_id = p_ontology_id AND r.relationship_key = g.relationship_key AND r.provenance = 'manual'
      AND (r.join_count, r.source_distinct, r.source_matched, r.target_matched, r.orphan_count, r.reverse_orphans, r.source_nulls,
           r.is_exact, r.statistics)
          IS DISTINCT FROM
          (g.join_count, g.source_distinct, g.source_matched, g.target_matched, g.orphan_count, g.reverse_orphans, g.source_nulls,
           g.is_exact, coalesce(nullif(g.statistics, 'null'), '{}') - 'source_samples' - 'target_samples' - 'orphan_samples');
    GET DIAGNOSTICS v_manual = ROW_COUNT;
    v_rows := v_rows + v_manual;
    PERFORM onto.usp_log_changes(p_ontology_id, (
        SELECT jsonb_agg(jsonb_build_object('target_kind', 'relationship', 'target_key', r.relationship_key, 'field', 'status',
            'before', b.status, 'after', nullif(r.status, 'candidate')))
        FROM jsonb_to_recordset(p_relationships) AS g (relationship_key text)
        JOIN onto.relationship AS r ON r.ontology_id = p_ontology_id AND r.relationship_key = g.relationship_key
        LEFT JOIN jsonb_to_recordset(v_before) AS b (relationship_key text, status text) ON b.relationship_key = r.relationship_key),
        'inferred', p_run_id, p_dag_id, p_now);
    RETURN v_rows;
END
$$;
