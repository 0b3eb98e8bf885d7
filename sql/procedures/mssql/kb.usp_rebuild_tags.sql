-- Purpose:     the tags among the entities that kb.usp_rebuild_dimensions looks at; internal.
-- Parameters:  @run_id; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_tags @run_id uniqueidentifier, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #rebuilt_tag (
        tag_id             bigint         NOT NULL PRIMARY KEY,
        tag_name           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        confidence         decimal(5, 4)  NOT NULL,
        observation_count  int            NOT NULL,
        promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        needs_review       bit            NOT NULL
    );
    INSERT INTO #rebuilt_tag (tag_id, tag_name, confidence, observation_count, promotion_state, needs_review)
    SELECT e.entity_id, e.entity_name, e.confidence, e.observation_count, e.promotion_state, e.needs_review
    FROM kb.fn_dimension_entities(@run_id, N'tag') AS l
    JOIN kb.dim_entity AS e ON e.entity_id = l.entity_id
    WHERE l.is_live = 1;

    UPDATE d
    SET tag_name = w.tag_name, confidence = w.confidence, observation_count = w.observation_count,
        promotion_state = w.promotion_state, needs_review = w.needs_review, retracted_at = NULL, updated_at = @now
    FROM #rebuilt_tag AS w
    JOIN kb.dim_tag AS d ON d.tag_id = w.tag_id
    WHERE d.retracted_at IS NOT NULL OR NOT EXISTS (
        SELECT d.tag_name, DATALENGTH(d.tag_name), d.confidence, d.observation_count, d.promotion_state, d.needs_review
        INTERSECT
        SELECT w.tag_name, DATALENGTH(w.tag_name), w.confidence, w.observation_count, w.promotion_state, w.needs_review)
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO kb.dim_tag (tag_id, tag_name, confidence, observation_count, promotion_state, needs_review, created_at, updated_at)
    SELECT w.tag_id, w.tag_name, w.confidence, w.observation_count, w.promotion_state, w.needs_review, @now, @now
    FROM #rebuilt_tag AS w
    WHERE NOT EXISTS (SELECT 1 FROM kb.dim_tag AS d WHERE d.tag_id = w.tag_id)
    ORDER BY w.tag_id
    OPTION (LOOP JOIN);

    UPDATE d
    SET observation_count = 0, needs_review = 0, retracted_at = @now, updated_at = @now
    FROM kb.fn_dimension_entities(@run_id, N'tag') AS l
    JOIN kb.dim_tag AS d ON d.tag_id = l.entity_id
    WHERE l.is_live = 0 AND d.retracted_at IS NULL
    OPTION (LOOP JOIN, FORCE ORDER);
END;
