-- Purpose:     route what the rows of a table are to the business.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, prompt_sha256, model, answer: {entity_name, description, domain, key_columns: [{name: the
--              column_key, synonyms}], alternative_names, confidence}}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, entity, changed: how many of its fields}; superseded if the table
--              stands for nothing any more.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored. Edits are apart from it and stay, as do aliases from elsewhere.
CREATE OR ALTER PROCEDURE onto.usp_process_business_entity_enrichment_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @schema_table_id bigint,
        @schema_column_id bigint, @run nvarchar(max), @done nvarchar(max), @answer nvarchar(max), @name nvarchar(max),
        @description nvarchar(max), @domain nvarchar(max), @given_confidence nvarchar(max), @confidence decimal(5, 4), @faults int,
        @found_id bigint, @entity_id bigint, @before nvarchar(max), @after nvarchar(max), @changes nvarchar(max), @count bigint,
        @message nvarchar(2048);
    DECLARE @alias TABLE (
        alias         nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        alias_sha256  binary(32)     NOT NULL PRIMARY KEY
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT, @schema_table_id = @schema_table_id OUTPUT,
            @schema_column_id = @schema_column_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @answer = p.[value] FROM OPENJSON(@payload) AS p WHERE p.[key] = N'answer' AND p.[type] = 5;
            SELECT @name = TRIM(a.entity_name), @description = a.description, @domain = a.domain, @given_confidence = a.confidence
            FROM OPENJSON(@answer) WITH (
                entity_name nvarchar(max) '$.entity_name', description nvarchar(max) '$.description', domain nvarchar(max) '$.domain',
                confidence nvarchar(max) '$.confidence') AS a;
            SELECT @faults = COUNT(*)
            FROM OPENJSON(@answer) AS a
            WHERE a.[key] IN (N'key_columns', N'alternative_names') AND a.[type] <> 4;
            IF COALESCE(@name, N'') COLLATE Latin1_General_100_BIN2 = N'' OR @faults > 0 OR @schema_table_id IS NULL OR @schema_column_id IS NOT NULL
                OR (@given_confidence IS NOT NULL
                    AND (@given_confidence COLLATE Latin1_General_100_BIN2 = N''
                        OR COALESCE(TRY_CONVERT(float, @given_confidence), -1) NOT BETWEEN 0 AND 1))
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the answer does not say what the table ', LEFT(@subject_key, 600), N' stands for');
                THROW 50004, @message, 1;
            END;
            SET @confidence = CONVERT(decimal(5, 4), CONVERT(float, @given_confidence));

            -- Found first, then locked by its number: no row of another entity is waited for.
            SELECT @found_id = e.entity_id FROM onto.entity AS e WHERE e.schema_table_id = @schema_table_id;
            SELECT @entity_id = e.entity_id
            FROM onto.entity AS e WITH (UPDLOCK, ROWLOCK)
            WHERE e.entity_id = @found_id AND e.dropped_at IS NULL;
            IF @entity_id IS NULL
                SET @done = N'{"status":"superseded"}';
            ELSE
            BEGIN
                EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                    @payload = @payload, @run_id = @run_id, @now = @at;
                SET @before = onto.fn_inferred_entity(@entity_id);

                UPDATE e
                SET name = @name, description = @description, domain = @domain, confidence = @confidence, run_id = @run_id, updated_at = @at
                FROM onto.entity AS e
                WHERE e.entity_id = @entity_id
                  AND NOT EXISTS (
                      SELECT e.name, e.description, e.domain, e.confidence
                      INTERSECT
                      SELECT @name, @description, @domain, @confidence);

                INSERT INTO @alias (alias, alias_sha256)
                SELECT n.alias, CONVERT(binary(32), HASHBYTES('SHA2_256', n.alias))
                FROM (
                    SELECT DISTINCT TRIM(v.[value]) COLLATE Latin1_General_100_BIN2 AS alias
                    FROM OPENJSON(@answer, '$.alternative_names') AS v
                ) AS n
                WHERE n.alias <> N'';
                DELETE FROM onto.entity_alias
                WHERE entity_id = @entity_id AND source = N'discovery' AND alias_sha256 NOT IN (SELECT g.alias_sha256 FROM @alias AS g);
                INSERT INTO onto.entity_alias (entity_id, alias, source, created_at)
                SELECT @entity_id, g.alias, N'discovery', @at
                FROM @alias AS g
                -- The entity is locked: nobody else writes names of it.
                WHERE NOT EXISTS (
                    SELECT 1 FROM onto.entity_alias AS a WHERE a.entity_id = @entity_id AND a.alias_sha256 = g.alias_sha256);

                DELETE FROM onto.entity_key_column WHERE entity_id = @entity_id;
                INSERT INTO onto.entity_key_column (entity_id, column_name, ordinal, synonyms, created_at)
                SELECT @entity_id, k.column_key, k.ordinal, COALESCE(llm.fn_json_text(k.synonyms), N'[]'), @at
                FROM (
                    SELECT c.column_key, CONVERT(int, v.[key]) + 1 AS ordinal, JSON_QUERY(IIF(v.[type] = 5, v.[value], NULL), N'$.synonyms') AS synonyms,
                        ROW_NUMBER() OVER (PARTITION BY c.column_key ORDER BY CONVERT(int, v.[key])) AS place
                    FROM OPENJSON(@answer, '$.key_columns') AS v
                    CROSS APPLY OPENJSON(CASE WHEN v.[type] = 5 THEN v.[value] END) WITH (
                        name nvarchar(4000) '$.name') AS w
                    JOIN onto.schema_column AS c
                        ON c.schema_table_id = @schema_table_id AND c.column_key = w.name COLLATE Latin1_General_100_BIN2
                            AND c.dropped_at IS NULL
                ) AS k
                WHERE k.place = 1;

                SET @after = onto.fn_inferred_entity(@entity_id);
                SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"entity","target_key":', llm.fn_json_string(@subject_key),
                    N',"field":"', f.[key] COLLATE Latin1_General_100_BIN2,
                    N'","before":', COALESCE(IIF(b.[type] = 1, llm.fn_json_string(b.[value]), b.[value]), N'null'),
                    N',"after":', COALESCE(IIF(f.[type] = 1, llm.fn_json_string(f.[value]), f.[value]), N'null'), N'}'), N','), N']')
                FROM OPENJSON(@after) AS f
                JOIN OPENJSON(@before) AS b ON b.[key] = f.[key];
                EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
                    @dag_id = @dag_id, @now = @at, @result = @count OUTPUT;
                SET @done = CONCAT(N'{"status":"routed","entity":', llm.fn_json_string(@name), N',"changed":', @count, N'}');
            END;
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
