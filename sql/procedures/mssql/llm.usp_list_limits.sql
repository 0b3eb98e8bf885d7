-- Purpose:     limits and prices of models, as runners read them every few seconds and people when they ask.
-- Parameters:  @now UTC; @counts_today 0 leaves usd_used null where no request was reserved today, instead of summing
--              the calls of the day (for those who ask every few seconds).
-- Returns:     one row a model with a limit or a price: its limits (null = none), usd_used of today (UTC; what is reserved
--              included; null = without a limit of USD), is_spent whether its jobs wait for money, its prices (null = not
--              known).
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE llm.usp_list_limits @now datetime2(3) = NULL, @counts_today bit = 1
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @today date = CONVERT(date, COALESCE(@now, SYSUTCDATETIME()));
    SELECT COALESCE(l.model, p.model) AS model, CONVERT(bit, IIF(l.model IS NULL, 0, 1)) AS is_limited, l.requests_per_minute,
        l.tokens_per_minute, l.usd_per_day,
        CASE
            WHEN l.usd_per_day IS NULL THEN NULL
            WHEN l.usd_day = @today THEN l.usd_used
            WHEN @counts_today = 1 THEN llm.fn_usd_of_day(l.model, @today) END AS usd_used,
        CONVERT(bit, CASE
            WHEN l.usd_per_day IS NULL THEN 0
            WHEN p.model IS NULL THEN 1
            WHEN l.refused_day = @today AND l.usd_per_day <= l.refused_limit THEN 1
            ELSE 0 END) AS is_spent,
        p.input_usd_per_m, p.output_usd_per_m, p.cached_usd_per_m
    FROM llm.rate_limit AS l
    FULL JOIN llm.model_price AS p ON p.model = l.model
    ORDER BY COALESCE(l.model, p.model);
END;
