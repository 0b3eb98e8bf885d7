-- Purpose:     of a row as it was when somebody decided about it, what may be shown after a page that it rested on was erased;
--              internal.
-- Parameters:  @then the row as it was; @now as it is, null if it is gone.
-- Returns:     its numbers, states and times, and what it still says; null in the place of the rest.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION kb.fn_kept_values (@then nvarchar(max), @now nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT CONCAT(N'{', STRING_AGG(k.member, N','), N'}')
        FROM (
            SELECT CONCAT(llm.fn_json_string(t.[key]), N':', CASE
                    WHEN t.[type] = 0 THEN N'null'
                    WHEN t.[type] NOT IN (2, 3) AND t.[key] <> N'promotion_state' AND t.[key] NOT LIKE N'%[_]at' AND NOT EXISTS (
                        SELECT 1
                        FROM OPENJSON(@now) AS n
                        WHERE n.[key] = t.[key] AND n.[type] = t.[type] AND 1 = CASE
                            WHEN DATALENGTH(n.[value]) = DATALENGTH(t.[value])
                                AND n.[value] COLLATE Latin1_General_100_BIN2 = t.[value] THEN 1
                            WHEN t.[type] IN (4, 5)
                                AND llm.fn_json_text(n.[value]) COLLATE Latin1_General_100_BIN2 = llm.fn_json_text(t.[value]) THEN 1
                            END) THEN N'null'
                    WHEN t.[type] = 1 THEN llm.fn_json_string(t.[value])
                    ELSE t.[value] END COLLATE Latin1_General_100_BIN2) AS member
            FROM OPENJSON(@then) AS t
            WHERE @now IS NOT NULL
        ) AS k);
END;
