-- Purpose:     record a decision about a row and let it take effect: approve, reject, or override values.
-- Parameters:  @kind 'entity' (or 'event', 'work', 'location', 'period', 'concept', 'tag': its entity), 'relation', 'fact',
--              'page_classification' or 'assertion' (an answer without evidence: approve makes it count, reject keeps it out);
--              @id of the row; @decision 'approve', 'reject' or 'override'; @decided_by; @reason; @changes json of what
--              override sets (kb.fn_override_changes); @decided_as 'person' or 'audit' (which a person's decision outranks);
--              @now UTC, default the server's clock; @into_caller 1: no result set, the row goes to @adjudication_id,
--              @promotion_state and @needs_review.
-- Returns:     adjudication_id, promotion_state, needs_review.
-- Errors:      NOT_FOUND, UNKNOWN_ENTITY, INVALID_PAYLOAD; INVALID_STATE for an assertion that has evidence, is retracted, or
--              would be quarantined all the same.
-- Idempotency: each call is a decision of its own. A rejection holds for future mentions of the same thing, what was decided
--              about a page's classification for its later versions; no model overwrites a decision. Routing waits.
CREATE OR ALTER PROCEDURE kb.usp_adjudicate
    @kind nvarchar(max), @id bigint, @decision nvarchar(max), @decided_by nvarchar(max), @reason nvarchar(max) = NULL,
    @changes nvarchar(max) = NULL, @decided_as nvarchar(max) = N'person', @now datetime2(3) = NULL, @into_caller bit = 0,
    @adjudication_id bigint = NULL OUTPUT, @promotion_state nvarchar(40) = NULL OUTPUT, @needs_review bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @row_id bigint = @id, @before nvarchar(max), @after nvarchar(max),
        @row_kind nvarchar(max) = IIF(@kind COLLATE Latin1_General_100_BIN2 IN (N'event', N'work', N'location', N'period', N'concept', N'tag'),
            N'entity', @kind),
        @own_changes nvarchar(max), @fault nvarchar(1000), @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        EXEC llm.usp_take_lock @resource = N'sproute.kb', @mode = N'Exclusive';
        IF @row_kind IS NULL
            OR @row_kind COLLATE Latin1_General_100_BIN2 NOT IN (N'entity', N'relation', N'fact', N'page_classification', N'assertion')
            OR @decision IS NULL OR @decision COLLATE Latin1_General_100_BIN2 NOT IN (N'approve', N'reject', N'override')
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: ', COALESCE(@decision, N'null'), N' ', COALESCE(@kind, N'null'),
                N' is no decision about a row', NCHAR(10), N'HINT: Decisions are approve, reject and override; kinds are entity, relation,'
                + N' fact, page_classification and assertion.');
            THROW 50004, @message, 1;
        END;
        IF COALESCE(TRIM(@decided_by), N'') COLLATE Latin1_General_100_BIN2 = N''
            THROW 50004, N'INVALID_PAYLOAD: a decision needs the name of who decided', 1;
        IF @row_kind = N'page_classification'
        BEGIN
            -- Of the page's versions the one that counts now.
            SET @row_id = NULL;
            SELECT TOP (1) @row_id = c.page_classification_id
            FROM kb.fn_classification_versions(@id) AS v
            JOIN kb.page_classification AS c ON c.page_classification_id = v.page_classification_id
            ORDER BY IIF(c.retracted_at IS NULL, 0, 1), IIF(c.page_classification_id = @id, 0, 1);
        END;
        SET @before = kb.fn_decided_row(@row_kind, @row_id);
        IF @before IS NULL AND @row_kind = N'entity'
        BEGIN
            SET @message = CONCAT(N'UNKNOWN_ENTITY: no entity has the id ', @id);
            THROW 50009, @message, 1;
        END;
        IF @before IS NULL
        BEGIN
            SET @message = CONCAT(N'NOT_FOUND: no ', @row_kind, N' has the id ', @id);
            THROW 50012, @message, 1;
        END;
        IF @row_kind = N'assertion'
        BEGIN
            SELECT @fault = CASE
                WHEN b.grounding <> N'none' THEN N'has evidence'
                WHEN b.retracted_at IS NOT NULL THEN N'was retracted'
                WHEN @decision = N'approve' THEN N'would not count with evidence either: '
                    + kb.fn_item_reason(JSON_QUERY(@before, N'$.keys')) END
            FROM OPENJSON(@before) WITH (grounding nvarchar(40) '$.grounding', retracted_at nvarchar(40) '$.retracted_at') AS b;
            IF @fault IS NOT NULL
            BEGIN
                SET @message = CONCAT(N'INVALID_STATE: assertion ', @id, N' ', @fault, NCHAR(10),
                    N'HINT: Decide about what rests on it: an entity, a relation, a fact or a page_classification.');
                THROW 50010, @message, 1;
            END;
        END;

        EXEC kb.fn_override_changes @kind = @row_kind, @decision = @decision, @changes = @changes, @result = @own_changes OUTPUT;
        IF @row_kind = N'page_classification' AND @decision = N'approve'
            -- What is approved are these values, but for those that somebody set.
            SELECT @own_changes = CONCAT(N'{', STRING_AGG(x.property, N',') WITHIN GROUP (ORDER BY x.name), N'}')
            FROM (
                SELECT c.[key] AS name, CONCAT(llm.fn_json_string(c.[key]), N':',
                    IIF(c.[type] = 1, llm.fn_json_string(c.[value]), c.[value])) AS property
                FROM OPENJSON(@before) AS c
                WHERE c.[key] IN (N'primary_type', N'type_set', N'descriptor_sentence', N'tags') AND c.[type] > 0
                  AND NOT EXISTS (
                      SELECT 1
                      FROM kb.fn_classification_versions(@row_id) AS v
                      JOIN kb.adjudication AS a ON a.kind = N'page_classification' AND a.target_id = v.page_classification_id
                      CROSS APPLY OPENJSON(a.changes) AS o
                      WHERE a.decision = N'override' AND a.undone_at IS NULL AND o.[key] = c.[key])
            ) AS x;

        INSERT INTO kb.adjudication (kind, target_id, decision, decided_by, decided_as, reason, changes, before, after, decided_at)
        VALUES (@row_kind, @row_id, @decision, @decided_by, @decided_as, @reason, @own_changes, @before, @before, @at);
        SET @adjudication_id = SCOPE_IDENTITY();
        EXEC kb.usp_rebuild_row @kind = @row_kind, @id = @row_id, @now = @at;
        SET @after = kb.fn_decided_row(@row_kind, @row_id);
        SELECT @promotion_state = r.promotion_state, @needs_review = r.needs_review, @message = CASE
            WHEN r.start_earliest > r.end_latest COLLATE Latin1_General_100_BIN2
                AND EXISTS (SELECT 1 FROM OPENJSON(@own_changes) AS c WHERE c.[key] IN (N'start', N'end'))
            THEN CONCAT(N'INVALID_PAYLOAD: the start, ', LEFT(r.start_text, 900), N', would be after the end, ',
                LEFT(r.end_text, 900), NCHAR(10), N'HINT: Set both, or one of them to null: then it is open.') END
        FROM OPENJSON(@after) WITH (promotion_state nvarchar(40) '$.promotion_state', needs_review bit '$.needs_review',
            start_earliest nvarchar(40) '$.start_earliest', end_latest nvarchar(40) '$.end_latest',
            start_text nvarchar(max) '$.start_text', end_text nvarchar(max) '$.end_text') AS r;
        IF @message IS NOT NULL
            THROW 50004, @message, 1;
        UPDATE kb.adjudication SET after = @after WHERE adjudication_id = @adjudication_id;
        COMMIT TRANSACTION;
        IF @into_caller = 0
            SELECT @adjudication_id AS adjudication_id, @promotion_state AS promotion_state, @needs_review AS needs_review;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
