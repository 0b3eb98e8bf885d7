-- Purpose:     why the options of a datasource cannot be used, in a sentence; internal.
-- Parameters:  @options json object, see onto.usp_put_datasource.
-- Returns:     the first fault; null if there is none.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION onto.fn_datasource_fault (@options nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT TOP (1) CASE
            WHEN e.[key] NOT IN (N'statement_timeout_ms', N'include_schemas', N'exclude_schemas', N'include_tables', N'exclude_tables',
                N'sensitive_columns', N'row_limit', N'sample_rows', N'accept_writing_login') THEN CONCAT(N'there is no option ', e.[key])
            WHEN e.[key] COLLATE Latin1_General_100_BIN2 LIKE N'%clude[_]%' OR e.[key] = N'sensitive_columns' THEN CONCAT(e.[key], N' is no list of patterns, each a text')
            WHEN e.[key] = N'accept_writing_login' THEN CONCAT(e.[key], N' is neither true nor false')
            ELSE CONCAT(e.[key], N' is no whole number in its bounds') END
        FROM OPENJSON(@options) AS e
        CROSS APPLY (
            SELECT CASE WHEN e.[type] = 2 THEN TRY_CONVERT(float, e.[value]) END AS number
        ) AS n
        WHERE CASE
            WHEN e.[key] COLLATE Latin1_General_100_BIN2 LIKE N'%clude[_]%' OR e.[key] = N'sensitive_columns' THEN IIF(e.[type] = 4 AND NOT EXISTS (
                SELECT 1 FROM OPENJSON(CASE WHEN e.[type] = 4 THEN e.[value] END) AS p
                WHERE p.[type] <> 1 OR DATALENGTH(p.[value]) = 0), 1, 0)
            WHEN e.[key] = N'accept_writing_login' THEN IIF(e.[type] = 3, 1, 0)
            WHEN e.[key] = N'statement_timeout_ms' THEN IIF(n.number = FLOOR(n.number) AND n.number BETWEEN 1 AND 2147483647, 1, 0)
            WHEN e.[key] = N'row_limit' THEN IIF(n.number = FLOOR(n.number) AND n.number BETWEEN 1 AND 1000000000000, 1, 0)
            WHEN e.[key] = N'sample_rows' THEN IIF(n.number = FLOOR(n.number) AND n.number BETWEEN 100 AND 10000000, 1, 0)
            ELSE 0 END = 0
        ORDER BY e.[key] COLLATE Latin1_General_100_BIN2);
END;
