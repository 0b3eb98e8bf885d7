-- Purpose:     route what a model says of one candidate: whether it is a foreign key.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the relationship's key},
--              input_sha256, prompt_sha256, model, answer, evidence: {cardinality: by the data, null where not known; veto:
--              what the data says against it, null for nothing}}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, relationship: accepted or rejected, because}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; a row that is right is not written.
-- A no, a yes that the data refutes, and one less sure than kb.governance_policy wants (manual_review) are rejected and
-- kept with the reason; nobody is asked. What is declared or was added by a person stays as it is.
CREATE OR ALTER PROCEDURE onto.usp_process_relationship_validation_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @relationship_id bigint,
        @run nvarchar(max), @done nvarchar(max), @is_valid bit, @confidence float, @source_role nvarchar(max),
        @cardinality nvarchar(max), @reasoning nvarchar(max), @veto nvarchar(max), @because nvarchar(40), @result nvarchar(40),
        @changes nvarchar(max), @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT, @relationship_id = @relationship_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @is_valid = MAX(CASE WHEN a.[key] = N'is_valid_fk' AND a.[type] = 3 THEN IIF(a.[value] = N'true', 1, 0) END),
                @confidence = MAX(CASE WHEN a.[key] = N'confidence' AND a.[type] = 2 THEN CONVERT(float, a.[value]) END)
            FROM OPENJSON(@payload, '$.answer') AS a;
            IF @relationship_id IS NULL OR @is_valid IS NULL OR @confidence IS NULL
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the answer does not say whether ', LEFT(@subject_key, 1800), N' is a foreign key');
                THROW 50004, @message, 1;
            END;
            EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                @payload = @payload, @run_id = @run_id, @now = @at;
            SELECT @veto = p.veto, @cardinality = COALESCE(p.measured, p.cardinality), @source_role = p.source_role,
                @reasoning = LEFT(CONCAT_WS(N' ', p.reasoning, p.veto), 4000)
            FROM OPENJSON(@payload) WITH (
                veto nvarchar(max) '$.evidence.veto', measured nvarchar(max) '$.evidence.cardinality',
                cardinality nvarchar(max) '$.answer.cardinality', reasoning nvarchar(max) '$.answer.reasoning',
                source_role nvarchar(max) '$.answer.source_role') AS p;
            SET @because = CASE
                WHEN @is_valid = 0 THEN N'model'
                WHEN @veto IS NOT NULL THEN N'evidence'
                WHEN @confidence < onto.fn_least_confidence(@job_type, N'relationship') THEN N'low_confidence' END;
            SET @result = IIF(@because IS NULL, N'accepted', N'rejected');
            SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"relationship","target_key":',
                llm.fn_json_string(@subject_key), N',"field":"', v.field,
                N'","before":', COALESCE(llm.fn_json_string(v.before), N'null'),
                N',"after":', COALESCE(llm.fn_json_string(v.after), N'null'), N'}'), N','), N']')
            FROM onto.relationship AS r
            CROSS APPLY (VALUES (N'status', r.status, @result), (N'cardinality', r.cardinality, @cardinality)) AS v (field, before, after)
            WHERE r.relationship_id = @relationship_id AND r.provenance IN (N'feature', N'inferred');
            UPDATE r
            SET status = @result, rejected_because = @because, cardinality = @cardinality, confidence = CONVERT(decimal(5, 4), @confidence),
                reasoning = @reasoning, source_role = @source_role, run_id = @run_id, updated_at = @at
            FROM onto.relationship AS r
            WHERE r.relationship_id = @relationship_id AND r.provenance IN (N'feature', N'inferred')
              AND NOT EXISTS (
                  SELECT r.status, r.rejected_because, r.cardinality, r.confidence, r.reasoning, r.source_role
                  INTERSECT
                  SELECT @result, @because, @cardinality, CONVERT(decimal(5, 4), @confidence), @reasoning, @source_role);
            EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
                @dag_id = @dag_id, @now = @at;
            SET @done = CONCAT(N'{"status":"routed","relationship":"', @result, N'"', N',"because":"' + @because + N'"', N'}');
            SET @run = (
                SELECT p.prompt_sha256, p.model
                FROM OPENJSON(@payload) WITH (prompt_sha256 nvarchar(64) '$.prompt_sha256', model nvarchar(200) '$.model') AS p
                FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC llm.usp_complete_job @job_id = @job_id, @run_id = @run_id, @outcome = @done, @run = @run, @now = @at,
                @into_caller = 1, @status = @status OUTPUT, @result_outcome = @outcome OUTPUT;
        END;
        ELSE
            SET @status = IIF(JSON_VALUE(@outcome, N'$.status') = N'CANCELLED', N'CANCELLED', N'SUCCEEDED');
        COMMIT TRANSACTION;
        SELECT @status AS status, @outcome AS outcome;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
