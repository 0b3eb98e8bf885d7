-- Purpose:     why an array cannot be read as jobs or runs, in a sentence; internal.
-- Parameters:  @items json, as llm.usp_enqueue_jobs, llm.usp_complete_jobs and llm.usp_renew_leases take it.
-- Returns:     the first item (numbered from 1) and field at fault; null if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION llm.fn_item_fault (@items nvarchar(max))
RETURNS nvarchar(2000)
AS
BEGIN
    IF COALESCE(ISJSON(@items), 0) = 0
        OR LEFT(TRIM(NCHAR(32) + NCHAR(9) + NCHAR(10) + NCHAR(13) FROM LEFT(@items, 4000)), 1) <> N'['
        RETURN N'it is no json array';
    RETURN (
        SELECT TOP (1) CONCAT(N'item ', n.number, CASE
            WHEN i.[type] <> 5 THEN N' is no json object'
            ELSE CONCAT(N', ', e.[key] COLLATE Latin1_General_100_BIN2, N': "', LEFT(e.[value], 200), N'" is not ', f.wanted) END)
        FROM OPENJSON(@items) AS i
        OUTER APPLY OPENJSON(CASE WHEN i.[type] = 5 THEN i.[value] END) AS e
        CROSS APPLY (
            -- An empty text reads as 0.
            SELECT CONVERT(int, i.[key]) + 1 AS number, NULLIF(CASE WHEN e.[type] <> 0 THEN e.[value] END, N'') AS text
        ) AS n
        CROSS APPLY (
            SELECT CASE
                WHEN e.[key] IN (N'job_id', N'source_page_id', N'dag_node_id')
                    THEN IIF(TRY_CONVERT(bigint, n.text) IS NULL, N'a whole number of 8 bytes', NULL)
                WHEN e.[key] = N'priority' THEN IIF(TRY_CONVERT(int, n.text) IS NULL, N'a whole number of 4 bytes', NULL)
                WHEN e.[key] = N'max_attempts'
                    THEN IIF(e.[type] <> 1 AND TRY_CONVERT(int, n.text) >= 1, NULL, N'a whole number above 0')
                WHEN e.[key] = N'rerun'
                    THEN IIF(e.[type] <> 1 AND TRY_CONVERT(int, n.text) >= 0, NULL, N'a whole number from 0 on')
                -- More characters would be cut.
                WHEN e.[key] IN (N'run_id', N'correlation_id')
                    THEN IIF(LEN(n.text) = 36 AND TRY_CONVERT(uniqueidentifier, n.text) IS NOT NULL, NULL, N'a uuid')
                WHEN e.[key] = N'available_at'
                    THEN IIF(llm.fn_instant(n.text) IS NULL, N'an instant such as 2026-01-31T12:00:00Z', NULL) END AS wanted
        ) AS f
        WHERE i.[type] <> 5 OR (e.[type] <> 0 AND f.wanted IS NOT NULL)
        ORDER BY n.number, e.[key]);
END;
