-- Purpose:     route the answer of an entity_dedupe job: apply it where it is confident enough, else leave it for a person.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {first_entity_id, second_entity_id}, prompt_sha256,
--              model, decision: {decision, confidence, master_entity_id, relation_type, rationale}}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, decision, applied, why, identity_decision_id}, or {status: CANCELLED}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, UNKNOWN_ENTITY.
-- Idempotency: the same call again returns what it stored. The threshold is auto_promote of kb.governance_policy for
--              entity_dedupe; what a person decided about the pair is left alone.
CREATE OR ALTER PROCEDURE kb.usp_process_entity_dedupe_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @status nvarchar(40), @outcome nvarchar(max), @state nvarchar(40),
        @job_type nvarchar(100), @answer nvarchar(max) = JSON_QUERY(@payload, N'$.decision'), @decision nvarchar(max),
        @confidence_text nvarchar(max), @is_number bit = 0, @confidence decimal(5, 4), @master_id nvarchar(max), @relation_type nvarchar(max),
        @rationale nvarchar(max), @first_id nvarchar(max), @second_id nvarchar(max), @model nvarchar(max), @run nvarchar(max),
        @ids nvarchar(max), @first bigint, @second bigint, @master bigint, @duplicate bigint, @first_master bigint,
        @second_master bigint, @threshold decimal(5, 4), @why nvarchar(400),
        @identity_decision_id bigint;
    DECLARE @member TABLE (
        entity_id  bigint NOT NULL,
        is_first   bit    NOT NULL,
        PRIMARY KEY (entity_id, is_first)
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC kb.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @job_type = @job_type OUTPUT;
        IF @state = N'done'
        BEGIN
            COMMIT TRANSACTION;
            SET @status = IIF(JSON_VALUE(@outcome, N'$.status') = N'CANCELLED', N'CANCELLED', N'SUCCEEDED');
            SELECT @status AS status, @outcome AS outcome;
            RETURN;
        END;
        SELECT @decision = p.decision, @confidence_text = p.confidence, @master_id = p.master_entity_id, @relation_type = p.relation_type,
            @rationale = p.rationale, @first_id = p.first_id, @second_id = p.second_id, @model = p.model,
            @run = CONCAT(N'{"prompt_sha256":', COALESCE(llm.fn_json_string(p.prompt_sha256), N'null'),
                N',"model":', COALESCE(llm.fn_json_string(p.model), N'null'), N'}')
        FROM OPENJSON(@payload) WITH (
            decision nvarchar(max) '$.decision.decision', confidence nvarchar(max) '$.decision.confidence',
            master_entity_id nvarchar(max) '$.decision.master_entity_id', relation_type nvarchar(max) '$.decision.relation_type',
            rationale nvarchar(max) '$.decision.rationale', first_id nvarchar(max) '$.subject.first_entity_id',
            second_id nvarchar(max) '$.subject.second_entity_id', prompt_sha256 nvarchar(max) '$.prompt_sha256',
            model nvarchar(max) '$.model') AS p;
        SELECT @is_number = 1 FROM OPENJSON(@answer) AS a WHERE a.[key] = N'confidence' AND a.[type] = 2;
        IF @decision IS NULL OR @decision COLLATE Latin1_General_100_BIN2 NOT IN (N'merge', N'relate', N'distinct', N'suppress')
            OR @is_number = 0 OR COALESCE(TRY_CONVERT(float, @confidence_text), -1) NOT BETWEEN 0 AND 1
            -- Of two that are distinct neither is the master.
            OR (@master_id IS NOT NULL OR @decision <> N'distinct')
                AND (@master_id IS NULL OR @master_id COLLATE Latin1_General_100_BIN2 NOT IN (@first_id, COALESCE(@second_id, N'')))
            OR @decision = N'relate' AND TRIM(COALESCE(@relation_type, N'')) COLLATE Latin1_General_100_BIN2 = N''
            THROW 50004, N'INVALID_PAYLOAD: decision has no decision, confidence (0..1), master_entity_id of the pair, or relation_type of relate', 1;
        -- As they stand in the payload, texts in their quotes.
        SELECT @ids = N'[' + COALESCE(STRING_AGG(CONVERT(nvarchar(max), i.id), N',') WITHIN GROUP (ORDER BY i.[key]), N'') + N']'
        FROM (
            SELECT s.[key], CASE s.[type] WHEN 0 THEN N'null' WHEN 1 THEN llm.fn_json_string(s.[value]) ELSE s.[value] END AS id
            FROM OPENJSON(@payload, N'$.subject') AS s
            WHERE s.[key] IN (N'first_entity_id', N'second_entity_id')) AS i;
        IF @second_id IS NULL
            SET @ids = N'[null]';
        EXEC kb.usp_check_entities @entity_ids = @ids, @decided_by = N'audit';
        SELECT @first = CONVERT(bigint, @first_id), @second = CONVERT(bigint, @second_id),
            @confidence = COALESCE(TRY_CONVERT(decimal(38, 18), @confidence_text), CONVERT(decimal(38, 18), CONVERT(float, @confidence_text)));
        SET @master = COALESCE(CONVERT(bigint, @master_id), @first);
        SELECT TOP (1) @threshold = g.auto_promote
        FROM kb.governance_policy AS g
        WHERE g.job_type IN (@job_type, N'*') AND g.item_kind IN (N'entity_dedupe', N'*')
        ORDER BY IIF(g.job_type = N'*', 1, 0), IIF(g.item_kind = N'*', 1, 0);

        -- Each with all that it is one with: decisions are found by their two, not one after the other.
        SET @first_master = kb.fn_master_entity(@first);
        SET @second_master = kb.fn_master_entity(@second);
        INSERT INTO @member (entity_id, is_first) SELECT m.entity_id, 1 FROM kb.fn_merge_group(@first_master) AS m;
        INSERT INTO @member (entity_id, is_first) SELECT m.entity_id, 0 FROM kb.fn_merge_group(@second_master) AS m;
        SET @why = CASE
            WHEN @first_master = @second_master THEN N'they are one already'
            WHEN EXISTS (
                SELECT 1
                FROM @member AS one
                JOIN kb.identity_decision AS d ON d.entity_id = one.entity_id AND d.undone_at IS NULL
                JOIN @member AS other ON other.entity_id = d.other_entity_id AND other.is_first <> one.is_first
                WHERE d.decided_as = N'person' AND d.kind IN (N'distinct', N'relate', N'suppress'))
                THEN N'a person decided about them'
            WHEN @threshold IS NULL THEN N'no row of kb.governance_policy says from which confidence on'
            WHEN @confidence < @threshold THEN CONCAT(N'it is less confident than ', @threshold) END;
        IF @why IS NULL
        BEGIN
            SET @duplicate = IIF(@master = @first, @second, @first);
            EXEC kb.usp_decide_identity @kind = @decision, @entity_id = @duplicate, @other_entity_id = @master, @decided_by = @model,
                @relation_type = @relation_type, @confidence = @confidence, @decided_as = N'audit', @reason = @rationale,
                @run_id = @run_id, @now = @at, @into_caller = 1, @identity_decision_id = @identity_decision_id OUTPUT;
        END;
        ELSE
        BEGIN
            UPDATE kb.identity_candidate WITH (UPDLOCK, HOLDLOCK)
            SET proposal = @answer, job_id = @job_id, updated_at = @at, status = IIF(status = N'decided', status, N'review')
            WHERE first_entity_id = IIF(@first < @second, @first, @second) AND second_entity_id = IIF(@first < @second, @second, @first);
            IF @@ROWCOUNT = 0
                INSERT INTO kb.identity_candidate (first_entity_id, second_entity_id, score, strength, reasons, status, proposal, job_id,
                    found_at, updated_at)
                VALUES (IIF(@first < @second, @first, @second), IIF(@first < @second, @second, @first), @confidence, N'asked', N'[]',
                    N'review', @answer, @job_id, @at, @at);
            EXEC kb.usp_close_candidates @now = @at;
        END;

        SET @outcome = CONCAT(N'{"status":"routed","decision":', llm.fn_json_string(@decision), N',"applied":',
            IIF(@why IS NULL, N'true', N'false'), N',"why":', COALESCE(llm.fn_json_string(@why), N'null'), N',"identity_decision_id":',
            COALESCE(CONVERT(nvarchar(20), @identity_decision_id), N'null'), N'}');
        EXEC llm.usp_complete_job @job_id = @job_id, @run_id = @run_id, @outcome = @outcome, @run = @run, @now = @at, @into_caller = 1,
            @status = @status OUTPUT, @result_outcome = @outcome OUTPUT;
        COMMIT TRANSACTION;
        SELECT @status AS status, @outcome AS outcome;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
