-- Purpose:     route what the columns of a table may refer to: candidates with what looking them up gave.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key: the table's key},
--              input_sha256, answer: a document of relationship_discovery}; @now UTC.
-- Returns:     the job's status and outcome: {status: routed, candidates, accepted, written, gone}.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: the same call again returns what it stored; rows that are right are not written.
-- What the table's columns referred to before and do not any more is dropped, unless it is declared or a person decided
-- about it.
CREATE OR ALTER PROCEDURE onto.usp_process_relationship_discovery_output
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @state nvarchar(20), @status nvarchar(40), @outcome nvarchar(max),
        @ontology_id bigint, @subject_key nvarchar(4000), @job_type nvarchar(100), @dag_id bigint, @schema_table_id bigint,
        @done nvarchar(max), @kind int, @table_key nvarchar(4000), @skipped nvarchar(max), @kept nvarchar(max),
        @changes nvarchar(max), @relationships nvarchar(max), @written bigint, @gone int, @candidates int, @accepted int,
        @faults int, @message nvarchar(2048);
    DECLARE @given TABLE (
        key_sha256  binary(32) NOT NULL PRIMARY KEY
    );
    DECLARE @unfounded TABLE (
        relationship_id  bigint NOT NULL PRIMARY KEY
    );
    DECLARE @moved TABLE (
        relationship_id   bigint         NOT NULL PRIMARY KEY,
        relationship_key  nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        status            nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC onto.usp_begin_routing @job_id = @job_id, @run_id = @run_id, @payload = @payload, @now = @at, @state = @state OUTPUT,
            @outcome = @outcome OUTPUT, @ontology_id = @ontology_id OUTPUT, @subject_key = @subject_key OUTPUT,
            @job_type = @job_type OUTPUT, @dag_id = @dag_id OUTPUT, @schema_table_id = @schema_table_id OUTPUT;
        IF @state = N'held'
        BEGIN
            SELECT @kind = a.[type] FROM OPENJSON(@payload, '$.answer') AS a WHERE a.[key] = N'relationships';
            SELECT @table_key = a.table_key, @skipped = JSON_QUERY(@payload, N'$.answer.skipped')
            FROM OPENJSON(@payload) WITH (table_key nvarchar(4000) '$.answer.table_key') AS a;
            SELECT @faults = COUNT(*)
            FROM OPENJSON(@payload, '$.answer.relationships') AS r
            CROSS APPLY OPENJSON(CASE WHEN r.[type] = 5 THEN r.[value] END) AS f
            WHERE f.[key] = N'provenance'
              AND (f.[type] <> 1 OR f.[value] COLLATE Latin1_General_100_BIN2 NOT IN (N'feature', N'inferred', N'manual'));
            IF COALESCE(@kind, 0) <> 4 OR @schema_table_id IS NULL OR @faults > 0
                OR NOT EXISTS (SELECT @table_key COLLATE Latin1_General_100_BIN2 INTERSECT SELECT @subject_key)
            BEGIN
                SET @message = CONCAT(N'INVALID_PAYLOAD: the answer says nothing of the relationships of ', LEFT(@subject_key, 600));
                THROW 50004, @message, 1;
            END;
            -- The candidates have rows of their own; what could not be looked at has none.
            SET @kept = CASE WHEN EXISTS (SELECT 1 FROM OPENJSON(@skipped))
                THEN JSON_MODIFY(@payload, '$.answer', JSON_QUERY(CONCAT(N'{"skipped":', @skipped, N'}')))
                ELSE JSON_MODIFY(@payload, '$.answer', NULL) END;
            EXEC onto.usp_keep_answer @ontology_id = @ontology_id, @job_type = @job_type, @subject_key = @subject_key,
                @payload = @kept, @run_id = @run_id, @now = @at;
            INSERT INTO @given (key_sha256)
            SELECT DISTINCT CONVERT(binary(32), HASHBYTES('SHA2_256', g.relationship_key))
            FROM OPENJSON(@payload, '$.answer.relationships') WITH (relationship_key nvarchar(4000) '$.relationship_key') AS g
            WHERE g.relationship_key IS NOT NULL;
            -- Found first, then locked: no row of another table's relationships is waited for.
            INSERT INTO @unfounded (relationship_id)
            SELECT r.relationship_id
            FROM onto.relationship AS r
            WHERE r.from_table_id = @schema_table_id AND r.dropped_at IS NULL AND r.provenance IN (N'feature', N'inferred')
              AND NOT EXISTS (SELECT 1 FROM @given AS g WHERE g.key_sha256 = r.relationship_key_sha256)
              AND NOT EXISTS (
                  SELECT 1 FROM onto.override AS e
                  WHERE e.ontology_id = @ontology_id AND e.target_kind = N'relationship'
                    AND e.target_key_sha256 = r.relationship_key_sha256);
            INSERT INTO @moved (relationship_id, relationship_key, status)
            SELECT r.relationship_id, r.relationship_key, r.status
            FROM @unfounded AS u
            JOIN onto.relationship AS r WITH (UPDLOCK, ROWLOCK) ON r.relationship_id = u.relationship_id
            WHERE r.dropped_at IS NULL AND r.provenance IN (N'feature', N'inferred')
            OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
            SET @gone = @@ROWCOUNT;
            UPDATE r
            SET dropped_at = @at, dropped_because = N'evidence', updated_at = @at
            FROM @moved AS m
            JOIN onto.relationship AS r ON r.relationship_id = m.relationship_id
            OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
            SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"relationship","target_key":',
                llm.fn_json_string(m.relationship_key), N',"field":"status","before":',
                COALESCE(llm.fn_json_string(NULLIF(m.status, N'candidate')), N'null'), N'}'), N','), N']')
            FROM @moved AS m;
            EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
                @dag_id = @dag_id, @now = @at;
            SELECT @relationships = CONCAT(N'[', STRING_AGG(JSON_MODIFY(g.[value], '$.from_table', @subject_key), N','), N']')
            FROM OPENJSON(@payload, '$.answer.relationships') AS g;
            EXEC onto.usp_put_relationships @ontology_id = @ontology_id, @relationships = @relationships, @run_id = @run_id,
                @dag_id = @dag_id, @now = @at, @result = @written OUTPUT;
            SELECT @candidates = SUM(CASE WHEN g.status = N'candidate' THEN 1 ELSE 0 END),
                @accepted = SUM(CASE WHEN g.status = N'accepted' THEN 1 ELSE 0 END)
            FROM OPENJSON(@payload, '$.answer.relationships') WITH (status nvarchar(40) '$.status') AS g;
            SET @done = CONCAT(N'{"status":"routed","candidates":', COALESCE(@candidates, 0), N',"accepted":', COALESCE(@accepted, 0),
                N',"written":', @written, N',"gone":', @gone, N'}');
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
