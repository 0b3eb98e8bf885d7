-- Purpose:     let answers without evidence count where somebody approved them, and no others; internal.
-- Parameters:  @assertion_id whose page and item are looked at, in all versions; null for all that there are.
-- Returns:     in the caller's #judge_ungrounded: assertion_id, item_kind and change (1 counts now, -1 counts no more) of those
--              that changed.
-- Errors:      none.
-- Idempotency: what is right is not written. What follows from it is the caller's to rebuild.
CREATE OR ALTER PROCEDURE kb.usp_judge_ungrounded @assertion_id bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @item_sha256 nvarchar(64) = (SELECT o.item_sha256 FROM kb.assertion AS o WHERE o.assertion_id = @assertion_id);
    DECLARE @changed TABLE (
        assertion_id       bigint        NOT NULL PRIMARY KEY,
        item_kind          nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
        quarantine_reason  nvarchar(400) COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO @changed (assertion_id, item_kind, quarantine_reason)
    SELECT w.assertion_id, w.item_kind, w.reason
    FROM (
        SELECT g.assertion_id, g.item_kind, g.quarantine_reason,
            CASE WHEN d.decision = N'approve' THEN kb.fn_item_reason(g.keys) ELSE N'NOT_GROUNDED' END
                COLLATE Latin1_General_100_BIN2 AS reason
        FROM kb.assertion AS g
        OUTER APPLY kb.fn_ungrounded_decision(g.source_page_id, g.job_type, g.item_kind, g.item_sha256, g.subject_key) AS d
        WHERE g.grounding = N'none' AND g.retracted_at IS NULL
          AND (g.quarantine_reason IS NULL OR g.quarantine_reason <> N'PAGE_SUPERSEDED')
          AND (@assertion_id IS NULL OR g.item_sha256 = @item_sha256)
    ) AS w
    WHERE NOT EXISTS (SELECT w.quarantine_reason INTERSECT SELECT w.reason)
    OPTION (RECOMPILE);
    UPDATE a
    SET quarantine_reason = c.quarantine_reason
    FROM @changed AS c
    JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id;
    INSERT INTO #judge_ungrounded (assertion_id, item_kind, change)
    SELECT c.assertion_id, c.item_kind, IIF(c.quarantine_reason IS NULL, 1, -1)
    FROM @changed AS c;
END;
