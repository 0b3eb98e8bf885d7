-- Purpose:     write into the change log what changed; internal, called by the procedure that makes the change.
-- Parameters:  @ontology_id; @changes json array of {target_kind, target_key, field, before, after}, of which those whose
--              before is their after are passed over, so that callers list every field; @source schema, inferred, human,
--              agent or import; @run_id, @dag_id null where no run, no dag made the change; @now UTC; @by who made it, null
--              for the login.
--              A dag that changes something raises the version of the ontology, once; of edits the caller does.
-- Returns:     how many changes were written.
-- Errors:      none.
-- Idempotency: no: each call writes.
CREATE OR ALTER PROCEDURE onto.usp_log_changes
    @ontology_id bigint, @changes nvarchar(max), @source nvarchar(40), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3),
    @by nvarchar(max) = NULL, @result bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @change TABLE (
        place        int            NOT NULL PRIMARY KEY,
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NULL,
        before       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        after        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO @change (place, target_kind, target_key, field, before, after)
    SELECT CONVERT(int, r.[key]), w.target_kind, w.target_key, w.field, v.before, v.after
    FROM OPENJSON(@changes) AS r
    CROSS APPLY OPENJSON(r.[value]) WITH (
        target_kind nvarchar(40) '$.target_kind', target_key nvarchar(4000) '$.target_key', field nvarchar(100) '$.field') AS w
    CROSS APPLY (
        SELECT MAX(CASE WHEN t.name = N'before' THEN t.document END) COLLATE Latin1_General_100_BIN2 AS before,
            MAX(CASE WHEN t.name = N'after' THEN t.document END) COLLATE Latin1_General_100_BIN2 AS after
        FROM (
            SELECT x.[key] AS name, IIF(x.[type] = 1, llm.fn_json_string(x.[value]), x.[value]) AS document
            FROM OPENJSON(r.[value]) AS x
            WHERE x.[key] IN (N'before', N'after')
        ) AS t
    ) AS v
    WHERE NOT EXISTS (SELECT v.before INTERSECT SELECT v.after);
    -- Documents may be written in two ways and be the same.
    UPDATE @change
    SET before = llm.fn_json_text(before), after = llm.fn_json_text(after)
    WHERE LEFT(before, 1) IN (N'[', N'{') OR LEFT(after, 1) IN (N'[', N'{');
    INSERT INTO onto.change_log (ontology_id, target_kind, target_key, field, before, after, source, run_id, dag_id,
        changed_by, changed_at)
    SELECT @ontology_id, c.target_kind, c.target_key, c.field, c.before, c.after, @source, @run_id, @dag_id,
        COALESCE(NULLIF(TRIM(@by) COLLATE Latin1_General_100_BIN2, N''), ORIGINAL_LOGIN()), @now
    FROM @change AS c
    WHERE NOT EXISTS (SELECT c.before INTERSECT SELECT c.after)
    ORDER BY c.target_kind, c.target_key, c.field;
    SET @result = @@ROWCOUNT;
    IF @result > 0 AND @dag_id IS NOT NULL
        EXEC onto.usp_raise_version @ontology_id = @ontology_id, @dag_id = @dag_id, @now = @now;
END;
