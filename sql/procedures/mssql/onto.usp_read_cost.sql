-- Purpose:     what asking again for all answers on record would cost, judging by what they cost when they were asked for.
-- Parameters:  @ontology_id; @tables a json array of table keys, whose columns and relationships are meant too; null for all.
-- Returns:     answers of models; calls, input_tokens, output_tokens; cost_usd, null if the price of a call was not known, or
--              no call is on record.
-- Errors:      none.
-- Idempotency: reads only. An answer that came from the cache, or whose run was purged, counts as the mean of its job type, and
--              without that as the mean of all.
CREATE OR ALTER PROCEDURE onto.usp_read_cost @ontology_id bigint, @tables nvarchar(max) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- Read once, not with each answer.
    DECLARE @table TABLE (
        table_key  nvarchar(600) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    DECLARE @mean TABLE (
        job_type       nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        answers        bigint        NOT NULL,
        is_unpriced    bit           NOT NULL,
        calls          float         NULL,
        input_tokens   float         NULL,
        output_tokens  float         NULL,
        cost_usd       float         NULL
    );
    INSERT INTO @table (table_key)
    SELECT DISTINCT CONVERT(nvarchar(600), t.[value]) COLLATE Latin1_General_100_BIN2
    FROM OPENJSON(@tables) AS t
    WHERE t.[value] IS NOT NULL;
    INSERT INTO @mean (job_type, answers, is_unpriced, calls, input_tokens, output_tokens, cost_usd)
    SELECT q.job_type, COUNT_BIG(*), MAX(q.is_unpriced), AVG(CONVERT(float, NULLIF(q.calls, 0))), AVG(CONVERT(float, q.input_tokens)),
        AVG(CONVERT(float, q.output_tokens)), AVG(CONVERT(float, q.cost_usd))
    FROM (
        SELECT a.job_type, COUNT_BIG(c.call_no) AS calls, SUM(CONVERT(bigint, c.input_tokens)) AS input_tokens,
            SUM(CONVERT(bigint, c.output_tokens)) AS output_tokens, SUM(c.cost_usd) AS cost_usd,
            IIF(COUNT_BIG(c.call_no) > COUNT_BIG(c.cost_usd), 1, 0) AS is_unpriced
        FROM onto.answer AS a
        LEFT JOIN llm.call AS c ON c.run_id = a.run_id AND c.cache_hit = 0
        WHERE a.ontology_id = @ontology_id AND a.model IS NOT NULL
          AND (@tables IS NULL OR EXISTS (
              SELECT 1
              FROM @table AS t
              WHERE a.subject_key = t.table_key
                 OR LEFT(a.subject_key, LEN(t.table_key) + 1) IN (CONCAT(t.table_key, N'.'), CONCAT(t.table_key, N'('))
                 OR CHARINDEX(CONCAT(N'->', t.table_key, N'('), a.subject_key) > 0))
        GROUP BY a.job_type, a.subject_key_sha256
    ) AS q
    GROUP BY q.job_type;

    SELECT COALESCE(SUM(m.answers), 0) AS answers,
        CONVERT(bigint, ROUND(COALESCE(SUM(m.answers * COALESCE(m.calls, g.calls, 1)), 0), 0)) AS calls,
        CONVERT(bigint, ROUND(COALESCE(SUM(m.answers * COALESCE(m.input_tokens, g.input_tokens, 0)), 0), 0)) AS input_tokens,
        CONVERT(bigint, ROUND(COALESCE(SUM(m.answers * COALESCE(m.output_tokens, g.output_tokens, 0)), 0), 0)) AS output_tokens,
        CASE WHEN COALESCE(MAX(IIF(m.is_unpriced = 1 OR g.cost_usd IS NULL, 1, 0)), 0) = 0
             THEN CONVERT(decimal(19, 6), COALESCE(SUM(m.answers * COALESCE(m.cost_usd, g.cost_usd, 0)), 0)) END AS cost_usd
    FROM @mean AS m
    CROSS JOIN (
        SELECT AVG(n.calls) AS calls, AVG(n.input_tokens) AS input_tokens, AVG(n.output_tokens) AS output_tokens,
            AVG(n.cost_usd) AS cost_usd
        FROM @mean AS n
    ) AS g;
END;
