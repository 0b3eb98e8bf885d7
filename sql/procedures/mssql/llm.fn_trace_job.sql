-- Purpose:     the story of one job, archived or not: who enqueued it, its runs with their calls and artifacts, what was routed
--              and made of it, what people decided about that, what was done to it from outside, how it ended. A procedure, for
--              it raises.
-- Parameters:  @job_id the job; @run_id a run of it that is told too although the row of the job is purged (null = none);
--              @limit most events of each kind that are told, null for all (the first ones; how many more there are is an event
--              omitted).
-- Returns:     one row an event: at (UTC), event, job_id, run_id (null for what is about the job), detail as JSON. Events are
--              enqueued, claimed, call, artifact, routed, linked, decided, undone, held (for a budget or limit), released,
--              run_ended, cancelled, retried, rescheduled, reprioritized, escalated, woken, running, waiting, job_ended,
--              archived, omitted and purged (what is gone; at is then when it was asked); ordered by at, then step.
--              No row for an unknown job.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: reads only.
-- FOR JSON leaves out what is null, and so is it left out of stored documents; a document in a document is put there by
-- JSON_MODIFY.
CREATE OR ALTER PROCEDURE llm.fn_trace_job @job_id bigint, @run_id uniqueidentifier = NULL, @limit int = 100
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @asked_at datetime2(3) = SYSUTCDATETIME(), @most int;
    CREATE TABLE #job (
        job_type           nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        subject            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        status             nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        correlation_id     uniqueidentifier NOT NULL,
        source_page_id     bigint           NULL,
        dag_node_id        bigint           NULL,
        input              nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
        run_id             uniqueidentifier NULL,
        attempt_count      int              NOT NULL,
        abandon_count      int              NOT NULL,
        cancel_requested   bit              NOT NULL,
        last_error_code    nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
        last_error         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
        last_escalated_at  datetime2(3)     NULL,
        priority           int              NULL,
        available_at       datetime2(3)     NULL,
        locked_by          uniqueidentifier NULL,
        lease_expires_at   datetime2(3)     NULL,
        created_at         datetime2(3)     NOT NULL,
        created_by         nvarchar(256)    COLLATE Latin1_General_100_BIN2 NULL,
        started_at         datetime2(3)     NULL,
        finished_at        datetime2(3)     NULL,
        archived_at        datetime2(3)     NULL
    );
    CREATE TABLE #run_key (run_id uniqueidentifier NOT NULL PRIMARY KEY);
    CREATE TABLE #assertion (
        run_id          uniqueidentifier NOT NULL,
        assertion_id    bigint           NOT NULL,
        is_quarantined  bit              NOT NULL,
        PRIMARY KEY (run_id, assertion_id)
    );
    CREATE TABLE #linked (
        run_id        uniqueidentifier NOT NULL,
        target_table  nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_id     bigint           NOT NULL,
        PRIMARY KEY (run_id, target_table, target_id)
    );
    CREATE TABLE #decision (
        run_id      uniqueidentifier NOT NULL,
        decided_at  datetime2(3)     NOT NULL,
        undone_at   datetime2(3)     NULL,
        undone_by   nvarchar(256)    COLLATE Latin1_General_100_BIN2 NULL,
        decision    nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        about       nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_id   bigint           NOT NULL,
        detail      nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    CREATE TABLE #told (
        told_no  int              IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        at       datetime2(3)     NOT NULL,
        step     int              NOT NULL,
        event    nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
        run_id   uniqueidentifier NULL,
        detail   nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    EXEC llm.fn_checked_limit @limit = @limit, @result = @most OUTPUT;
    INSERT INTO #job (job_type, subject, status, correlation_id, source_page_id, dag_node_id, input, run_id, attempt_count,
        abandon_count, cancel_requested, last_error_code, last_error, last_escalated_at, priority, available_at, locked_by,
        lease_expires_at, created_at, created_by, started_at, finished_at, archived_at)
    SELECT j.job_type, j.subject, j.status, j.correlation_id, j.source_page_id, j.dag_node_id, j.input, j.run_id, j.attempt_count,
        j.abandon_count, j.cancel_requested, j.last_error_code, j.last_error, j.last_escalated_at, j.priority, j.available_at,
        j.locked_by, j.lease_expires_at, j.created_at, j.created_by, j.started_at, j.finished_at, NULL
    FROM llm.job AS j
    WHERE j.job_id = @job_id
    UNION ALL
    SELECT a.job_type, a.subject, a.status, a.correlation_id, a.source_page_id, a.dag_node_id, a.input, a.run_id, a.attempt_count,
        a.abandon_count, 0, a.last_error_code, a.last_error, NULL, NULL, NULL, NULL, NULL, a.created_at, a.created_by,
        a.started_at, a.finished_at, a.archived_at
    FROM llm.job_archive AS a
    WHERE a.job_id = @job_id;
    -- The attempt that succeeded is its job's run_id; the index of llm.run holds the others.
    INSERT INTO #run_key (run_id)
    SELECT r.run_id FROM llm.run AS r WHERE r.job_id = @job_id AND r.status <> N'SUCCEEDED'
    UNION
    SELECT j.run_id FROM #job AS j WHERE j.run_id IS NOT NULL
    UNION
    SELECT r.run_id FROM llm.run AS r WHERE r.run_id = @run_id AND r.job_id = @job_id;
    INSERT INTO #assertion (run_id, assertion_id, is_quarantined)
    SELECT s.run_id, s.assertion_id, IIF(s.quarantine_reason IS NULL, 0, 1)
    FROM #run_key AS k
    JOIN kb.assertion AS s ON s.run_id = k.run_id;
    INSERT INTO #linked (run_id, target_table, target_id)
    SELECT DISTINCT s.run_id, l.target_table, l.target_id
    FROM #assertion AS s
    JOIN kb.assertion_link AS l ON l.assertion_id = s.assertion_id;

    -- What people decide about, as kb.adjudication names it.
    INSERT INTO #decision (run_id, decided_at, undone_at, undone_by, decision, about, target_id, detail)
    SELECT s.run_id, d.decided_at, d.undone_at, d.undone_by, d.decision, d.kind, d.target_id,
        JSON_MODIFY((SELECT d.decision, d.kind AS about, d.target_id, d.decided_by, d.decided_as, d.reason
            FOR JSON PATH, WITHOUT_ARRAY_WRAPPER),
            '$.changes', JSON_QUERY(NULLIF(d.changes, N'{}')))
    FROM (
        SELECT l.run_id, CASE l.target_table WHEN N'dim_entity' THEN N'entity' WHEN N'bridge_entity_relation' THEN N'relation'
            WHEN N'fact_attribute' THEN N'fact' ELSE l.target_table END AS kind, l.target_id
        FROM #linked AS l
        UNION ALL
        SELECT a.run_id, N'assertion', a.assertion_id FROM #assertion AS a
    ) AS s
    JOIN kb.adjudication AS d ON d.kind = s.kind AND d.target_id = s.target_id;
    INSERT INTO #decision (run_id, decided_at, undone_at, undone_by, decision, about, target_id, detail)
    SELECT i.run_id, d.decided_at, d.undone_at, d.undone_by, d.kind, N'entity', d.entity_id,
        (SELECT d.kind AS decision, N'entity' AS about, d.entity_id AS target_id, d.other_entity_id, d.decided_by,
            d.decided_as, d.reason FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM (
        SELECT l.run_id, n.identity_decision_id
        FROM #linked AS l
        JOIN kb.identity_decision AS n ON n.entity_id = l.target_id
        WHERE l.target_table = N'dim_entity'
        UNION
        SELECT l.run_id, n.identity_decision_id
        FROM #linked AS l
        JOIN kb.identity_decision AS n ON n.other_entity_id = l.target_id
        WHERE l.target_table = N'dim_entity'
        UNION
        SELECT k.run_id, n.identity_decision_id
        FROM #run_key AS k
        JOIN kb.identity_decision AS n ON n.run_id = k.run_id AND n.run_id IS NOT NULL
    ) AS i
    JOIN kb.identity_decision AS d ON d.identity_decision_id = i.identity_decision_id;

    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT j.created_at, 0, N'enqueued', NULL,
        (SELECT j.created_by, j.job_type, j.subject, LOWER(CONVERT(nvarchar(36), j.correlation_id)) AS correlation_id,
            j.source_page_id, j.dag_node_id, i.backfill_id, i.replay_of FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #job AS j
    CROSS APPLY OPENJSON(j.input) WITH (backfill_id nvarchar(200) '$.backfill.id', replay_of nvarchar(200) '$.replay.run_id') AS i;
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT r.started_at, 1, N'claimed', r.run_id,
        (SELECT r.attempt, LOWER(CONVERT(nvarchar(36), r.worker_id)) AS worker_id,
            CONCAT(r.contract_name, N' ', r.contract_version) AS contract FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #run_key AS k
    JOIN llm.run AS r ON r.run_id = k.run_id;
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT c.started_at, 2, N'call', c.run_id,
        (SELECT c.call_no, c.chunk_index, c.purpose, c.model, c.asked_model, c.cache_hit, c.input_tokens, c.output_tokens,
            c.cost_usd, c.duration_ms, c.http_status, c.finish_reason, c.error_code FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #run_key AS k
    JOIN llm.call AS c ON c.run_id = k.run_id
    ORDER BY c.run_id, c.call_no;
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT a.created_at, 3, N'artifact', a.run_id,
        (SELECT a.artifact_type, a.lake_uri, a.byte_count,
            REPLACE(CONVERT(nvarchar(23), a.pruned_at, 126), N' ', N'T') + N'Z' AS pruned_at
            FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #run_key AS k
    JOIN llm.artifact AS a ON a.run_id = k.run_id
    ORDER BY a.run_id, a.lake_uri;
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT e.routed_at, 4, N'routed', e.run_id, JSON_MODIFY(JSON_MODIFY(e.counts,
        '$.assertions', (SELECT COUNT(*) FROM #assertion AS s WHERE s.run_id = e.run_id)),
        '$.quarantined', (SELECT COUNT(*) FROM #assertion AS s WHERE s.run_id = e.run_id AND s.is_quarantined = 1))
    FROM #run_key AS k
    JOIN kb.extraction AS e ON e.run_id = k.run_id;
    -- The rows that rest on what this job said, of each table the first twenty.
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT x.routed_at, 5, N'linked', g.run_id, CONCAT(N'{"table":"kb.', g.target_table, N'","rows":', MAX(g.of_all), N',"ids":[',
        STRING_AGG(CONVERT(nvarchar(max), IIF(g.place <= 20, g.target_id, NULL)), N',') WITHIN GROUP (ORDER BY g.target_id), N']}')
    FROM (
        SELECT l.run_id, l.target_table, l.target_id,
            ROW_NUMBER() OVER (PARTITION BY l.run_id, l.target_table ORDER BY l.target_id) AS place,
            COUNT(*) OVER (PARTITION BY l.run_id, l.target_table) AS of_all
        FROM #linked AS l
    ) AS g
    JOIN kb.extraction AS x ON x.run_id = g.run_id
    GROUP BY x.routed_at, g.run_id, g.target_table;
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT r.finished_at, 6, CASE
            WHEN r.status <> N'RELEASED' THEN N'run_ended'
            WHEN r.error_code IN (N'BUDGET_EXHAUSTED', N'LIMIT_REACHED') THEN N'held'
            ELSE N'released' END,
        r.run_id,
            (SELECT r.attempt, r.status, r.model, r.duration_ms, r.input_tokens, r.output_tokens, r.cost_usd, r.error_code,
                r.error FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #run_key AS k
    JOIN llm.run AS r ON r.run_id = k.run_id;
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT e.happened_at, 7, e.event, NULL, JSON_MODIFY(d.detail, '$.done_by', e.done_by)
    FROM llm.job_event AS e
    CROSS APPLY (
        SELECT CONCAT(N'{', STRING_AGG(CONVERT(nvarchar(max), CONCAT(llm.fn_json_string(f.[key]), N':',
            IIF(f.[type] = 1, llm.fn_json_string(f.[value]), f.[value]))), N','), N'}') AS detail
        FROM OPENJSON(e.detail) AS f
        WHERE f.[type] <> 0) AS d
    WHERE e.job_id = @job_id
    ORDER BY e.job_event_id;
    -- Before there was llm.job_event.
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT j.last_escalated_at, 7, N'escalated', NULL, (SELECT j.priority AS [to] FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #job AS j
    WHERE j.last_escalated_at IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM llm.job_event AS e WHERE e.job_id = @job_id AND e.event = N'escalated');
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT j.started_at, 1, N'running', j.run_id,
        (SELECT LOWER(CONVERT(nvarchar(36), j.locked_by)) AS worker_id,
            REPLACE(CONVERT(nvarchar(23), j.lease_expires_at, 126), N' ', N'T') + N'Z' AS lease_expires_at,
            j.cancel_requested FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #job AS j
    WHERE j.status = N'RUNNING';
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT j.finished_at, 8, N'job_ended', j.run_id,
        (SELECT j.status, j.attempt_count, j.abandon_count, j.last_error_code, j.last_error
            FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #job AS j
    WHERE j.status IN (N'SUCCEEDED', N'DEADLETTER', N'CANCELLED');
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT d.decided_at, 9, N'decided', d.run_id, d.detail FROM #decision AS d;
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT d.undone_at, 10, N'undone', d.run_id,
        (SELECT d.decision, d.about, d.target_id, d.undone_by FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #decision AS d
    WHERE d.undone_at IS NOT NULL;
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT j.archived_at, 11, N'archived', NULL, N'{}'
    FROM #job AS j
    WHERE j.archived_at IS NOT NULL;
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT @asked_at, 12, N'waiting', NULL,
        (SELECT j.status, REPLACE(CONVERT(nvarchar(23), j.available_at, 126), N' ', N'T') + N'Z' AS available_at,
            j.priority, j.attempt_count, NULLIF(t.paused, CONVERT(bit, 0)) AS paused, j.last_error_code, j.last_error
            FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
    FROM #job AS j
    LEFT JOIN llm.job_type AS t ON t.job_type = j.job_type
    WHERE j.status IN (N'NEW', N'SCHEDULED');
    INSERT INTO #told (at, step, event, run_id, detail)
    SELECT @asked_at, 13, N'purged', NULL, N'{"what":"job"}'
    WHERE NOT EXISTS (SELECT 1 FROM #job AS j)
      AND EXISTS (SELECT 1 FROM #run_key AS k JOIN llm.run AS r ON r.run_id = k.run_id)
    UNION ALL
    SELECT @asked_at, 13, N'purged', j.run_id, N'{"what":"run"}'
    FROM #job AS j
    WHERE j.run_id IS NOT NULL AND j.status <> N'RUNNING' AND NOT EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = j.run_id);

    WITH counted AS (
        SELECT t.told_no, t.at, t.step, t.event, t.run_id, t.detail,
            ROW_NUMBER() OVER (PARTITION BY t.event ORDER BY t.at, t.step, t.run_id, t.told_no) AS place
        FROM #told AS t
    ), kept AS (
        SELECT c.at, c.step, c.event, c.run_id, c.detail, c.told_no
        FROM counted AS c
        WHERE c.place <= @most
        UNION ALL
        SELECT MAX(c.at), 14, N'omitted', NULL, CONCAT(N'{"event":"', c.event, N'","count":', COUNT(*), N'}'), 0
        FROM counted AS c
        WHERE c.place > @most
        GROUP BY c.event
    )
    SELECT k.at, k.step, k.event, @job_id AS job_id, k.run_id, k.detail
    FROM kept AS k
    ORDER BY k.at, k.step, IIF(k.run_id IS NULL, 1, 0), k.run_id, k.told_no, k.event;
END;
