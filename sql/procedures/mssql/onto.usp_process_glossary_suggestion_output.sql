-- Purpose:     route suggested terms.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: 'ontology'}, input_sha256,
--              prompt_sha256, model, answer, terms: [{term, and a document as in onto.usp_put_glossary_term}]}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, terms: how many were suggested, kept: how many of them are terms now,
--              invalid: how many of these the datasource does not take}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored.
-- A term that a person or an agent wrote is not touched, one that a person removed does not come again, and a suggestion whose
-- name is another name of a term is passed over. Terms that are not suggested any more stay.
CREATE OR ALTER PROCEDURE onto.usp_process_glossary_suggestion_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @run nvarchar(max),
        @done nvarchar(max), @kind int, @fault nvarchar(max), @place int = -1, @term nvarchar(max), @key nvarchar(400),
        @aliases nvarchar(max), @is_invalid bit, @terms int, @kept int = 0, @invalid int = 0, @message nvarchar(2048);
    DECLARE @given TABLE (
        place       int           NOT NULL PRIMARY KEY,
        term_key    nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
        document    nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_invalid  bit           NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @kind = p.[type] FROM OPENJSON(@payload) AS p WHERE p.[key] = N'terms';
            IF COALESCE(@kind, 0) <> 4 OR @subject_key <> N'ontology'
                THROW 50004, N'INVALID_PAYLOAD: the payload has no list of terms', 1;
            SELECT TOP (1) @fault = f.fault
            FROM OPENJSON(@payload, '$.terms') AS t
            OUTER APPLY OPENJSON(CASE WHEN t.[type] = 5 THEN t.[value] END) WITH (term nvarchar(max) '$.term') AS w
            CROSS APPLY (SELECT onto.fn_term_fault(w.term, CASE WHEN t.[type] = 5 THEN t.[value] END) AS fault) AS f
            WHERE f.fault IS NOT NULL
            ORDER BY CONVERT(int, t.[key]);
            IF @fault IS NOT NULL
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: ', @fault);
                THROW 50004, @message, 1;
            END;
            EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                @payload = @payload, @run_id = @run_id, @now = @at;
            EXEC onto.usp_hold_ontology @mode = N'Update', @ontology_id = @ontology_id OUTPUT;

            INSERT INTO @given (place, term_key, document, is_invalid)
            SELECT CONVERT(int, t.[key]), onto.fn_term_key(w.term), t.[value], IIF(w.sql_is_valid = N'false', 1, 0)
            FROM OPENJSON(@payload, '$.terms') AS t
            CROSS APPLY OPENJSON(t.[value]) WITH (term nvarchar(max) '$.term', sql_is_valid nvarchar(10) '$.sql_is_valid') AS w;
            SET @terms = @@ROWCOUNT;
            -- One after the other, as they were suggested: what one is called is not free for the next.
            WHILE 1 = 1
            BEGIN
                SELECT TOP (1) @place = g.place, @key = g.term_key, @term = g.document, @is_invalid = g.is_invalid
                FROM @given AS g
                WHERE g.place > @place
                ORDER BY g.place;
                IF @@ROWCOUNT = 0 BREAK;
                IF EXISTS (
                        SELECT 1 FROM onto.glossary_term AS g
                        WHERE g.ontology_id = @ontology_id AND g.term_key = @key AND g.source <> N'llm_suggested')
                    OR EXISTS (
                        SELECT 1
                        FROM onto.glossary_term AS g
                        JOIN onto.glossary_alias AS a ON a.glossary_term_id = g.glossary_term_id
                        WHERE g.ontology_id = @ontology_id AND g.term_key <> @key
                          AND onto.fn_term_key(a.alias) = @key COLLATE Latin1_General_100_BIN2)
                    OR EXISTS (
                        SELECT 1 FROM onto.change_log AS l
                        WHERE l.ontology_id = @ontology_id AND l.target_kind = N'term'
                          AND l.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @key))
                          AND l.field = N'exists' AND l.after IS NULL)
                    CONTINUE;
                SELECT @aliases = CONCAT(N'[', STRING_AGG(llm.fn_json_string(n.[value]), N','), N']')
                FROM OPENJSON(@term, '$.aliases') AS n
                WHERE NOT EXISTS (
                    SELECT 1 FROM onto.glossary_term AS g
                    WHERE g.ontology_id = @ontology_id AND g.term_key = CONVERT(nvarchar(4000), onto.fn_term_key(n.[value])));
                SET @term = JSON_MODIFY(@term, '$.aliases', JSON_QUERY(@aliases));
                EXEC onto.usp_write_glossary_term @ontology_id = @ontology_id, @term_key = @key, @document = @term,
                    @source = N'llm_suggested', @by = N'llm', @change_source = N'inferred', @run_id = @run_id, @dag_id = @dag_id,
                    @now = @at;
                SET @kept += 1;
                SET @invalid += @is_invalid;
            END;
            SET @done = CONCAT(N'{"status":"routed","terms":', @terms, N',"kept":', @kept, N',"invalid":', @invalid, N'}');
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
