-- Purpose:     make or change a schedule.
-- Parameters:  @name; @cron; @timezone IANA name; @action and @payload json: enqueue {jobs: as llm.usp_enqueue_jobs takes
--              them; each firing makes jobs of its own}, procedure {procedure, older_than_days?, max_steps? (1000): a step of
--              llm.usp_run_maintenance again and again until nothing is left or so often}, pipeline {ingest? or dedupe_audit?:
--              what the program does first, job_types?: of which every current page gets its job unless it has one};
--              @next_fire_at UTC (computed by the caller from expression, zone and now); @misfire coalesce (one firing for all
--              times that were missed) or skip (none, if later than @misfire_grace_seconds); @enabled.
-- Returns:     created.
-- Errors:      INVALID_PAYLOAD naming the parameter.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE llm.usp_put_schedule
    @name nvarchar(4000), @cron nvarchar(4000), @timezone nvarchar(4000), @action nvarchar(4000), @payload nvarchar(max),
    @next_fire_at datetime2(3), @misfire nvarchar(4000) = N'coalesce', @enabled bit = 1, @misfire_grace_seconds int = 60
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @given nvarchar(max) = COALESCE(@payload, N'{}'), @control nvarchar(20), @fault nvarchar(2000), @created bit = 0,
        @message nvarchar(2048);
    SET @control = CONCAT(N'%[', NCHAR(1), N'-', NCHAR(31), NCHAR(127), N'-', NCHAR(159), N']%');
    SET @fault = CASE
        WHEN COALESCE(@name, N'') COLLATE Latin1_General_100_BIN2 = N'' THEN N'p_name is empty'
        -- LEN counts no blanks at the end.
        WHEN LEN(CONCAT(@name, N'.')) > 201 THEN N'p_name is longer than 200 characters'
        WHEN @name COLLATE Latin1_General_100_BIN2 LIKE @control OR @name COLLATE Latin1_General_100_BIN2 LIKE N'[ ]%'
            OR @name COLLATE Latin1_General_100_BIN2 LIKE N'%[ ]' THEN
            N'p_name has a line break or another control character, or a blank at its beginning or end'
        WHEN COALESCE(@cron, N'') COLLATE Latin1_General_100_BIN2 = N'' THEN N'p_cron is empty'
        WHEN COALESCE(@timezone, N'') COLLATE Latin1_General_100_BIN2 = N'' THEN N'p_timezone is empty'
        WHEN @next_fire_at IS NULL THEN N'p_next_fire_at is null'
        WHEN @enabled IS NULL THEN N'p_enabled is null'
        WHEN COALESCE(@misfire, N'') COLLATE Latin1_General_100_BIN2 NOT IN (N'coalesce', N'skip') THEN
            CONCAT(N'p_misfire is "', LEFT(@misfire, 400), N'", neither coalesce nor skip')
        WHEN COALESCE(@misfire_grace_seconds, -1) < 0 THEN N'p_misfire_grace_seconds is no number from 0 on'
        WHEN COALESCE(@action, N'') COLLATE Latin1_General_100_BIN2 NOT IN (N'enqueue', N'procedure', N'pipeline') THEN
            CONCAT(N'p_action is "', LEFT(@action, 400), N'", none of enqueue, procedure and pipeline')
        WHEN NOT EXISTS (
            SELECT 1 FROM OPENJSON(CASE WHEN ISJSON(@given) = 1 THEN CONCAT(N'[', @given, N']') END) AS p WHERE p.[type] = 5) THEN
            N'p_payload is no json object'
        END;
    IF @fault IS NULL
        EXEC llm.fn_schedule_fault @action = @action, @payload = @given, @into_caller = 1, @result = @fault OUTPUT;
    IF @fault IS NOT NULL
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: ', @fault, NCHAR(10),
            N'HINT: The header of llm.usp_put_schedule says what each action takes.');
        THROW 50004, @message, 1;
    END;
    BEGIN TRY
        BEGIN TRANSACTION;
        UPDATE llm.schedule WITH (UPDLOCK, HOLDLOCK)
        SET cron = @cron, timezone = @timezone, action = @action, payload = @given, misfire = @misfire,
            misfire_grace_seconds = @misfire_grace_seconds, enabled = @enabled, next_fire_at = @next_fire_at
        WHERE name = @name;
        IF @@ROWCOUNT = 0
        BEGIN
            INSERT INTO llm.schedule (name, cron, timezone, action, payload, misfire, misfire_grace_seconds, enabled, next_fire_at)
            VALUES (@name, @cron, @timezone, @action, @given, @misfire, @misfire_grace_seconds, @enabled, @next_fire_at);
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
