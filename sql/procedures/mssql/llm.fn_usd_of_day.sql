-- Purpose:     what was spent and is reserved on a day, from the rows themselves: read once a day and model, then counted on;
--              internal.
-- Parameters:  @model as it is asked for; @day UTC.
-- Returns:     USD; calls of unknown price count nothing.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION llm.fn_usd_of_day (@model nvarchar(4000), @day date)
RETURNS decimal(18, 8)
AS
BEGIN
    -- Sums of 38 digits would lose their last place when they are added.
    RETURN ISNULL((SELECT CONVERT(decimal(18, 8), SUM(c.cost_usd))
            FROM llm.call AS c
            WHERE c.started_at >= CONVERT(datetime2(3), @day)
              AND c.started_at < DATEADD(DAY, 1, CONVERT(datetime2(3), @day))
              AND COALESCE(c.asked_model, c.model) = @model), 0)
        + ISNULL((SELECT CONVERT(decimal(18, 8), SUM(b.usd))
            FROM llm.budget_reservation AS b
            WHERE b.model = @model AND b.reserved_at >= CONVERT(datetime2(3), @day)), 0);
END;
