-- Purpose:     set how jobs of a type run: a cap for the whole fleet, an SLA, priority, attempts, time-out.
-- Parameters:  @job_type; @settings json of {max_running (null = no cap), sla_seconds (null = none), default_priority,
--              max_attempts, timeout_seconds}: what is not named stays. New jobs take default_priority and max_attempts.
-- Returns:     changed.
-- Errors:      UNKNOWN_JOB_TYPE; INVALID_PAYLOAD naming the setting.
-- Idempotency: yes. It counts from the next claim on.
CREATE OR ALTER PROCEDURE llm.usp_tune_job_type @job_type nvarchar(4000), @settings nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @updated int, @bad nvarchar(2000), @message nvarchar(2048);
    DECLARE @given TABLE (
        name         nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
        type         int           NOT NULL,
        value        nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        number       int           NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        IF NOT EXISTS (SELECT 1 FROM llm.job_type AS t WHERE t.job_type = @job_type)
        BEGIN
            SET @message = CONCAT(N'UNKNOWN_JOB_TYPE: ', @job_type, NCHAR(10),
                N'HINT: SELECT job_type FROM llm.job_type lists the known ones.');
            THROW 50003, @message, 1;
        END;
        IF COALESCE(ISJSON(@settings), 0) = 0
            OR LEFT(TRIM(NCHAR(32) + NCHAR(9) + NCHAR(10) + NCHAR(13) FROM LEFT(@settings, 4000)), 1) <> N'{'
            THROW 50004, N'INVALID_PAYLOAD: p_settings is no json object', 1;
        -- A number may be written 5, 5.0 or 5e0.
        INSERT INTO @given (name, type, value, number)
        SELECT LEFT(s.[key], 100), s.[type], s.[value], CASE
            WHEN f.number = FLOOR(f.number) AND f.number BETWEEN -2147483648 AND 2147483647 THEN CONVERT(int, f.number) END
        FROM OPENJSON(@settings) AS s
        CROSS APPLY (SELECT TRY_CONVERT(float, CASE WHEN s.[type] = 2 THEN s.[value] END) AS number) AS f;

        SELECT TOP (1) @bad = CONCAT(g.name, N' cannot be ', CASE g.type
            WHEN 0 THEN N'null' WHEN 1 THEN llm.fn_json_string(LEFT(g.value, 1000)) ELSE LEFT(g.value, 1000) END)
        FROM @given AS g
        WHERE CASE
            WHEN g.name IN (N'max_running', N'sla_seconds') AND g.type = 0 THEN 1
            WHEN g.name = N'max_running' AND g.number >= 0 THEN 1
            WHEN g.name = N'default_priority' AND g.number IS NOT NULL THEN 1
            WHEN g.name IN (N'sla_seconds', N'max_attempts', N'timeout_seconds') AND g.number >= 1 THEN 1
            ELSE 0 END = 0
        ORDER BY g.name;
        IF @bad IS NOT NULL
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: p_settings.', @bad, NCHAR(10),
                N'HINT: The header of llm.usp_tune_job_type lists the settings.');
            THROW 50004, @message, 1;
        END;

        UPDATE t
        SET max_running = IIF(g.has_max_running = 1, g.max_running, t.max_running),
            sla_seconds = IIF(g.has_sla_seconds = 1, g.sla_seconds, t.sla_seconds),
            default_priority = COALESCE(g.default_priority, t.default_priority),
            max_attempts = COALESCE(g.max_attempts, t.max_attempts),
            timeout_seconds = COALESCE(g.timeout_seconds, t.timeout_seconds), updated_at = SYSUTCDATETIME()
        FROM llm.job_type AS t
        CROSS JOIN (
            SELECT MAX(IIF(s.name = N'max_running', 1, 0)) AS has_max_running,
                MAX(IIF(s.name = N'max_running', s.number, NULL)) AS max_running,
                MAX(IIF(s.name = N'sla_seconds', 1, 0)) AS has_sla_seconds,
                MAX(IIF(s.name = N'sla_seconds', s.number, NULL)) AS sla_seconds,
                MAX(IIF(s.name = N'default_priority', s.number, NULL)) AS default_priority,
                MAX(IIF(s.name = N'max_attempts', s.number, NULL)) AS max_attempts,
                MAX(IIF(s.name = N'timeout_seconds', s.number, NULL)) AS timeout_seconds
            FROM @given AS s
        ) AS g
        WHERE t.job_type = @job_type
          AND ((g.has_max_running = 1 AND NOT EXISTS (SELECT t.max_running INTERSECT SELECT g.max_running))
              OR (g.has_sla_seconds = 1 AND NOT EXISTS (SELECT t.sla_seconds INTERSECT SELECT g.sla_seconds))
              OR t.default_priority <> g.default_priority OR t.max_attempts <> g.max_attempts
              OR t.timeout_seconds <> g.timeout_seconds);
        SET @updated = @@ROWCOUNT;
        COMMIT TRANSACTION;
        SELECT CONVERT(bit, @updated) AS changed;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
