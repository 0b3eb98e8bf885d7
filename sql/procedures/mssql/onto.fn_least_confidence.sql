-- Purpose:     the confidence below which an answer about a database counts as a no.
-- Parameters:  @job_type, @item_kind.
-- Returns:     manual_review of the most specific row of kb.governance_policy, 0.7 as delivered.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION onto.fn_least_confidence (@job_type nvarchar(100), @item_kind nvarchar(100))
RETURNS decimal(5, 4)
AS
BEGIN
    RETURN COALESCE((
        SELECT TOP (1) g.manual_review
        FROM kb.governance_policy AS g
        WHERE g.job_type IN (@job_type, N'*') AND g.item_kind IN (@item_kind, N'*')
        ORDER BY IIF(g.job_type = N'*', 1, 0), IIF(g.item_kind = N'*', 1, 0)), 0.7);
END;
