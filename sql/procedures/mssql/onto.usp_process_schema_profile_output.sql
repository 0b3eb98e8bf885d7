-- Purpose:     route the profile of a table: its statistics and those of its columns.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, answer: a document of schema_profile}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, profile: PROFILED, SKIPPED or FAILED, message, rows, columns: how
--              many rows of onto.schema_column changed}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; rows whose values are right are not written.
-- A table that could not be read keeps the statistics of the last time that it could. A column that became sensitive
-- meanwhile gets counts and lengths only. The change log tells of a changed status, not of statistics.
CREATE OR ALTER PROCEDURE onto.usp_process_schema_profile_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @schema_table_id bigint,
        @schema_column_id bigint, @done nvarchar(max), @kind int, @profile nvarchar(40), @table_key nvarchar(4000),
        @note nvarchar(max), @row_count bigint, @is_row_count_exact bit, @sampled_rows bigint, @profile_sha256 nvarchar(64),
        @kept nvarchar(max), @before nvarchar(40), @changes nvarchar(max), @columns int, @message nvarchar(2048);
    CREATE TABLE #profiled_column (
        schema_column_id     bigint         NOT NULL PRIMARY KEY,
        row_count            bigint         NULL,
        null_count           bigint         NULL,
        distinct_count       bigint         NULL,
        is_distinct_exact    bit            NULL,
        distinct_source      nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        min_value            nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        max_value            nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
        avg_value            float          NULL,
        min_length           int            NULL,
        max_length           int            NULL,
        samples              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        distribution         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        patterns             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        classification_path  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        note                 nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT, @schema_table_id = @schema_table_id OUTPUT,
            @schema_column_id = @schema_column_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @kind = a.[type] FROM OPENJSON(@payload, '$.answer') AS a WHERE a.[key] = N'columns';
            SELECT @profile = a.status, @table_key = a.table_key, @note = a.message, @row_count = a.row_count,
                @is_row_count_exact = a.is_row_count_exact, @sampled_rows = a.sampled_rows, @profile_sha256 = a.profile_sha256
            FROM OPENJSON(@payload) WITH (
                status nvarchar(40) '$.answer.status', table_key nvarchar(4000) '$.answer.table_key',
                message nvarchar(max) '$.answer.message', row_count bigint '$.answer.row_count',
                is_row_count_exact bit '$.answer.is_row_count_exact',
                sampled_rows bigint '$.answer.sampled_rows', profile_sha256 nvarchar(64) '$.answer.profile_sha256') AS a;
            IF @profile IS NULL OR @profile COLLATE Latin1_General_100_BIN2 NOT IN (N'PROFILED', N'SKIPPED', N'FAILED')
                OR COALESCE(@kind, 0) <> 4 OR @schema_column_id IS NOT NULL
                OR NOT EXISTS (SELECT @table_key COLLATE Latin1_General_100_BIN2 INTERSECT SELECT @subject_key)
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the answer is no profile of the table ', LEFT(@subject_key, 600));
                THROW 50004, @message, 1;
            END;
            SET @kept = JSON_MODIFY(@payload, '$.answer', NULL);
            EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                @payload = @kept, @run_id = @run_id, @now = @at;

            SELECT @before = t.profile_status FROM onto.schema_table AS t WHERE t.schema_table_id = @schema_table_id;
            UPDATE onto.schema_table
            SET profile_status = @profile, profile_message = @note, profile_run_id = @run_id, updated_at = @at,
                profiled_at = IIF(@profile = N'PROFILED', @at, profiled_at),
                row_count = IIF(@profile = N'PROFILED', @row_count, row_count),
                is_row_count_exact = IIF(@profile = N'PROFILED', @is_row_count_exact, is_row_count_exact),
                sampled_rows = IIF(@profile = N'PROFILED', @sampled_rows, sampled_rows),
                profile_sha256 = IIF(@profile = N'PROFILED', @profile_sha256, profile_sha256)
            WHERE schema_table_id = @schema_table_id;

            IF @profile = N'PROFILED'
            BEGIN
                INSERT INTO #profiled_column (schema_column_id, row_count, null_count, distinct_count, is_distinct_exact, distinct_source,
                    min_value, max_value, avg_value, min_length, max_length, samples, distribution, patterns, classification_path, note)
                SELECT c.schema_column_id, g.row_count, g.null_count, g.distinct_count, g.is_distinct_exact, g.distinct_source,
                    IIF(c.is_sensitive = 0, g.min_value, NULL), IIF(c.is_sensitive = 0, g.max_value, NULL),
                    IIF(c.is_sensitive = 0, g.avg_value, NULL), g.min_length, g.max_length,
                    IIF(c.is_sensitive = 0, JSON_QUERY(d.[value], N'$.samples'), NULL),
                    IIF(c.is_sensitive = 0, JSON_QUERY(d.[value], N'$.distribution'), NULL),
                    IIF(c.is_sensitive = 0, JSON_QUERY(d.[value], N'$.patterns'), NULL), g.classification_path, g.note
                FROM OPENJSON(@payload, '$.answer.columns') AS d
                CROSS APPLY OPENJSON(d.[value]) WITH (
                    column_key nvarchar(300) '$.column_key', row_count bigint '$.row_count', null_count bigint '$.null_count',
                    distinct_count bigint '$.distinct_count', is_distinct_exact bit '$.is_distinct_exact',
                    distinct_source nvarchar(40) '$.distinct_source', min_value nvarchar(max) '$.min_value',
                    max_value nvarchar(max) '$.max_value', avg_value float '$.avg_value', min_length int '$.min_length',
                    max_length int '$.max_length', classification_path nvarchar(40) '$.classification_path', note nvarchar(max) '$.note') AS g
                JOIN onto.vw_column AS c
                    ON c.schema_table_id = @schema_table_id AND c.column_key = g.column_key COLLATE Latin1_General_100_BIN2;
                UPDATE c
                SET row_count = g.row_count, null_count = g.null_count, distinct_count = g.distinct_count,
                    is_distinct_exact = g.is_distinct_exact, distinct_source = g.distinct_source, min_value = g.min_value,
                    max_value = g.max_value, avg_value = g.avg_value, min_length = g.min_length, max_length = g.max_length,
                    samples = g.samples, distribution = g.distribution, patterns = g.patterns,
                    classification_path = g.classification_path, profile_note = g.note, updated_at = @at
                FROM #profiled_column AS g
                JOIN onto.schema_column AS c ON c.schema_column_id = g.schema_column_id
                WHERE NOT EXISTS (
                    SELECT c.row_count, c.null_count, c.distinct_count, c.is_distinct_exact, c.distinct_source, c.min_value, c.max_value,
                        c.avg_value, c.min_length, c.max_length, c.samples, c.distribution, c.patterns, c.classification_path,
                        c.profile_note
                    INTERSECT
                    SELECT g.row_count, g.null_count, g.distinct_count, g.is_distinct_exact, g.distinct_source, g.min_value, g.max_value,
                        g.avg_value, g.min_length, g.max_length, g.samples, g.distribution, g.patterns, g.classification_path, g.note)
                -- One after the other by number, however small the table is: columns of other tables are not waited for.
                OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
                SET @columns = @@ROWCOUNT;
            END;
            ELSE
            BEGIN
                -- What was never read is at least asked about by its type.
                INSERT INTO #profiled_column (schema_column_id, classification_path)
                SELECT c.schema_column_id, g.classification_path
                FROM OPENJSON(@payload, '$.answer.columns') WITH (
                    column_key nvarchar(300) '$.column_key', classification_path nvarchar(40) '$.classification_path') AS g
                JOIN onto.schema_column AS c
                    ON c.schema_table_id = @schema_table_id AND c.column_key = g.column_key COLLATE Latin1_General_100_BIN2;
                UPDATE c
                SET classification_path = g.classification_path, updated_at = @at
                FROM #profiled_column AS g
                JOIN onto.schema_column AS c ON c.schema_column_id = g.schema_column_id
                WHERE c.classification_path IS NULL
                OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
                SET @columns = @@ROWCOUNT;
            END;
            SET @changes = CONCAT(N'[{"target_kind":"table","target_key":', llm.fn_json_string(@subject_key),
                N',"field":"profile_status","before":', COALESCE(llm.fn_json_string(@before), N'null'), N',"after":"', @profile, N'"}]');
            EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
                @dag_id = @dag_id, @now = @at;
            SET @done = CONCAT(N'{"status":"routed","profile":"', @profile, N'"', N',"message":' + llm.fn_json_string(@note),
                N',"rows":' + CONVERT(nvarchar(20), @row_count), N',"columns":', @columns, N'}');
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
