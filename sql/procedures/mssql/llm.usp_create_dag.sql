-- Purpose:     create a dag and open its first node.
-- Parameters:  @kind, @subject what it is about (one may run for each pair); @options json, of which usd_limit is the most
--              USD that its jobs may cost together; @nodes json array of {name, plan_job_type, plan_input?, blocking?,
--              blocking_items?, max_failed_share?} in order; @created_by; @now UTC;
--              @correlation_id of all its jobs, null for one of its own; @into_caller 1: no result set, the id goes to @dag_id.
-- Returns:     dag_id.
-- Errors:      DAG_RUNNING, INVALID_PAYLOAD, UNKNOWN_JOB_TYPE.
-- Idempotency: no: each call creates one, but only one of a kind and subject runs.
CREATE OR ALTER PROCEDURE llm.usp_create_dag
    @kind nvarchar(max), @subject nvarchar(max), @options nvarchar(max), @nodes nvarchar(max), @created_by nvarchar(max) = NULL,
    @now datetime2(3) = NULL, @correlation_id uniqueidentifier = NULL, @into_caller bit = 0, @dag_id bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @bad nvarchar(1000), @message nvarchar(2048),
        @limit_type int, @limit_text nvarchar(100), @usd_limit decimal(14, 6);
    DECLARE @made TABLE (dag_id bigint NOT NULL);
    DECLARE @node TABLE (
        ordinal           int            NOT NULL PRIMARY KEY,
        name              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        plan_job_type     nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL,
        plan_input        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        blocking          nvarchar(100)  COLLATE Latin1_General_100_BIN2 NULL,
        blocking_items    nvarchar(100)  COLLATE Latin1_General_100_BIN2 NULL,
        max_failed_share  nvarchar(100)  COLLATE Latin1_General_100_BIN2 NULL,
        is_switch_bad     bit            NOT NULL,
        is_share_bad      bit            NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        IF ISJSON(@nodes) = 1 AND LEFT(TRIM(NCHAR(32) + NCHAR(9) + NCHAR(10) + NCHAR(13) FROM LEFT(@nodes, 4000)), 1) = N'['
            INSERT INTO @node (ordinal, name, plan_job_type, plan_input, blocking, blocking_items, max_failed_share, is_switch_bad,
                is_share_bad)
            SELECT CONVERT(int, i.[key]) + 1, f.name, f.plan_job_type, f.plan_input, f.blocking, f.blocking_items,
                f.max_failed_share, f.is_switch_bad, f.is_share_bad
            FROM OPENJSON(@nodes) AS i
            CROSS APPLY (
                SELECT MAX(CASE WHEN e.[key] = N'name' AND e.[type] <> 0 THEN e.[value] END) AS name,
                    MAX(CASE WHEN e.[key] = N'plan_job_type' AND e.[type] <> 0 THEN LEFT(e.[value], 1000) END) AS plan_job_type,
                    MAX(CASE WHEN e.[key] = N'plan_input' AND e.[type] IN (4, 5) THEN e.[value] END) AS plan_input,
                    MAX(CASE WHEN e.[key] = N'blocking' AND e.[type] <> 0 THEN LEFT(e.[value], 100) END) AS blocking,
                    MAX(CASE WHEN e.[key] = N'blocking_items' AND e.[type] <> 0 THEN LEFT(e.[value], 100) END) AS blocking_items,
                    MAX(CASE WHEN e.[key] = N'max_failed_share' AND e.[type] <> 0 THEN LEFT(e.[value], 100) END) AS max_failed_share,
                    COALESCE(MAX(CASE
                        WHEN e.[key] IN (N'blocking', N'blocking_items') AND e.[type] NOT IN (0, 3) THEN 1 ELSE 0 END), 0) AS is_switch_bad,
                    COALESCE(MAX(CASE
                        WHEN e.[key] <> N'max_failed_share' OR e.[type] = 0 THEN 0
                        WHEN e.[type] = 2 AND TRY_CONVERT(float, e.[value]) BETWEEN 0 AND 1 THEN 0 ELSE 1 END), 0) AS is_share_bad
                FROM OPENJSON(CASE WHEN i.[type] = 5 THEN i.[value] END) AS e
            ) AS f;
        IF NOT EXISTS (SELECT 1 FROM @node AS n)
            THROW 50004, N'INVALID_PAYLOAD: p_nodes is not an array with at least one node', 1;
        SELECT @limit_type = o.[type], @limit_text = LEFT(o.[value], 100)
        FROM OPENJSON(COALESCE(@options, N'{}')) AS o
        WHERE o.[key] = N'usd_limit' AND o.[type] <> 0;
        IF @limit_type IS NOT NULL
        BEGIN
            IF @limit_type = 2 AND TRY_CONVERT(float, @limit_text) >= 0 AND TRY_CONVERT(float, @limit_text) < 100000000
                SET @usd_limit = COALESCE(TRY_CONVERT(decimal(14, 6), @limit_text), TRY_CONVERT(float, @limit_text));
            ELSE
                THROW 50004, N'INVALID_PAYLOAD: p_options, usd_limit is no number from 0 on', 1;
        END;
        IF COALESCE(@kind, N'') COLLATE Latin1_General_100_BIN2 = N'' OR COALESCE(@subject, N'') COLLATE Latin1_General_100_BIN2 = N''
            THROW 50004, N'INVALID_PAYLOAD: p_kind or p_subject is empty', 1;
        SELECT TOP (1) @message = CONCAT(N'INVALID_PAYLOAD: p_nodes, item ', n.ordinal, CASE WHEN n.is_switch_bad = 1
            THEN N', blocking is no boolean' ELSE N', max_failed_share is no number from 0 to 1' END)
        FROM @node AS n
        WHERE n.is_switch_bad = 1 OR n.is_share_bad = 1
        ORDER BY n.ordinal;
        IF @message IS NOT NULL THROW 50004, @message, 1;
        IF EXISTS (SELECT 1 FROM @node AS n WHERE COALESCE(n.name, N'') = N'')
            THROW 50004, N'INVALID_PAYLOAD: a node has no name', 1;
        SELECT TOP (1) @bad = COALESCE(n.plan_job_type, N'(none given)')
        FROM @node AS n
        WHERE NOT EXISTS (SELECT 1 FROM llm.job_type AS t WHERE t.job_type = n.plan_job_type)
        ORDER BY n.ordinal;
        IF @bad IS NOT NULL
        BEGIN
            SET @message = CONCAT(N'UNKNOWN_JOB_TYPE: ', @bad, NCHAR(10),
                N'HINT: SELECT job_type FROM llm.job_type lists the known ones.');
            THROW 50003, @message, 1;
        END;

        INSERT INTO llm.dag (kind, subject, options, created_by, correlation_id, started_at)
        OUTPUT inserted.dag_id INTO @made (dag_id)
        SELECT @kind, @subject, COALESCE(@options, N'{}'), COALESCE(@created_by, ORIGINAL_LOGIN()), COALESCE(@correlation_id, NEWID()),
            @at
        WHERE NOT EXISTS (
            SELECT 1 FROM llm.dag AS d WITH (UPDLOCK, HOLDLOCK)
            WHERE d.kind = @kind AND d.subject_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @subject)) AND d.status = N'RUNNING');
        SET @dag_id = (SELECT m.dag_id FROM @made AS m);
        IF @dag_id IS NULL
        BEGIN
            SET @message = CONCAT(N'DAG_RUNNING: ', @kind, N' of ', LEFT(@subject, 1000), N' is running', NCHAR(10),
                N'HINT: Wait until it ends, or cancel it with llm.usp_cancel_dag.');
            THROW 50007, @message, 1;
        END;
        INSERT INTO llm.dag_node (dag_id, ordinal, name, blocking, blocking_items, max_failed_share, plan_job_type, plan_input)
        SELECT @dag_id, n.ordinal, n.name, IIF(n.blocking = N'false', 0, 1), IIF(n.blocking_items = N'false', 0, 1),
            COALESCE(TRY_CONVERT(decimal(5, 4), TRY_CONVERT(float, n.max_failed_share)), 1), n.plan_job_type,
            COALESCE(n.plan_input, N'{}')
        FROM @node AS n;
        IF @usd_limit IS NOT NULL
            EXEC llm.usp_put_dag_limit @dag_id = @dag_id, @usd_limit = @usd_limit, @now = @at, @into_caller = 1;
        EXEC llm.usp_advance_dag @dag_id = @dag_id, @now = @at, @into_caller = 1;
        COMMIT TRANSACTION;
        IF @into_caller = 0 SELECT @dag_id AS dag_id;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
