-- Purpose:     what is inferred of fields, and what counts of them now; internal.
-- Parameters:  @ontology_id; @fields json array of {target_kind, target_key, field}, repetitions allowed.
-- Returns:     rows in the caller's #field_values, in place of those that are in it, each field once: target_kind, target_key,
--              field, is_known (there is such a thing now), inferred, value (an edit if there is one, else what is inferred).
-- Errors:      none.
-- Idempotency: reads only.
-- A procedure: each of its steps reads what the one before found, however many fields there are.
CREATE OR ALTER PROCEDURE onto.fn_field_values @ontology_id bigint, @fields nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #wanted_field (
        target_kind        nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key         nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        target_key_sha256  binary(32)     NULL,
        field              nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    CREATE TABLE #wanted_table (
        schema_table_id  bigint NOT NULL PRIMARY KEY
    );
    INSERT INTO #wanted_field (target_kind, target_key, target_key_sha256, field)
    SELECT f.target_kind, f.target_key, CONVERT(binary(32), HASHBYTES('SHA2_256', f.target_key)), f.field
    FROM (
        SELECT DISTINCT r.target_kind COLLATE Latin1_General_100_BIN2 AS target_kind,
            r.target_key COLLATE Latin1_General_100_BIN2 AS target_key, r.field COLLATE Latin1_General_100_BIN2 AS field
        FROM OPENJSON(@fields) WITH (
            target_kind nvarchar(40) '$.target_kind', target_key nvarchar(4000) '$.target_key', field nvarchar(100) '$.field') AS r
    ) AS f;
    -- Of the tables that are meant alone.
    INSERT INTO #wanted_table (schema_table_id)
    SELECT r.from_table_id
    FROM #wanted_field AS w
    JOIN onto.relationship AS r ON r.ontology_id = @ontology_id AND r.relationship_key_sha256 = w.target_key_sha256
    WHERE w.target_kind = N'relationship'
    UNION
    SELECT t.schema_table_id
    FROM #wanted_field AS w
    JOIN onto.schema_table AS t ON t.ontology_id = @ontology_id AND t.table_key = w.target_key
    WHERE w.target_kind = N'entity'
    UNION
    SELECT t.schema_table_id
    FROM #wanted_field AS w
    JOIN (
        SELECT k.schema_table_id, k.table_key + N'.' + c.column_key AS target_key
        FROM onto.schema_table AS k
        JOIN onto.schema_column AS c ON c.schema_table_id = k.schema_table_id
        WHERE k.ontology_id = @ontology_id
    ) AS t ON t.target_key = w.target_key
    WHERE w.target_kind = N'column';

    DELETE FROM #field_values;
    INSERT INTO #field_values (target_kind, target_key, field, is_known, inferred, value)
    SELECT w.target_kind, w.target_key, w.field, IIF(i.field IS NULL, 0, 1), i.value, COALESCE(e.value, i.value)
    FROM #wanted_field AS w
    LEFT JOIN (
        SELECT v.target_kind, v.target_key, v.field, v.value
        FROM onto.vw_inferred_value AS v
        WHERE v.ontology_id = @ontology_id AND v.schema_table_id IS NULL
        UNION ALL
        SELECT v.target_kind, v.target_key, v.field, v.value
        FROM #wanted_table AS t
        CROSS APPLY (
            SELECT k.target_kind, k.target_key, k.field, k.value
            FROM onto.vw_inferred_value AS k
            WHERE k.ontology_id = @ontology_id AND k.schema_table_id = t.schema_table_id
        ) AS v
    ) AS i ON i.target_kind = w.target_kind AND i.target_key = w.target_key AND i.field = w.field
    -- The edit that counts, as in onto.vw_active_edit, by the hash of its key.
    OUTER APPLY (
        SELECT TOP (1) v.value
        FROM onto.override AS v
        WHERE v.ontology_id = @ontology_id AND v.target_kind = w.target_kind AND v.target_key_sha256 = w.target_key_sha256
          AND v.field = w.field
        ORDER BY IIF(v.source = N'human', 0, 1)
    ) AS e;
END;
