-- Purpose:     limits and prices of models, as runners read them every few seconds and people when they ask.
-- Parameters:  @now UTC; @counts_today 0 leaves usd_used null where no request was reserved today, instead of summing
--              the calls of the day (for those who ask every few seconds); @into_caller 1: no result set, the rows go to the
--              caller's #list_limits.
-- Returns:     one row a model with a limit or a price: its limits (null = none), usd_used of today (UTC; what is reserved
--              included; null = without a limit of USD), is_spent whether its jobs wait for money, its prices (null = not
--              known).
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_list_limits @now datetime2(3) = NULL, @counts_today bit = 1, @into_caller bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @today date = CONVERT(date, COALESCE(@now, SYSUTCDATETIME()));
    DECLARE @row TABLE (
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
    INSERT INTO @row (model, is_limited, requests_per_minute, tokens_per_minute, usd_per_day, usd_used, is_spent,
        input_usd_per_m, output_usd_per_m, cached_usd_per_m)
    SELECT COALESCE(l.model, p.model), IIF(l.model IS NULL, 0, 1), l.requests_per_minute, l.tokens_per_minute, l.usd_per_day,
        CASE
            WHEN l.usd_per_day IS NULL THEN NULL
            WHEN l.usd_day = @today THEN l.usd_used
            WHEN @counts_today = 1 THEN llm.fn_usd_of_day(l.model, @today) END,
        CASE
            WHEN l.usd_per_day IS NULL THEN 0
            WHEN p.model IS NULL THEN 1
            WHEN l.refused_day = @today AND l.usd_per_day <= l.refused_limit THEN 1
            ELSE 0 END,
        p.input_usd_per_m, p.output_usd_per_m, p.cached_usd_per_m
    FROM llm.rate_limit AS l
    FULL JOIN llm.model_price AS p ON p.model = l.model;
    IF @into_caller = 1
        INSERT INTO #list_limits (model, is_limited, requests_per_minute, tokens_per_minute, usd_per_day, usd_used, is_spent,
            input_usd_per_m, output_usd_per_m, cached_usd_per_m)
        SELECT r.model, r.is_limited, r.requests_per_minute, r.tokens_per_minute, r.usd_per_day, r.usd_used, r.is_spent,
            r.input_usd_per_m, r.output_usd_per_m, r.cached_usd_per_m
        FROM @row AS r;
    ELSE
        SELECT r.model, r.is_limited, r.requests_per_minute, r.tokens_per_minute, r.usd_per_day, r.usd_used, r.is_spent,
            r.input_usd_per_m, r.output_usd_per_m, r.cached_usd_per_m
        FROM @row AS r
        ORDER BY r.model;
END;
