-- Purpose:     enter what a model costs; calls from now on are reckoned with it.
-- Parameters:  @model as it is asked for, or as its answers name it (which goes before); @input_usd_per_m,
--              @output_usd_per_m USD for a million tokens; @cached_usd_per_m for input tokens that the endpoint served from
--              its cache (null = as input); @now UTC.
-- Returns:     created.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_put_model_price
    @model nvarchar(4000), @input_usd_per_m decimal(38, 8), @output_usd_per_m decimal(38, 8),
    @cached_usd_per_m decimal(38, 8) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @cached decimal(38, 8), @created bit = 0;
    IF COALESCE(@model, N'') COLLATE Latin1_General_100_BIN2 = N'' THROW 50004, N'INVALID_PAYLOAD: p_model is empty', 1;
    SET @cached = COALESCE(@cached_usd_per_m, @input_usd_per_m);
    IF @input_usd_per_m IS NULL OR @output_usd_per_m IS NULL
        OR @input_usd_per_m < 0 OR @output_usd_per_m < 0 OR @cached < 0
        OR @input_usd_per_m >= 1000000 OR @output_usd_per_m >= 1000000 OR @cached >= 1000000
        THROW 50004, N'INVALID_PAYLOAD: a price is no number from 0 to 1000000 USD for a million tokens', 1;
    BEGIN TRY
        BEGIN TRANSACTION;
        UPDATE llm.model_price WITH (UPDLOCK, HOLDLOCK)
        SET input_usd_per_m = @input_usd_per_m, output_usd_per_m = @output_usd_per_m, cached_usd_per_m = @cached,
            updated_at = @at
        WHERE model = @model;
        IF @@ROWCOUNT = 0
        BEGIN
            INSERT INTO llm.model_price (model, input_usd_per_m, output_usd_per_m, cached_usd_per_m, updated_at)
            VALUES (@model, @input_usd_per_m, @output_usd_per_m, @cached, @at);
            SET @created = 1;
        END;
        COMMIT TRANSACTION;
        SELECT @created AS created;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
