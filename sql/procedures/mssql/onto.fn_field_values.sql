-- Purpose:     what is inferred of fields, and what counts of them now; internal.
-- Parameters:  @ontology_id; @fields json array of {target_kind, target_key, field}, repetitions allowed.
-- Returns:     each field once: target_kind, target_key, field, is_known (there is such a thing now), inferred, value (an edit if
--              there is one, else what is inferred).
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION onto.fn_field_values (@ontology_id bigint, @fields nvarchar(max))
RETURNS TABLE
AS RETURN (
    SELECT f.target_kind, f.target_key, f.field, CONVERT(bit, IIF(i.field IS NULL, 0, 1)) AS is_known, i.value AS inferred,
        COALESCE(e.value, i.value) AS value
    FROM (
        SELECT DISTINCT r.target_kind COLLATE Latin1_General_100_BIN2 AS target_kind,
            r.target_key COLLATE Latin1_General_100_BIN2 AS target_key, r.field COLLATE Latin1_General_100_BIN2 AS field
        FROM OPENJSON(@fields) WITH (
            target_kind nvarchar(40) '$.target_kind', target_key nvarchar(4000) '$.target_key', field nvarchar(100) '$.field') AS r
    ) AS f
    LEFT JOIN (
        -- Of the tables that are meant alone.
        SELECT v.target_kind, v.target_key, v.field, v.value
        FROM onto.vw_inferred_value AS v
        WHERE v.ontology_id = @ontology_id
          AND (v.schema_table_id IS NULL OR v.schema_table_id IN (
              SELECT t.schema_table_id
              FROM onto.schema_table AS t
              WHERE t.ontology_id = @ontology_id AND EXISTS (
                  SELECT 1 FROM OPENJSON(@fields) WITH (target_key nvarchar(4000) '$.target_key') AS k
                  WHERE LEFT(k.target_key, LEN(t.table_key)) COLLATE Latin1_General_100_BIN2 = t.table_key)))
    ) AS i ON i.target_kind = f.target_kind AND i.target_key = f.target_key AND i.field = f.field
    LEFT JOIN onto.vw_active_edit AS e
        ON e.ontology_id = @ontology_id AND e.target_kind = f.target_kind AND e.target_key = f.target_key AND e.field = f.field
);
