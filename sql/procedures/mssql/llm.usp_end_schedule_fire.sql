-- Purpose:     say how a step of an open firing ended.
-- Parameters:  @name, @fire_at; @worker_id who held the program step (null: an SQL step that failed); @result json, what came of
--              it; @error_code, @error if it failed; @retryable whether a program step is tried again (three times, 1, 2 and
--              4 minutes apart; CANCELLED gives it back at once and uncounted, as a scheduler does that is stopped); @now UTC.
-- Returns:     status (OPEN: another step or attempt follows).
-- Errors:      LEASE_LOST if somebody else holds it or it has ended.
-- Idempotency: no; who repeats it hears LEASE_LOST.
CREATE OR ALTER PROCEDURE llm.usp_end_schedule_fire
    @name nvarchar(4000), @fire_at datetime2(3), @worker_id uniqueidentifier = NULL, @result nvarchar(max) = NULL,
    @error_code nvarchar(100) = NULL, @error nvarchar(max) = NULL, @retryable bit = 0, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @was nvarchar(40), @locked_by uniqueidentifier,
        @payload nvarchar(max), @stored nvarchar(max), @attempt_count int, @status nvarchar(40), @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Written, for that locks whatever hints are worth.
        UPDATE llm.schedule_fire SET attempt_count = attempt_count WHERE name = @name AND fire_at = @fire_at;
        SELECT @was = f.status, @locked_by = f.locked_by, @payload = f.payload, @stored = f.result, @attempt_count = f.attempt_count
        FROM llm.schedule_fire AS f
        WHERE f.name = @name AND f.fire_at = @fire_at;
        IF @was IS NULL OR @was <> N'OPEN' OR NOT EXISTS (SELECT @locked_by INTERSECT SELECT @worker_id)
        BEGIN
            SET @message = CONCAT(N'LEASE_LOST: the firing of ', @name, N' at ',
                REPLACE(CONVERT(nvarchar(23), @fire_at, 126), N' ', N'T'), N'Z is not yours');
            THROW 50001, @message, 1;
        END;
        SET @status = CASE
            -- Nothing failed: the next scheduler goes on.
            WHEN @error_code = N'CANCELLED' AND @retryable = 1 AND @worker_id IS NOT NULL THEN N'OPEN'
            WHEN @error_code IS NULL AND EXISTS (SELECT 1 FROM OPENJSON(@payload) AS p WHERE p.[key] = N'job_types') THEN N'OPEN'
            WHEN @error_code IS NULL THEN N'DONE'
            WHEN @retryable = 1 AND @worker_id IS NOT NULL AND @attempt_count < 3 THEN N'OPEN'
            ELSE N'FAILED' END;
        IF @error_code = N'CANCELLED' AND @status = N'OPEN' AND @retryable = 1 AND @worker_id IS NOT NULL
            UPDATE llm.schedule_fire
            SET locked_by = NULL, lease_expires_at = NULL, attempt_count = IIF(attempt_count > 0, attempt_count - 1, 0)
            WHERE name = @name AND fire_at = @fire_at;
        ELSE
        BEGIN
            -- What came of it is put beside what the steps before it left; of one name the newer one counts.
            SELECT @stored = CONCAT(N'{', STRING_AGG(CONVERT(nvarchar(max), CONCAT(llm.fn_json_string(k.name), N':', CASE k.type
                WHEN 0 THEN N'null' WHEN 1 THEN llm.fn_json_string(k.value) ELSE k.value END)), N','), N'}')
            FROM (SELECT n.[key] AS name, n.[value] AS value, n.[type] AS type
                  FROM OPENJSON(COALESCE(@result, N'{}')) AS n
                  UNION ALL
                  SELECT o.[key], o.[value], o.[type]
                  FROM OPENJSON(COALESCE(@stored, N'{}')) AS o
                  WHERE NOT EXISTS (SELECT 1 FROM OPENJSON(COALESCE(@result, N'{}')) AS n WHERE n.[key] = o.[key])) AS k;
            UPDATE llm.schedule_fire
            SET status = @status, result = @stored, locked_by = NULL,
                program_step = IIF(@error_code IS NULL, NULL, program_step),
                lease_expires_at = IIF(@error_code IS NOT NULL AND @status = N'OPEN',
                    DATEADD(MINUTE, POWER(2, @attempt_count - 1), @at), NULL),
                error_code = @error_code, error = @error, finished_at = IIF(@status <> N'OPEN', @at, NULL)
            WHERE name = @name AND fire_at = @fire_at;
        END;
        COMMIT TRANSACTION;
        SELECT @status AS status;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
