-- Purpose:     route the plan of a dag node: apply what it settled, enqueue its items, keep its message.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the node}, message, items:
--              [{job_type, subject_key, subject, input_sha256, because?, facts?}], facts?: what onto.usp_apply_<node> takes}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, items, applied?}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD, UNKNOWN_JOB_TYPE, INVALID_STATE for a node that
--              is not open.
-- Idempotency: the same call again returns what it stored; an item that the node had already with the same input is not
--              enqueued again. All of it is one transaction.
CREATE OR ALTER PROCEDURE onto.usp_process_ontology_plan_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @dag_id bigint, @dag_node_id bigint, @done nvarchar(max), @kind int,
        @plan_message nvarchar(max), @faults int, @items int, @facts nvarchar(max), @applied nvarchar(max), @more nvarchar(max),
        @datasource nvarchar(4000), @full nvarchar(10), @correlation_id uniqueidentifier, @jobs nvarchar(max),
        @message nvarchar(2048);
    CREATE TABLE #enqueue_jobs (
        ordinal  bigint         NOT NULL PRIMARY KEY,
        job_id   bigint         NULL,
        status   nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        created  bit            NULL,
        hint     nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @dag_id = @dag_id OUTPUT, @dag_node_id = @dag_node_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @plan_message = p.message FROM OPENJSON(@payload) WITH (message nvarchar(max) '$.message') AS p;
            SELECT @kind = p.[type] FROM OPENJSON(@payload) AS p WHERE p.[key] = N'items';
            SELECT @items = COUNT(*), @faults = SUM(CASE WHEN x.wanted = 3 THEN 0 ELSE 1 END)
            FROM OPENJSON(@payload, '$.items') AS i
            OUTER APPLY (
                SELECT SUM(CASE WHEN f.[key] = N'job_type' OR (f.[key] IN (N'subject_key', N'input_sha256') AND f.[type] = 1)
                    THEN 1 ELSE 0 END) AS wanted
                FROM OPENJSON(CASE WHEN i.[type] = 5 THEN i.[value] END) AS f
            ) AS x;
            IF COALESCE(@kind, 0) <> 4 OR COALESCE(@plan_message, N'') COLLATE Latin1_General_100_BIN2 = N'' OR @faults > 0
                THROW 50004, N'INVALID_PAYLOAD: a plan has a message and items, each with job_type, subject_key and input_sha256', 1;
            SELECT @correlation_id = j.correlation_id, @datasource = w.datasource, @full = w.[full]
            FROM llm.job AS j
            OUTER APPLY OPENJSON(j.input) WITH (datasource nvarchar(4000) '$.datasource', [full] nvarchar(10) '$.full') AS w
            WHERE j.job_id = @job_id;

            -- One plan of an ontology settles at a time, and the ontology is held before what is in it, as by edits.
            EXEC onto.usp_hold_ontology @mode = N'Update', @ontology_id = @ontology_id OUTPUT;
            SELECT @facts = p.[value] FROM OPENJSON(@payload) AS p WHERE p.[key] = N'facts' AND p.[type] <> 0;
            IF @facts IS NULL
                SET @applied = NULL;
            ELSE IF @subject_key = N'SchemaProfile'
                EXEC onto.usp_apply_schema_profile @ontology_id = @ontology_id, @facts = @facts, @run_id = @run_id, @dag_id = @dag_id,
                    @now = @at, @result = @applied OUTPUT;
            ELSE IF @subject_key = N'RelationshipDiscovery'
                EXEC onto.usp_apply_relationship_discovery @ontology_id = @ontology_id, @facts = @facts, @run_id = @run_id,
                    @dag_id = @dag_id, @now = @at, @result = @applied OUTPUT;
            ELSE IF @subject_key = N'RelationshipEnrichment'
                EXEC onto.usp_apply_relationship_enrichment @ontology_id = @ontology_id, @facts = @facts, @run_id = @run_id,
                    @dag_id = @dag_id, @now = @at, @result = @applied OUTPUT;
            ELSE IF @subject_key = N'EntityDiscovery'
            BEGIN
                EXEC onto.usp_apply_entity_discovery @ontology_id = @ontology_id, @facts = @facts, @run_id = @run_id, @dag_id = @dag_id,
                    @now = @at, @result = @applied OUTPUT;
                IF EXISTS (SELECT 1 FROM OPENJSON(@facts) AS f WHERE f.[key] = N'settled')
                BEGIN
                    EXEC onto.usp_apply_relationship_enrichment @ontology_id = @ontology_id, @facts = @facts, @run_id = @run_id,
                        @dag_id = @dag_id, @now = @at, @result = @more OUTPUT;
                    SET @applied = CONCAT(LEFT(@applied, LEN(@applied) - 1), N',', SUBSTRING(@more, 2, LEN(@more) - 1));
                END;
            END;
            ELSE IF @subject_key = N'ColumnEnrichment'
                EXEC onto.usp_apply_column_enrichment @ontology_id = @ontology_id, @facts = @facts, @run_id = @run_id, @dag_id = @dag_id,
                    @now = @at, @result = @applied OUTPUT;
            ELSE IF @subject_key = N'OntologyFinalization'
                EXEC onto.usp_apply_ontology_finalization @ontology_id = @ontology_id, @facts = @facts, @run_id = @run_id,
                    @dag_id = @dag_id, @now = @at, @result = @applied OUTPUT;
            ELSE
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the node ', LEFT(@subject_key, 600), N' settles nothing');
                THROW 50004, @message, 1;
            END;

            IF @items > 0
            BEGIN
                SELECT @jobs = CONCAT(N'[', STRING_AGG(CONCAT(
                    N'{"job_type":', COALESCE(llm.fn_json_string(w.job_type), N'null'),
                    N',"subject":', llm.fn_json_string(COALESCE(NULLIF(w.subject COLLATE Latin1_General_100_BIN2, N''), w.subject_key)),
                    N',"dag_node_id":' + CONVERT(nvarchar(20), @dag_node_id),
                    N',"correlation_id":"' + LOWER(CONVERT(nvarchar(36), @correlation_id)) + N'"',
                    N',"dedupe_key":', llm.fn_json_string(CONCAT(w.job_type, N':', IIF(@dag_node_id IS NULL, CONCAT(@job_id, N':'), N''),
                        @ontology_id, N':', w.subject_key, N':', w.input_sha256)),
                    N',"input":{"ontology_id":', @ontology_id, N',"datasource":', COALESCE(llm.fn_json_string(@datasource), N'null'),
                    N',"subject_key":', llm.fn_json_string(w.subject_key), N',"input_sha256":', llm.fn_json_string(w.input_sha256),
                    IIF(@full = N'true', N',"full":true,"fresh":true', N''), x.because, x.facts, N'}}'), N',')
                    WITHIN GROUP (ORDER BY CONVERT(int, i.[key])), N']')
                FROM OPENJSON(@payload, '$.items') AS i
                CROSS APPLY OPENJSON(i.[value]) WITH (
                    job_type nvarchar(100) '$.job_type', subject nvarchar(max) '$.subject', subject_key nvarchar(max) '$.subject_key',
                    input_sha256 nvarchar(max) '$.input_sha256') AS w
                CROSS APPLY (
                    SELECT MAX(CASE WHEN f.[key] = N'because' AND f.[type] <> 0 THEN CONCAT(N',"because":',
                            IIF(f.[type] = 1, llm.fn_json_string(f.[value]), f.[value])) END) AS because,
                        MAX(CASE WHEN f.[key] = N'facts' THEN CONCAT(N',"facts":',
                            COALESCE(IIF(f.[type] = 1, llm.fn_json_string(f.[value]), f.[value]), N'null')) END) AS facts
                    FROM OPENJSON(i.[value]) AS f
                    WHERE f.[key] IN (N'because', N'facts')
                ) AS x;
                EXEC llm.usp_enqueue_jobs @jobs = @jobs, @now = @at, @into_caller = 1;
            END;
            UPDATE llm.dag_node SET plan_message = @plan_message WHERE dag_node_id = @dag_node_id;
            SET @done = CONCAT(N'{"status":"routed","items":', @items, N',"applied":' + @applied, N'}');
            EXEC llm.usp_complete_job @job_id = @job_id, @run_id = @run_id, @outcome = @done, @run = NULL, @now = @at,
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
