-- Purpose:     what models were asked in a time and what that cost: requests, answers from the cache, tokens, USD.
-- Parameters:  @from and @to (UTC, the end excluded) when the calls began; default from the beginning of the day (UTC) to now;
--              @now UTC.
-- Returns:     one row a model, by the name under which it was asked: calls (requests), failed_calls of these, cache_hits,
--              input_tokens, output_tokens, cached_tokens, known_cost_usd (of calls with a price), unpriced_calls.
-- Errors:      none.
-- Idempotency: reads only: the calls of that time, by ix_call_started. Sums of adjoining times add up, so that who looks again
--              and again need not read the day again.
CREATE OR ALTER PROCEDURE llm.usp_top_calls
    @from datetime2(3) = NULL, @to datetime2(3) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME());
    DECLARE @first datetime2(3) = COALESCE(@from, CONVERT(datetime2(3), CONVERT(date, @at))), @end datetime2(3) = COALESCE(@to, @at);
    SELECT COALESCE(c.asked_model, c.model) AS model, SUM(CONVERT(bigint, IIF(c.cache_hit = 0, 1, 0))) AS calls,
        SUM(CONVERT(bigint, IIF(c.cache_hit = 0 AND c.error_code IS NOT NULL, 1, 0))) AS failed_calls,
        SUM(CONVERT(bigint, IIF(c.cache_hit = 1, 1, 0))) AS cache_hits, SUM(c.input_tokens) AS input_tokens,
        SUM(c.output_tokens) AS output_tokens, SUM(c.cached_tokens) AS cached_tokens,
        COALESCE(SUM(c.cost_usd), 0) AS known_cost_usd, COUNT_BIG(*) - COUNT_BIG(c.cost_usd) AS unpriced_calls
    FROM llm.call AS c
    WHERE c.started_at >= @first AND c.started_at < @end
    GROUP BY COALESCE(c.asked_model, c.model)
    ORDER BY COALESCE(c.asked_model, c.model);
END;
