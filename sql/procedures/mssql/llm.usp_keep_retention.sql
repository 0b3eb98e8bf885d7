-- Purpose:     what a runner calls to keep llm.retention_policy: the next step, by the server's clock and nobody else's.
-- Parameters:  none.
-- Returns:     as llm.usp_apply_retention.
-- Errors:      none.
-- Idempotency: see llm.usp_apply_retention.
CREATE OR ALTER PROCEDURE llm.usp_keep_retention
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @what nvarchar(40), @removed bigint, @is_done bit;
    EXEC llm.usp_apply_retention @into_caller = 1, @result_what = @what OUTPUT, @removed = @removed OUTPUT,
        @is_done = @is_done OUTPUT;
    SELECT @what AS what, @removed AS removed, @is_done AS is_done WHERE @what IS NOT NULL;
END;
