-- Purpose:     what governance makes of one assertion: 3 promoted, 2 candidate for review, 1 suppressed.
-- Parameters:  @job_type, @item_kind, @confidence (0..1), @is_weak (grounded without its name: review at most).
-- Returns:     one row with the rank; a derived row has the highest of its live assertions. The most specific policy row
--              decides.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_state_rank (
    @job_type nvarchar(100), @item_kind nvarchar(100), @confidence decimal(5, 4), @is_weak bit)
RETURNS TABLE
AS RETURN (
    SELECT TOP (1) CASE
            WHEN @confidence >= g.auto_promote AND @is_weak = 0 THEN 3
            WHEN @confidence >= g.manual_review THEN 2
            ELSE 1 END AS state_rank
    FROM kb.governance_policy AS g
    WHERE g.job_type IN (@job_type, N'*') AND g.item_kind IN (@item_kind, N'*')
    ORDER BY IIF(g.job_type = N'*', 1, 0), IIF(g.item_kind = N'*', 1, 0)
);
