-- Purpose:     how far the limits of models and dags are used now.
-- Parameters:  @now UTC.
-- Returns:     one row a limit: scope (model, or dag:<dag_id>), measure (requests_per_minute and tokens_per_minute: what began in
--              the last 60 s; usd_per_day: spent and reserved today, UTC; usd_limit: of a running dag), used, most, used_percent;
--              is_spent: its jobs wait for money.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_top_budgets @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME());
    CREATE TABLE #list_limits (
        model                nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        is_limited           bit            NOT NULL,
        requests_per_minute  int            NULL,
        tokens_per_minute    bigint         NULL,
        usd_per_day          decimal(14, 6) NULL,
        usd_used             decimal(18, 8) NULL,
        is_spent             bit            NOT NULL,
        input_usd_per_m      decimal(12, 6) NULL,
        output_usd_per_m     decimal(12, 6) NULL,
        cached_usd_per_m     decimal(12, 6) NULL
    );
    EXEC llm.usp_list_limits @now = @at, @into_caller = 1;
    WITH minute AS (
        SELECT COALESCE(c.asked_model, c.model) AS model, COUNT_BIG(*) AS requests, SUM(c.input_tokens + c.output_tokens) AS tokens
        FROM llm.call AS c
        WHERE c.started_at > DATEADD(MINUTE, -1, @at) AND c.started_at <= @at AND c.cache_hit = 0
        GROUP BY COALESCE(c.asked_model, c.model)
    ), bound AS (
        SELECT l.model AS scope, b.ordinal, b.measure, b.used, b.most, b.is_spent
        FROM #list_limits AS l
        LEFT JOIN minute AS m ON m.model = l.model
        CROSS APPLY (VALUES
            (1, N'requests_per_minute', CONVERT(decimal(28, 8), COALESCE(m.requests, 0)),
                CONVERT(decimal(28, 8), l.requests_per_minute), CONVERT(bit, 0)),
            (2, N'tokens_per_minute', CONVERT(decimal(28, 8), COALESCE(m.tokens, 0)),
                CONVERT(decimal(28, 8), l.tokens_per_minute), CONVERT(bit, 0)),
            (3, N'usd_per_day', CONVERT(decimal(28, 8), COALESCE(l.usd_used, 0)), CONVERT(decimal(28, 8), l.usd_per_day), l.is_spent)
        ) AS b (ordinal, measure, used, most, is_spent)
        WHERE l.is_limited = 1 AND b.most IS NOT NULL
        UNION ALL
        SELECT CONCAT(N'dag:', b.dag_id) COLLATE Latin1_General_100_BIN2, 4, N'usd_limit', CONVERT(decimal(28, 8), b.usd_used),
            CONVERT(decimal(28, 8), b.usd_limit), CONVERT(bit, IIF(b.usd_limit <= b.refused_limit, 1, 0))
        FROM llm.dag_budget AS b
        JOIN llm.dag AS d ON d.dag_id = b.dag_id AND d.status = N'RUNNING'
    )
    SELECT b.scope, b.measure, b.used, b.most,
        CONVERT(decimal(28, 1), CASE WHEN b.used = 0 THEN 0 WHEN b.most = 0 THEN 100 ELSE ROUND(100 * b.used / b.most, 1) END)
            AS used_percent,
        b.is_spent
    FROM bound AS b
    ORDER BY IIF(b.ordinal = 4, 1, 0), b.scope, b.ordinal;
END;
