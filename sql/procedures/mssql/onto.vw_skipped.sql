-- Purpose:     what of a datasource was not looked at, and why.
-- Columns:     ontology_id, datasource; phase: catalog (the login may not read it), profile (the table, or a column of it, gave no
--              statistics), lookup (values of the table could not be looked up in other tables); subject_key: of the table, or
--              of the column; reason.
CREATE OR ALTER VIEW onto.vw_skipped AS
SELECT o.ontology_id, o.datasource, s.phase, s.subject_key, s.reason
FROM onto.ontology AS o
JOIN (
    SELECT k.ontology_id, N'catalog' COLLATE Latin1_General_100_BIN2 AS phase,
        e.subject_key COLLATE Latin1_General_100_BIN2 AS subject_key, e.reason COLLATE Latin1_General_100_BIN2 AS reason
    FROM onto.ontology AS k
    CROSS APPLY OPENJSON(k.skipped) WITH (subject_key nvarchar(4000) '$.table_key', reason nvarchar(max) '$.reason') AS e
    UNION ALL
    SELECT t.ontology_id, N'profile', t.table_key, COALESCE(t.profile_message, N'no reason was given')
    FROM onto.schema_table AS t
    WHERE t.profile_status IN (N'FAILED', N'SKIPPED') AND t.dropped_at IS NULL
    UNION ALL
    -- Rows of sensitive columns are counted.
    SELECT t.ontology_id, N'profile', CONCAT(t.table_key, N'.', c.column_key), c.profile_note
    FROM onto.schema_table AS t
    JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
    WHERE t.profile_status = N'PROFILED' AND t.dropped_at IS NULL
      AND c.row_count IS NULL AND c.profile_note IS NOT NULL AND c.dropped_at IS NULL
    UNION ALL
    SELECT t.ontology_id, N'lookup', t.table_key, N'its values could not be looked up in ' + l.tables
    FROM onto.schema_table AS t
    JOIN onto.answer AS a
        ON a.ontology_id = t.ontology_id AND a.job_type = N'relationship_discovery'
            AND a.subject_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', t.table_key))
    CROSS APPLY (
        SELECT STRING_AGG(e.[value], N', ') WITHIN GROUP (ORDER BY e.[value] COLLATE Latin1_General_100_BIN2) AS tables
        FROM OPENJSON(a.answer, N'$.skipped') AS e
    ) AS l
    WHERE t.dropped_at IS NULL AND l.tables IS NOT NULL
) AS s ON s.ontology_id = o.ontology_id;
