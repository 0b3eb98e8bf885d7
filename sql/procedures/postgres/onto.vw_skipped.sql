-- Purpose:     what of a datasource was not looked at, and why.
-- Columns:     ontology_id, datasource; phase: catalog (the login may not read it), profile (the table, or a column of it, gave no
--              statistics), lookup (values of the table could not be looked up in other tables); subject_key: of the table, or
--              of the column; reason.
CREATE OR REPLACE VIEW onto.vw_skipped AS
SELECT o.ontology_id, o.datasource, s.phase, s.subject_key, s.reason
FROM onto.ontology AS o
JOIN (
    SELECT k.ontology_id, 'catalog' AS phase, e.value ->> 'table_key' AS subject_key, e.value ->> 'reason' AS reason
    FROM onto.ontology AS k
    CROSS JOIN LATERAL jsonb_array_elements(k.skipped) AS e (value)
    UNION ALL
    SELECT t.ontology_id, 'profile', t.table_key, coalesce(t.profile_message, 'no reason was given')
    FROM onto.schema_table AS t
    WHERE t.profile_status IN ('FAILED', 'SKIPPED') AND t.dropped_at IS NULL
    UNION ALL
    -- Rows of sensitive columns are counted.
    SELECT t.ontology_id, 'profile', t.table_key || '.' || c.column_key, c.profile_note
    FROM onto.schema_table AS t
    JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
    WHERE t.profile_status = 'PROFILED' AND t.dropped_at IS NULL
      AND c.row_count IS NULL AND c.profile_note IS NOT NULL AND c.dropped_at IS NULL
    UNION ALL
    SELECT t.ontology_id, 'lookup', t.table_key, 'its values could not be looked up in ' || (
        SELECT string_agg(e.value, ', ' ORDER BY e.value COLLATE "C") FROM jsonb_array_elements_text(a.answer -> 'skipped') AS e (value))
    FROM onto.schema_table AS t
    JOIN onto.answer AS a ON a.ontology_id = t.ontology_id AND a.job_type = 'relationship_discovery' AND a.subject_key = t.table_key
    WHERE t.dropped_at IS NULL AND jsonb_array_length(a.answer -> 'skipped') > 0
) AS s ON s.ontology_id = o.ontology_id;
