-- Purpose:     candidates whose two entities are one, or were decided about, wait no longer; undone ones wait again,
--              for a person if a model was asked; internal.
-- Parameters:  @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: what is right is not written.
CREATE OR ALTER PROCEDURE kb.usp_close_candidates @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- In the order in which kb.usp_put_identity_candidates writes them.
    CREATE TABLE #wanted_candidate (
        first_entity_id   bigint NOT NULL,
        second_entity_id  bigint NOT NULL,
        is_decided        bit    NOT NULL,
        PRIMARY KEY (first_entity_id, second_entity_id)
    );
    INSERT INTO #wanted_candidate (first_entity_id, second_entity_id, is_decided)
    SELECT w.first_entity_id, w.second_entity_id, w.is_decided
    FROM (
        SELECT k.first_entity_id, k.second_entity_id, k.status, CASE
            WHEN CASE WHEN f.merged_into_entity_id IS NULL THEN f.entity_id ELSE kb.fn_master_entity(f.entity_id) END
                = CASE WHEN s.merged_into_entity_id IS NULL THEN s.entity_id ELSE kb.fn_master_entity(s.entity_id) END THEN 1
            WHEN EXISTS (
                SELECT 1 FROM kb.identity_decision AS d
                WHERE d.undone_at IS NULL AND d.kind IN (N'distinct', N'relate', N'suppress')
                  AND d.entity_id = k.first_entity_id AND d.other_entity_id = k.second_entity_id) THEN 1
            WHEN EXISTS (
                SELECT 1 FROM kb.identity_decision AS d
                WHERE d.undone_at IS NULL AND d.kind IN (N'distinct', N'relate', N'suppress')
                  AND d.entity_id = k.second_entity_id AND d.other_entity_id = k.first_entity_id) THEN 1
            ELSE 0 END AS is_decided
        FROM kb.identity_candidate AS k
        JOIN kb.dim_entity AS f ON f.entity_id = k.first_entity_id
        JOIN kb.dim_entity AS s ON s.entity_id = k.second_entity_id) AS w
    WHERE IIF(w.status = N'decided', 1, 0) <> w.is_decided;
    UPDATE c
    SET status = CASE WHEN h.is_decided = 1 THEN N'decided' WHEN c.proposal IS NOT NULL THEN N'review' ELSE N'open' END, updated_at = @now
    FROM #wanted_candidate AS h
    JOIN kb.identity_candidate AS c WITH (ROWLOCK)
        ON c.first_entity_id = h.first_entity_id AND c.second_entity_id = h.second_entity_id
    WHERE IIF(c.status = N'decided', 1, 0) <> h.is_decided
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    DROP TABLE #wanted_candidate;
END;
