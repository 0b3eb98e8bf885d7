-- Purpose:     record one request to a model, or one answer taken from the cache.
-- Parameters:  @run_id; @call json {call_no, chunk_index, purpose, request_sha256, cache_hit, model, asked_model?,
--              input_tokens, output_tokens, cached_tokens, duration_ms, http_status, finish_reason, error_code, started_at}.
-- Returns:     cost_usd by llm.model_price of the model that answered, else of the one that was asked (null without a price;
--              cached tokens are part of the input tokens).
-- Errors:      none; not fenced: it only says what happened.
-- Idempotency: the same call_no again changes nothing.
CREATE OR ALTER PROCEDURE llm.usp_finish_call @run_id uniqueidentifier, @call nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @call_no int, @chunk_index int, @purpose nvarchar(4000), @request_sha256 nvarchar(4000), @cache_hit bit,
        @model nvarchar(200), @asked_model nvarchar(200), @input_tokens bigint, @output_tokens bigint, @cached_tokens bigint,
        @duration_ms bigint, @http_status int, @finish_reason nvarchar(100), @error_code nvarchar(100), @started_at datetime2(3),
        @cost_usd decimal(34, 12);
    BEGIN TRY
        BEGIN TRANSACTION;
        SELECT @call_no = c.call_no, @chunk_index = c.chunk_index, @purpose = c.purpose, @request_sha256 = c.request_sha256,
            @cache_hit = c.cache_hit, @model = LEFT(c.model, 200), @asked_model = LEFT(c.asked_model, 200), @input_tokens = COALESCE(c.input_tokens, 0),
            @output_tokens = COALESCE(c.output_tokens, 0), @cached_tokens = COALESCE(c.cached_tokens, 0),
            @duration_ms = c.duration_ms, @http_status = c.http_status, @finish_reason = LEFT(c.finish_reason, 100),
            @error_code = LEFT(c.error_code, 100),
            @started_at = llm.fn_instant(c.started_at)
        FROM OPENJSON(@call) WITH (
            call_no int '$.call_no', chunk_index int '$.chunk_index', purpose nvarchar(max) '$.purpose',
            request_sha256 nvarchar(max) '$.request_sha256', cache_hit bit '$.cache_hit', model nvarchar(max) '$.model',
            asked_model nvarchar(max) '$.asked_model', input_tokens bigint '$.input_tokens',
            output_tokens bigint '$.output_tokens', cached_tokens bigint '$.cached_tokens', duration_ms bigint '$.duration_ms',
            http_status int '$.http_status', finish_reason nvarchar(max) '$.finish_reason',
            error_code nvarchar(max) '$.error_code', started_at nvarchar(40) '$.started_at') AS c;

        -- Numbers of tokens are taken with 12 digits, so that the product keeps all its places.
        IF @cache_hit = 1 OR @input_tokens + @output_tokens = 0
            SET @cost_usd = 0;
        ELSE
            SELECT TOP (1) @cost_usd = (
                CONVERT(decimal(12, 0), IIF(@input_tokens > @cached_tokens, @input_tokens - @cached_tokens, 0)) * p.input_usd_per_m
                + CONVERT(decimal(12, 0), @cached_tokens) * p.cached_usd_per_m
                + CONVERT(decimal(12, 0), @output_tokens) * p.output_usd_per_m) * CONVERT(decimal(6, 6), 0.000001)
            FROM llm.model_price AS p
            WHERE p.model IN (@model, @asked_model)
            ORDER BY IIF(p.model = @model, 0, 1);

        INSERT INTO llm.call (run_id, call_no, chunk_index, purpose, request_sha256, cache_hit, model, input_tokens,
            output_tokens, cached_tokens, cost_usd, duration_ms, http_status, finish_reason, error_code, started_at,
            asked_model)
        SELECT @run_id, @call_no, @chunk_index, @purpose, @request_sha256, @cache_hit, @model, @input_tokens, @output_tokens,
            @cached_tokens, @cost_usd, @duration_ms, @http_status, @finish_reason, @error_code, @started_at,
            NULLIF(@asked_model COLLATE Latin1_General_100_BIN2, @model)
        WHERE NOT EXISTS (
            SELECT 1 FROM llm.call AS k WITH (UPDLOCK, HOLDLOCK) WHERE k.run_id = @run_id AND k.call_no = @call_no);
        COMMIT TRANSACTION;
        SELECT @cost_usd AS cost_usd;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
