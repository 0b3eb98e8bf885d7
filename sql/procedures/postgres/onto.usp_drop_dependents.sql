-- Purpose:     mark relationships and entities whose tables or columns are gone, and revive those that went with them and
--              whose tables and columns are there again; internal.
-- Parameters:  p_ontology_id; p_came json array of the table_keys that came or came again just now; p_run_id, p_dag_id; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes. What is gone for another reason (no evidence, not declared any more, no entity by structure) stays so.
CREATE OR REPLACE FUNCTION onto.usp_drop_dependents(
    p_ontology_id bigint, p_came jsonb, p_run_id uuid, p_dag_id bigint, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_changes jsonb;
BEGIN
    WITH moved AS (
        UPDATE onto.relationship AS r
        SET dropped_at = CASE WHEN g.is_gone THEN p_now END, dropped_because = CASE WHEN g.is_gone THEN 'schema' END, updated_at = p_now
        FROM (
            SELECT k.relationship_id, EXISTS (
                SELECT 1
                FROM (
                    SELECT k.from_table_id AS schema_table_id, f.value AS column_key FROM jsonb_array_elements_text(k.from_columns) AS f (value)
                    UNION ALL
                    SELECT k.to_table_id, t.value FROM jsonb_array_elements_text(k.to_columns) AS t (value)
                ) AS e
                WHERE NOT EXISTS (
                    SELECT 1 FROM onto.schema_column AS c
                    JOIN onto.schema_table AS t ON t.schema_table_id = c.schema_table_id
                    WHERE c.schema_table_id = e.schema_table_id AND c.column_key = e.column_key COLLATE "C"
                      AND c.dropped_at IS NULL AND t.dropped_at IS NULL)) AS is_gone
            FROM onto.relationship AS k
            WHERE k.ontology_id = p_ontology_id AND (k.dropped_at IS NULL OR k.dropped_because = 'schema')
        ) AS g
        WHERE r.relationship_id = g.relationship_id AND g.is_gone = (r.dropped_at IS NULL)
        RETURNING r.relationship_key, r.status, g.is_gone
    )
    SELECT jsonb_agg(jsonb_build_object('target_kind', 'relationship', 'target_key', m.relationship_key, 'field', 'status',
        'before', CASE WHEN m.is_gone THEN m.status END, 'after', CASE WHEN NOT m.is_gone THEN m.status END))
    INTO v_changes
    FROM moved AS m
    WHERE m.status <> 'candidate';
    PERFORM onto.usp_log_changes(p_ontology_id, v_changes, 'schema', p_run_id, p_dag_id, p_now);

    WITH moved AS (
        UPDATE onto.entity AS e
        SET dropped_at = CASE WHEN t.dropped_at IS NOT NULL THEN p_now END, updated_at = p_now
        FROM onto.schema_table AS t
        WHERE e.ontology_id = p_ontology_id AND t.schema_table_id = e.schema_table_id
          AND (t.dropped_at IS NULL) <> (e.dropped_at IS NULL) AND (t.dropped_at IS NOT NULL OR p_came ? t.table_key)
        RETURNING t.table_key, e.dropped_at
    )
    SELECT jsonb_agg(jsonb_build_object('target_kind', 'entity', 'target_key', m.table_key, 'field', 'exists',
        'before', m.dropped_at IS NOT NULL, 'after', m.dropped_at IS NULL))
    INTO v_changes
    FROM moved AS m;
    PERFORM onto.usp_log_changes(p_ontology_id, v_changes, 'schema', p_run_id, p_dag_id, p_now);
END
$$;
