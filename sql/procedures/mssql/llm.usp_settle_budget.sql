-- Purpose:     put the real usage of a request in place of what was reserved for it.
-- Parameters:  @reservation_id; @tokens, @usd used (null = as reserved; 0 for a request that was never sent); @now UTC.
-- Returns:     settled.
-- Errors:      none.
-- Idempotency: a reservation is settled once, and is gone then.
CREATE OR ALTER PROCEDURE llm.usp_settle_budget
    @reservation_id bigint, @tokens bigint, @usd decimal(28, 8), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @settled bit = 0, @model nvarchar(200), @dag_id bigint, @was_tokens bigint, @was_usd decimal(14, 8),
        @reserved_at datetime2(3) = @now;
    BEGIN TRY
        BEGIN TRANSACTION;
        SELECT @model = b.model, @dag_id = b.dag_id, @was_tokens = b.tokens, @was_usd = b.usd, @reserved_at = b.reserved_at
        FROM llm.budget_reservation AS b
        WHERE b.reservation_id = @reservation_id;
        -- In the order in which a reservation locks.
        UPDATE llm.rate_limit SET updated_at = updated_at WHERE model = @model;
        UPDATE llm.dag_budget SET updated_at = updated_at WHERE dag_id = @dag_id;
        DELETE b FROM llm.budget_reservation AS b WITH (ROWLOCK) WHERE b.reservation_id = @reservation_id;
        SET @settled = @@ROWCOUNT;
        IF @settled = 1
        BEGIN
            -- Whoever was refused for what is free again may come again.
            UPDATE l
            SET tokens_level = CASE
                    WHEN l.tokens_per_minute * 0.01 < c.tokens_level THEN l.tokens_per_minute * 0.01
                    ELSE COALESCE(c.tokens_level, l.tokens_per_minute * 0.01) END,
                usd_used = l.usd_used + IIF(l.usd_day = CONVERT(date, @reserved_at), COALESCE(@usd, @was_usd) - @was_usd, 0),
                refused_day = IIF(@usd < @was_usd, NULL, l.refused_day)
            FROM llm.rate_limit AS l
            CROSS APPLY (
                SELECT l.tokens_level + llm.fn_token_charge(@was_tokens, l.tokens_per_minute)
                    - llm.fn_token_charge(COALESCE(@tokens, @was_tokens), l.tokens_per_minute) AS tokens_level) AS c
            WHERE l.model = @model;
            UPDATE llm.dag_budget
            SET usd_used = usd_used + COALESCE(@usd, @was_usd) - @was_usd,
                refused_limit = IIF(@usd < @was_usd, NULL, refused_limit)
            WHERE dag_id = @dag_id;
        END;
        COMMIT TRANSACTION;
        SELECT @settled AS settled;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
