-- Purpose:     route the items of an answer; what every usp_process_<job_type>_output that brings items calls; internal.
-- Parameters:  @job_id, @run_id; @payload {contract, version, page or subject, prompt_sha256, model, chunks, items};
--              @now UTC.
-- Returns:     @status and @outcome, the job's: {status, items, inserted, matched, retracted, quarantined, ungrounded, linked,
--              entities_inserted, relations_inserted, facts_inserted}, or {status: superseded}, or {status: CANCELLED}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, NOT_FOUND.
-- Idempotency: the same payload again changes no row but kb.extraction; the same call again returns what it stored.
CREATE OR ALTER PROCEDURE kb.usp_route_items
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3), @status nvarchar(40) = NULL OUTPUT,
    @outcome nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(40), @source_page_id bigint, @subject_key nvarchar(2300),
        @job_type nvarchar(100), @items int, @inserted int, @matched int, @retracted int, @quarantined int, @ungrounded int, @linked int,
        @entities_inserted int, @relations_inserted int, @facts_inserted int, @counts nvarchar(max), @spoken nvarchar(max) = N'[]',
        @subject_group nvarchar(max) = N'[]', @run nvarchar(max);
    EXEC kb.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
        @outcome = @outcome OUTPUT, @source_page_id = @source_page_id OUTPUT, @subject_key = @subject_key OUTPUT,
        @job_type = @job_type OUTPUT;
    IF @state = N'done'
    BEGIN
        SET @status = IIF(JSON_VALUE(@outcome, N'$.status') = N'CANCELLED', N'CANCELLED', N'SUCCEEDED');
        RETURN;
    END;

    EXEC kb.usp_stage_items @run_id = @run_id, @payload = @payload;
    SELECT @items = COUNT(*) FROM OPENJSON(@payload, N'$.items') AS i;
    EXEC kb.usp_refresh_statistics @items = @items;
    EXEC kb.usp_sync_assertions @job_id = @job_id, @run_id = @run_id, @source_page_id = @source_page_id, @subject_key = @subject_key,
        @job_type = @job_type, @payload = @payload, @now = @at, @inserted = @inserted OUTPUT, @matched = @matched OUTPUT,
        @retracted = @retracted OUTPUT, @quarantined = @quarantined OUTPUT, @ungrounded = @ungrounded OUTPUT;
    IF @retracted > 0 AND @subject_key COLLATE Latin1_General_100_BIN2 = N''
        SELECT @spoken = N'[' + COALESCE(STRING_AGG(CONVERT(nvarchar(max), s.entity_id), N','), N'') + N']'
        FROM (
            SELECT DISTINCT r.entity_id
            FROM kb.stage_change AS c
            JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.superseded_at IS NULL
            WHERE c.run_id = @run_id AND c.change = -1) AS s;
    EXEC kb.usp_rebuild @run_id = @run_id, @now = @at, @entities_inserted = @entities_inserted OUTPUT,
        @relations_inserted = @relations_inserted OUTPUT, @facts_inserted = @facts_inserted OUTPUT, @linked = @linked OUTPUT;

    SET @counts = CONCAT(N'{"status":"routed","items":', @items, N',"inserted":', @inserted, N',"matched":', @matched, N',"retracted":',
        @retracted, N',"quarantined":', @quarantined, N',"ungrounded":', @ungrounded, N',"linked":', @linked, N',"entities_inserted":',
        @entities_inserted, N',"relations_inserted":', @relations_inserted, N',"facts_inserted":', @facts_inserted, N'}');
    IF @subject_key COLLATE Latin1_General_100_BIN2 <> N''
        SELECT @subject_group = N'[' + STRING_AGG(CONVERT(nvarchar(max), llm.fn_json_string(k.subject_key)), N',')
            WITHIN GROUP (ORDER BY k.subject_key) + N']'
        FROM kb.fn_subject_keys(kb.fn_subject_entity(@subject_key)) AS k;
    INSERT INTO kb.extraction (source_page_id, subject_key, subject_group, job_type, job_id, run_id, contract_name, contract_version,
        prompt_sha256, model, counts, routed_at)
    SELECT @source_page_id, @subject_key, @subject_group, @job_type, @job_id, @run_id, p.contract, p.version, p.prompt_sha256, p.model,
        @counts, @at
    FROM OPENJSON(@payload) WITH (
        contract nvarchar(max) '$.contract', version nvarchar(max) '$.version', prompt_sha256 nvarchar(max) '$.prompt_sha256',
        model nvarchar(max) '$.model') AS p;
    -- A page that was read anew: what jobs of many pages said of those that it speaks of, or spoke of, is asked again.
    IF @subject_key COLLATE Latin1_General_100_BIN2 = N'' AND (@retracted > 0 OR @inserted > 0 AND EXISTS (
        SELECT 1 FROM ingest.source_page AS s WHERE s.source_page_id = @source_page_id AND s.version > 1))
        EXEC kb.usp_enqueue_page_subjects @source_page_id = @source_page_id, @job_type = @job_type, @entity_ids = @spoken,
            @job_id = @job_id, @now = @at;

    SELECT @run = CONCAT(N'{"prompt_sha256":', COALESCE(llm.fn_json_string(p.prompt_sha256), N'null'),
        N',"model":', COALESCE(llm.fn_json_string(p.model), N'null'), N'}')
    FROM OPENJSON(@payload) WITH (prompt_sha256 nvarchar(max) '$.prompt_sha256', model nvarchar(max) '$.model') AS p;
    EXEC llm.usp_complete_job @job_id = @job_id, @run_id = @run_id, @outcome = @counts, @run = @run, @now = @at, @into_caller = 1,
        @status = @status OUTPUT, @result_outcome = @outcome OUTPUT;
END;
