-- Purpose:     recompute the classification of the pages whose classification assertions changed; internal.
-- Parameters:  @run_id; @now UTC.
-- Returns:     @result: the number of links added.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- Rules: the most confident assertion, then the first by item_sha256, gives all values; what people decided about any
-- version of the page (kb.adjudication) stands above it.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_classifications @run_id uniqueidentifier, @now datetime2(3), @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @locked int;
    SET @result = 0;
    IF NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = @run_id AND c.item_kind = N'page_classification')
        AND NOT EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'page_classification')
        RETURN;

    INSERT INTO kb.page_classification (source_page_id, primary_type, type_set, tags, confidence, observation_count,
        promotion_state, needs_review, created_at, updated_at, retracted_at)
    SELECT DISTINCT a.source_page_id, N'', N'[]', N'[]', 0, 0, N'staged', 0, @now, @now, @now
    FROM kb.stage_change AS c
    JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
    WHERE c.run_id = @run_id AND c.item_kind = N'page_classification' AND c.change >= 0
      AND NOT EXISTS (
          SELECT 1 FROM kb.page_classification AS p WITH (UPDLOCK, HOLDLOCK) WHERE p.source_page_id = a.source_page_id)
    ORDER BY a.source_page_id
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);

    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT @run_id, N'page_classification', p.page_classification_id, a.assertion_id
    FROM kb.stage_change AS c
    JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
    JOIN kb.page_classification AS p ON p.source_page_id = a.source_page_id
    WHERE c.run_id = @run_id AND c.item_kind = N'page_classification' AND c.change >= 0;
    EXEC kb.usp_sync_links @run_id = @run_id, @target_table = N'page_classification', @result = @result OUTPUT;

    -- In page order: the table variable is read in the order of its key, row by row.
    DECLARE @touched TABLE (source_page_id bigint NOT NULL PRIMARY KEY, page_classification_id bigint NOT NULL);
    INSERT INTO @touched (source_page_id, page_classification_id)
    SELECT p.source_page_id, p.page_classification_id
    FROM kb.page_classification AS p
    WHERE p.page_classification_id IN (
        SELECT t.target_id FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'page_classification');
    SELECT @locked = COUNT(*)
    FROM @touched AS t
    INNER LOOP JOIN kb.page_classification AS p WITH (UPDLOCK, ROWLOCK) ON p.page_classification_id = t.page_classification_id
    OPTION (FORCE ORDER, MAXDOP 1);

    CREATE TABLE #rebuilt_classification (
        page_classification_id  bigint         NOT NULL PRIMARY KEY,
        primary_type            nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        type_set                nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        descriptor_sentence     nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        tags                    nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        confidence              decimal(5, 4)  NOT NULL,
        observation_count       int            NOT NULL,
        promotion_state         nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        needs_review            bit            NOT NULL
    );
    INSERT INTO #rebuilt_classification (page_classification_id, primary_type, type_set, descriptor_sentence, tags, confidence,
        observation_count, promotion_state, needs_review)
    SELECT b.page_classification_id, p.primary_type, COALESCE(JSON_QUERY(b.payload, '$.type_set'), N'[]'), p.descriptor_sentence,
        COALESCE(JSON_QUERY(b.payload, '$.tags'), N'[]'), b.confidence, b.observation_count, CHOOSE(b.state_rank + 1, N'staged', N'suppressed', N'candidate', N'promoted'),
        IIF(b.state_rank = 2, 1, 0)
    FROM (
        SELECT t.page_classification_id, a.payload, a.confidence,
            COUNT(*) OVER (PARTITION BY t.page_classification_id) AS observation_count,
            MAX(COALESCE(g.state_rank, 0)) OVER (PARTITION BY t.page_classification_id) AS state_rank,
            ROW_NUMBER() OVER (PARTITION BY t.page_classification_id ORDER BY a.confidence DESC, a.item_sha256) AS place
        FROM @touched AS t
        JOIN kb.assertion_link AS l ON l.target_table = N'page_classification' AND l.target_id = t.page_classification_id
        JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
        OUTER APPLY kb.fn_state_rank(a.job_type, a.item_kind, a.confidence, a.is_weak) AS g
    ) AS b
    OUTER APPLY OPENJSON(b.payload) WITH (
        primary_type nvarchar(max) '$.primary_type', descriptor_sentence nvarchar(max) '$.descriptor_sentence') AS p
    WHERE b.place = 1;
    IF EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = N'page_classification' AND d.undone_at IS NULL)
        UPDATE w
        SET primary_type = COALESCE(c.primary_type COLLATE Latin1_General_100_BIN2, w.primary_type),
            type_set = COALESCE(JSON_QUERY(d.changes, '$.type_set') COLLATE Latin1_General_100_BIN2, w.type_set),
            descriptor_sentence = COALESCE(c.descriptor_sentence COLLATE Latin1_General_100_BIN2, w.descriptor_sentence),
            tags = COALESCE(JSON_QUERY(d.changes, '$.tags') COLLATE Latin1_General_100_BIN2, w.tags),
            promotion_state = IIF(d.decision = N'reject', N'suppressed', N'adjudicated'), needs_review = 0
        FROM #rebuilt_classification AS w
        CROSS APPLY (
            SELECT CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), v.target_id), N','), N']') AS target_ids
            FROM kb.fn_decided_ids(N'page_classification', w.page_classification_id) AS v
        ) AS i
        CROSS APPLY kb.fn_standing_decision(N'page_classification', i.target_ids) AS d
        OUTER APPLY OPENJSON(d.changes) WITH (
            primary_type nvarchar(max) '$.primary_type', descriptor_sentence nvarchar(max) '$.descriptor_sentence') AS c;

    UPDATE p
    SET primary_type = w.primary_type, type_set = w.type_set, descriptor_sentence = w.descriptor_sentence, tags = w.tags,
        confidence = w.confidence, observation_count = w.observation_count, promotion_state = w.promotion_state,
        needs_review = w.needs_review, retracted_at = NULL, updated_at = @now
    FROM #rebuilt_classification AS w
    JOIN kb.page_classification AS p ON p.page_classification_id = w.page_classification_id
    WHERE p.retracted_at IS NOT NULL OR NOT EXISTS (
        SELECT p.primary_type, DATALENGTH(p.primary_type), llm.fn_json_text(p.type_set), p.descriptor_sentence,
            DATALENGTH(p.descriptor_sentence), llm.fn_json_text(p.tags), p.confidence, p.observation_count, p.promotion_state, p.needs_review
        INTERSECT
        SELECT w.primary_type, DATALENGTH(w.primary_type), llm.fn_json_text(w.type_set), w.descriptor_sentence,
            DATALENGTH(w.descriptor_sentence), llm.fn_json_text(w.tags), w.confidence, w.observation_count, w.promotion_state, w.needs_review)
    OPTION (LOOP JOIN, FORCE ORDER);
    UPDATE p
    SET observation_count = 0, needs_review = 0, retracted_at = @now, updated_at = @now
    FROM @touched AS t
    JOIN kb.page_classification AS p ON p.page_classification_id = t.page_classification_id
    WHERE p.retracted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM #rebuilt_classification AS w WHERE w.page_classification_id = t.page_classification_id)
    OPTION (LOOP JOIN, FORCE ORDER);
END;
