-- Purpose:     what the decisions about some rows come to that were not undone; internal.
-- Parameters:  @kind as in kb.adjudication; @target_ids json array of rows that are one.
-- Returns:     decision: the last one, a person's before the audit's; changes: for each value the last override that set it,
--              else the last approval that named it (of a page's classification); no row if nothing stands.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_standing_decision (@kind nvarchar(40), @target_ids nvarchar(max))
RETURNS TABLE
AS RETURN (
    SELECT s.decision, c.changes
    FROM (
        SELECT TOP (1) d.decision
        FROM OPENJSON(@target_ids) AS i
        JOIN kb.adjudication AS d ON d.target_id = CONVERT(bigint, i.[value])
        WHERE d.kind = @kind AND d.undone_at IS NULL
        ORDER BY IIF(d.decided_as = N'person', 0, 1), d.adjudication_id DESC
    ) AS s
    CROSS APPLY (
        SELECT CONCAT(N'{', STRING_AGG(CONVERT(nvarchar(max), CONCAT(llm.fn_json_string(k.[key]), N':', k.json)), N','), N'}')
            AS changes
        FROM (
            SELECT j.[key] COLLATE Latin1_General_100_BIN2 AS [key],
                CASE j.[type] WHEN 0 THEN N'null' WHEN 1 THEN llm.fn_json_string(j.[value]) ELSE j.[value] END
                    COLLATE Latin1_General_100_BIN2 AS json,
                ROW_NUMBER() OVER (PARTITION BY j.[key] COLLATE Latin1_General_100_BIN2
                    ORDER BY IIF(d.decision = N'override', 0, 1), IIF(d.decided_as = N'person', 0, 1), d.adjudication_id DESC) AS place
            FROM OPENJSON(@target_ids) AS i
            JOIN kb.adjudication AS d ON d.target_id = CONVERT(bigint, i.[value])
            CROSS APPLY OPENJSON(d.changes) AS j
            WHERE d.kind = @kind AND d.undone_at IS NULL
        ) AS k
        WHERE k.place = 1
    ) AS c
);
