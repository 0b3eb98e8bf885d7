-- Purpose:     start the dag of an ontology, which is made if there is none: an extraction, or a small dag of a few items.
-- Parameters:  @datasource; @target what a small dag is about, empty for an extraction; @options as in llm.usp_create_dag;
--              @nodes json array of {name, blocking?, plan_input? {tables?, subject_keys?, full?}} in order: what each plan is
--              asked for; @created_by default the login; @now UTC; @correlation_id of all its jobs, null for one of its own.
-- Returns:     dag_id, ontology_id.
-- Errors:      NOT_FOUND, DAG_RUNNING, INVALID_PAYLOAD, UNKNOWN_JOB_TYPE.
-- Idempotency: no: each call starts one, but only one extraction of a datasource runs, and one small dag of a target. The
--              ontology is not deleted meanwhile: who deletes it waits, and finds the dag running.
CREATE OR ALTER PROCEDURE onto.usp_create_dag
    @datasource nvarchar(4000), @target nvarchar(max), @options nvarchar(max), @nodes nvarchar(max),
    @created_by nvarchar(max) = NULL, @now datetime2(3) = NULL, @correlation_id uniqueidentifier = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @ontology_id bigint, @dag_id bigint, @planned nvarchar(max),
        @kind nvarchar(100) = IIF(COALESCE(@target, N'') COLLATE Latin1_General_100_BIN2 = N'', N'ontology', N'ontology:item'),
        @subject nvarchar(max) = CONCAT(@datasource, N':' + NULLIF(@target COLLATE Latin1_General_100_BIN2, N''));
    BEGIN TRY
        IF @nodes IS NULL OR ISJSON(@nodes) = 0 OR LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @nodes), 1) <> N'[' OR EXISTS (
            SELECT 1
            FROM OPENJSON(CASE WHEN ISJSON(@nodes) = 1 THEN @nodes END) AS n
            WHERE n.[type] <> 5 OR EXISTS (
                SELECT 1 FROM OPENJSON(CASE WHEN n.[type] = 5 THEN n.[value] END) AS i WHERE i.[key] = N'plan_input' AND i.[type] <> 5))
            THROW 50004, N'INVALID_PAYLOAD: p_nodes is no array of {name, blocking?, plan_input?}', 1;
        BEGIN TRANSACTION;
        -- One that is being deleted is gone once it is waited for, and made anew.
        WHILE @ontology_id IS NULL
        BEGIN
            EXEC onto.usp_create_ontology @datasource = @datasource, @now = @at, @into_caller = 1, @ontology_id = @ontology_id OUTPUT;
            EXEC onto.usp_hold_ontology @mode = N'Shared', @ontology_id = @ontology_id OUTPUT;
        END;
        -- What a node says of itself, without what is said here.
        SELECT @planned = CONCAT(N'[', STRING_AGG(CONCAT(N'{', o.entries,
            N'"blocking_items":false,"plan_job_type":"ontology_plan","plan_input":{', i.entries,
            N'"ontology_id":', @ontology_id, N',"datasource":', llm.fn_json_string(@datasource), N',"node":',
            COALESCE(llm.fn_json_string(w.name), N'null'), N'}}'), N',') WITHIN GROUP (ORDER BY CONVERT(int, n.[key])), N']')
        FROM OPENJSON(@nodes) AS n
        CROSS APPLY OPENJSON(n.[value]) WITH (name nvarchar(4000) '$.name') AS w
        CROSS APPLY (
            SELECT STRING_AGG(CONCAT(llm.fn_json_string(x.[key]), N':',
                CASE x.[type] WHEN 0 THEN N'null' WHEN 1 THEN llm.fn_json_string(x.[value]) ELSE x.[value] END, N','), N'') AS entries
            FROM OPENJSON(n.[value]) AS x
            WHERE x.[key] NOT IN (N'blocking_items', N'plan_job_type', N'plan_input')
        ) AS o
        CROSS APPLY (
            SELECT STRING_AGG(CONCAT(llm.fn_json_string(x.[key]), N':',
                CASE x.[type] WHEN 0 THEN N'null' WHEN 1 THEN llm.fn_json_string(x.[value]) ELSE x.[value] END, N','), N'') AS entries
            FROM OPENJSON(n.[value], '$.plan_input') AS x
            WHERE x.[key] NOT IN (N'ontology_id', N'datasource', N'node')
        ) AS i;
        EXEC llm.usp_create_dag @kind = @kind, @subject = @subject, @options = @options, @nodes = @planned, @created_by = @created_by,
            @now = @at, @correlation_id = @correlation_id, @into_caller = 1, @dag_id = @dag_id OUTPUT;
        COMMIT TRANSACTION;
        SELECT @dag_id AS dag_id, @ontology_id AS ontology_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
