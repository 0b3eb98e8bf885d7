-- Purpose:     make a job type known; part of a deploy.
-- Parameters:  @job_type json with the columns of llm.job_type.
-- Returns:     job_type, created, changed. Of a known type only what belongs to the program is updated: contract, input
--              contract, routing procedure, handler, description; what a DBA tunes stays as it is.
-- Errors:      none.
-- Idempotency: the same row again changes nothing.
CREATE OR ALTER PROCEDURE llm.usp_register_job_type @job_type nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @name nvarchar(4000), @inserted int, @updated int;
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Read uncut: the table refuses what is too long for it.
        SELECT @name = r.job_type FROM OPENJSON(@job_type) WITH (job_type nvarchar(max) '$.job_type') AS r;

        INSERT INTO llm.job_type (job_type, contract_name, contract_version, input_contract, route_procedure, handler,
            default_priority, max_attempts, backoff_base_seconds, backoff_max_seconds, lease_seconds, timeout_seconds,
            max_running, model, sla_seconds, grounding_policy, paused, description, token_cap)
        SELECT r.job_type, r.contract_name, r.contract_version, r.input_contract, r.route_procedure, r.handler,
            COALESCE(r.default_priority, 100), COALESCE(r.max_attempts, 3), COALESCE(r.backoff_base_seconds, 10),
            COALESCE(r.backoff_max_seconds, 3600), COALESCE(r.lease_seconds, 60), COALESCE(r.timeout_seconds, 600),
            r.max_running, r.model, r.sla_seconds, COALESCE(r.grounding_policy, N'quarantine'), COALESCE(r.paused, 0),
            COALESCE(r.description, N''), r.token_cap
        FROM OPENJSON(@job_type) WITH (
            job_type nvarchar(max) '$.job_type', contract_name nvarchar(max) '$.contract_name',
            contract_version nvarchar(max) '$.contract_version', input_contract nvarchar(max) '$.input_contract',
            route_procedure nvarchar(max) '$.route_procedure', handler nvarchar(max) '$.handler',
            default_priority int '$.default_priority', max_attempts int '$.max_attempts',
            backoff_base_seconds int '$.backoff_base_seconds', backoff_max_seconds int '$.backoff_max_seconds',
            lease_seconds int '$.lease_seconds', timeout_seconds int '$.timeout_seconds', max_running int '$.max_running',
            model nvarchar(max) '$.model', sla_seconds int '$.sla_seconds', grounding_policy nvarchar(max) '$.grounding_policy',
            paused bit '$.paused', description nvarchar(max) '$.description', token_cap bigint '$.token_cap') AS r
        WHERE NOT EXISTS (SELECT 1 FROM llm.job_type AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.job_type = @name);
        SET @inserted = @@ROWCOUNT;

        UPDATE t
        SET contract_name = r.contract_name, contract_version = r.contract_version, input_contract = r.input_contract,
            route_procedure = r.route_procedure, handler = r.handler, description = COALESCE(r.description, N''),
            updated_at = SYSUTCDATETIME()
        FROM llm.job_type AS t
        CROSS JOIN OPENJSON(@job_type) WITH (
            contract_name nvarchar(max) '$.contract_name', contract_version nvarchar(max) '$.contract_version',
            input_contract nvarchar(max) '$.input_contract', route_procedure nvarchar(max) '$.route_procedure',
            handler nvarchar(max) '$.handler', description nvarchar(max) '$.description') AS r
        WHERE t.job_type = @name
          AND (t.contract_name <> r.contract_name COLLATE Latin1_General_100_BIN2
              OR t.contract_version <> r.contract_version COLLATE Latin1_General_100_BIN2
              OR t.input_contract <> r.input_contract COLLATE Latin1_General_100_BIN2
              OR t.route_procedure <> r.route_procedure COLLATE Latin1_General_100_BIN2
              OR t.handler <> r.handler COLLATE Latin1_General_100_BIN2
              OR t.description <> COALESCE(r.description, N'') COLLATE Latin1_General_100_BIN2);
        SET @updated = @@ROWCOUNT;
        COMMIT TRANSACTION;
        SELECT @name AS job_type, CONVERT(bit, @inserted) AS created, CONVERT(bit, @updated) AS changed;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
