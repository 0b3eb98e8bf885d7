-- Purpose:     first step of every routing procedure of an ontology: fence, contract, subject; internal.
-- Parameters:  @job_id, @run_id; @payload {contract, version, subject: {ontology_id, subject_key}, ...}, where subject_key
--              is that of the job's input, or the node of a plan; @now UTC.
-- Returns:     state 'held' (go on) or 'done' (return outcome as it is); outcome; ontology_id, subject_key, job_type; dag_id and
--              dag_node_id, null outside of a dag; schema_table_id of a table or column, schema_column_id of a column,
--              relationship_id of a relationship, else null.
-- Errors:      LEASE_LOST, UNKNOWN_JOB, CONTRACT_MISMATCH, INVALID_PAYLOAD.
-- Idempotency: a call that succeeded before returns its stored outcome.
-- The ontology is locked against being deleted and edited, and the row of the table, column or relationship for the transaction:
-- two answers about one take turns. A subject that was dropped, an ontology that was deleted, and an answer that may rest on
-- values of a column which became sensitive since, end the job as superseded.
CREATE OR ALTER PROCEDURE onto.usp_begin_routing
    @job_id bigint, @run_id uniqueidentifier, @payload nvarchar(max), @now datetime2(3),
    @state nvarchar(20) = NULL OUTPUT, @outcome nvarchar(max) = NULL OUTPUT, @ontology_id bigint = NULL OUTPUT,
    @subject_key nvarchar(4000) = NULL OUTPUT, @job_type nvarchar(100) = NULL OUTPUT, @dag_id bigint = NULL OUTPUT,
    @dag_node_id bigint = NULL OUTPUT, @schema_table_id bigint = NULL OUTPUT, @schema_column_id bigint = NULL OUTPUT,
    @relationship_id bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @contract nvarchar(max), @version nvarchar(max), @given_id nvarchar(max), @prompt_sha256 nvarchar(max),
        @model nvarchar(max), @run nvarchar(max), @started_at datetime2(3),
        @contract_name nvarchar(200), @contract_version nvarchar(50), @job_ontology nvarchar(100), @job_subject nvarchar(4000),
        @dot int, @is_plan bit, @is_here bit = 0, @status nvarchar(40), @held_id bigint, @found_id bigint, @message nvarchar(2048);
    SELECT @ontology_id = NULL, @subject_key = NULL, @job_type = NULL, @dag_id = NULL, @dag_node_id = NULL, @schema_table_id = NULL,
        @schema_column_id = NULL, @relationship_id = NULL;
    EXEC llm.usp_hold_job @job_id = @job_id, @run_id = @run_id, @ends_as = N'SUCCEEDED', @now = @now,
        @state = @state OUTPUT, @outcome = @outcome OUTPUT;
    IF @state <> N'held'
    BEGIN
        SET @state = N'done';
        RETURN;
    END;

    SELECT @job_type = j.job_type, @dag_node_id = j.dag_node_id, @dag_id = n.dag_id, @started_at = j.started_at,
        @contract_name = t.contract_name, @contract_version = t.contract_version, @job_ontology = i.ontology_id,
        @job_subject = COALESCE(i.subject_key, i.node), @is_plan = IIF(i.node IS NULL, 0, 1)
    FROM llm.job AS j
    JOIN llm.job_type AS t ON t.job_type = j.job_type
    LEFT JOIN llm.dag_node AS n ON n.dag_node_id = j.dag_node_id
    OUTER APPLY OPENJSON(j.input) WITH (
        ontology_id nvarchar(100) '$.ontology_id', subject_key nvarchar(4000) '$.subject_key', node nvarchar(4000) '$.node') AS i
    WHERE j.job_id = @job_id;
    SELECT @contract = p.contract, @version = p.version, @given_id = p.ontology_id, @subject_key = p.subject_key,
        @prompt_sha256 = p.prompt_sha256, @model = p.model,
        @run = (SELECT p.prompt_sha256, p.model FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM OPENJSON(@payload) WITH (
        contract nvarchar(max) '$.contract', version nvarchar(max) '$.version', ontology_id nvarchar(max) '$.subject.ontology_id',
        subject_key nvarchar(4000) '$.subject.subject_key', prompt_sha256 nvarchar(max) '$.prompt_sha256',
        model nvarchar(max) '$.model') AS p;
    IF NOT EXISTS (
        SELECT @contract COLLATE Latin1_General_100_BIN2, LEFT(@version, CHARINDEX(N'.', CONCAT(@version, N'.')) - 1)
        INTERSECT
        SELECT @contract_name, LEFT(@contract_version, CHARINDEX(N'.', CONCAT(@contract_version, N'.')) - 1))
    BEGIN
        SET @message = CONCAT(N'CONTRACT_MISMATCH: job type ', @job_type, N' wants ', @contract_name, N' ', @contract_version,
            N', the payload is ', COALESCE(LEFT(@contract, 200), N'<NULL>'), N' ', COALESCE(LEFT(@version, 50), N'<NULL>'), NCHAR(10),
            N'HINT: Deploy with sproute db migrate and restart runners of an older version.');
        THROW 50005, @message, 1;
    END;

    IF LEN(@prompt_sha256) > 64 OR LEN(@model) > 200
        THROW 50004, N'INVALID_PAYLOAD: prompt_sha256 has more than 64 characters, or model more than 200', 1;

    IF @given_id IS NULL OR @given_id COLLATE Latin1_General_100_BIN2 = N'' OR LEN(@given_id) > 18
        OR @given_id COLLATE Latin1_General_100_BIN2 LIKE N'%[^0-9]%' OR @subject_key IS NULL
        THROW 50004, N'INVALID_PAYLOAD: subject has no ontology_id or no subject_key', 1;
    SET @ontology_id = CONVERT(bigint, @given_id);
    IF NOT EXISTS (
        SELECT CONVERT(nvarchar(20), @ontology_id), @subject_key COLLATE Latin1_General_100_BIN2
        INTERSECT
        SELECT @job_ontology, @job_subject)
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: the payload is about ', LEFT(@subject_key, 600), N' of ontology ', @ontology_id,
            N', the job about ', COALESCE(LEFT(@job_subject, 600), N'<NULL>'), N' of ontology ', COALESCE(@job_ontology, N'<NULL>'));
        THROW 50004, @message, 1;
    END;

    -- Deleting it and edits wait.
    SET @held_id = @ontology_id;
    EXEC onto.usp_hold_ontology @mode = N'Shared', @ontology_id = @held_id OUTPUT;
    IF @held_id IS NOT NULL SET @is_here = 1;
    IF @is_here = 1 AND @subject_key <> N'ontology' AND @is_plan = 0
    BEGIN
        -- Found by key first, then locked by number: to find a key, a small table may be read as a whole, and rows that others
        -- hold would be waited for.
        SELECT @found_id = t.schema_table_id
        FROM onto.schema_table AS t
        WHERE t.ontology_id = @ontology_id AND t.table_key = @subject_key;
        SELECT @schema_table_id = t.schema_table_id
        FROM onto.schema_table AS t WITH (UPDLOCK, ROWLOCK)
        WHERE t.schema_table_id = @found_id AND t.dropped_at IS NULL;
        -- The key of a column is cut at each of its dots.
        SET @dot = CHARINDEX(N'.', @subject_key);
        WHILE @schema_table_id IS NULL AND @dot > 0
        BEGIN
            SET @found_id = NULL;
            SELECT @found_id = c.schema_column_id
            FROM onto.schema_table AS t
            JOIN onto.schema_column AS c
                ON c.schema_table_id = t.schema_table_id AND c.column_key = SUBSTRING(@subject_key, @dot + 1, 4000)
            WHERE t.ontology_id = @ontology_id AND t.table_key = LEFT(@subject_key, @dot - 1) AND t.dropped_at IS NULL;
            SELECT @schema_table_id = c.schema_table_id, @schema_column_id = c.schema_column_id
            FROM onto.schema_column AS c WITH (UPDLOCK, ROWLOCK)
            WHERE c.schema_column_id = @found_id AND c.dropped_at IS NULL;
            SET @dot = CHARINDEX(N'.', @subject_key, @dot + 1);
        END;
        IF @schema_table_id IS NULL
        BEGIN
            SET @found_id = NULL;
            SELECT @found_id = r.relationship_id
            FROM onto.relationship AS r
            WHERE r.ontology_id = @ontology_id
              AND r.relationship_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @subject_key));
            SELECT @relationship_id = r.relationship_id
            FROM onto.relationship AS r WITH (UPDLOCK, ROWLOCK)
            WHERE r.relationship_id = @found_id AND r.dropped_at IS NULL;
        END;
        SET @is_here = IIF(COALESCE(@schema_table_id, @relationship_id) IS NULL, 0, 1);
    END;
    -- What is computed leaves such values out by itself. Hardly ever is there one: then nothing of a view is read.
    IF @is_here = 1 AND @is_plan = 0 AND @job_type NOT IN (N'schema_profile', N'relationship_discovery')
        AND EXISTS (
            SELECT 1 FROM onto.override AS e
            WHERE e.ontology_id = @ontology_id AND e.target_kind = N'column' AND e.field = N'is_sensitive' AND e.updated_at >= @started_at)
        AND EXISTS (
            SELECT 1
            FROM onto.override AS e
            JOIN onto.vw_column AS c ON c.ontology_id = e.ontology_id AND c.subject_key = e.target_key AND c.is_sensitive = 1
            LEFT JOIN onto.relationship AS r ON r.relationship_id = @relationship_id
            WHERE e.ontology_id = @ontology_id AND e.target_kind = N'column' AND e.field = N'is_sensitive'
              AND e.updated_at >= @started_at
              AND (@subject_key = N'ontology' OR c.schema_table_id IN (@schema_table_id, r.from_table_id, r.to_table_id)))
        SET @is_here = 0;
    IF @is_here = 0
    BEGIN
        EXEC llm.usp_complete_job @job_id = @job_id, @run_id = @run_id, @outcome = N'{"status":"superseded"}', @run = @run, @now = @now,
            @into_caller = 1, @status = @status OUTPUT, @result_outcome = @outcome OUTPUT;
        SET @state = N'done';
    END;
END;
