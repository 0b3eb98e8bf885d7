-- Purpose:     set the limits of the whole fleet for a model; they hold for the next request, jobs that wait included.
-- Parameters:  @model as it is asked for; @requests_per_minute, @tokens_per_minute greater than 0; @usd_per_day (UTC) 0 or
--              more; null = no such limit; @now UTC.
-- Returns:     created; is_priced whether the price of the model is known, without which a limit of USD lets nothing through.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: yes. What was used stays counted. UPDATE llm.rate_limit does the same.
CREATE OR ALTER PROCEDURE llm.usp_put_rate_limit
    @model nvarchar(4000), @requests_per_minute int = NULL, @tokens_per_minute bigint = NULL,
    @usd_per_day decimal(38, 8) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @created bit = 0, @message nvarchar(2048);
    IF COALESCE(@model, N'') COLLATE Latin1_General_100_BIN2 = N'' THROW 50004, N'INVALID_PAYLOAD: p_model is empty', 1;
    IF @requests_per_minute <= 0 OR @tokens_per_minute <= 0 OR @usd_per_day < 0 OR @usd_per_day >= 100000000
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: a limit is less than 0, none a minute, or 100000000 USD or more', NCHAR(10),
            N'HINT: To stop a job type, pause it; null is no limit.');
        THROW 50004, @message, 1;
    END;
    IF @requests_per_minute IS NULL AND @tokens_per_minute IS NULL AND @usd_per_day IS NULL
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: no limit is given', NCHAR(10),
            N'HINT: llm.usp_delete_rate_limit removes the limits of a model.');
        THROW 50004, @message, 1;
    END;
    BEGIN TRY
        BEGIN TRANSACTION;
        UPDATE llm.rate_limit WITH (UPDLOCK, HOLDLOCK)
        SET requests_per_minute = @requests_per_minute, tokens_per_minute = @tokens_per_minute, usd_per_day = @usd_per_day,
            updated_at = @at
        WHERE model = @model;
        IF @@ROWCOUNT = 0
        BEGIN
            INSERT INTO llm.rate_limit (model, requests_per_minute, tokens_per_minute, usd_per_day, updated_at)
            VALUES (@model, @requests_per_minute, @tokens_per_minute, @usd_per_day, @at);
            SET @created = 1;
        END;
        COMMIT TRANSACTION;
        SELECT @created AS created,
            CONVERT(bit, IIF(EXISTS (SELECT 1 FROM llm.model_price AS p WHERE p.model = @model), 1, 0)) AS is_priced;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
