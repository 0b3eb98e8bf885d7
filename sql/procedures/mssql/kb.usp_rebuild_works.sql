-- Purpose:     the works among the entities that kb.usp_rebuild_dimensions looks at; internal.
-- Parameters:  @run_id; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_works @run_id uniqueidentifier, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #rebuilt_work (
        work_id            bigint         NOT NULL PRIMARY KEY,
        work_name          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        work_type          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        description        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        release_text       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        release_earliest   date           NULL,
        release_latest     date           NULL,
        release_precision  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        canon_status       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        confidence         decimal(5, 4)  NOT NULL,
        observation_count  int            NOT NULL,
        promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        needs_review       bit            NOT NULL
    );
    INSERT INTO #rebuilt_work (work_id, work_name, work_type, description, release_text, release_earliest, release_latest,
        release_precision, canon_status, confidence, observation_count, promotion_state, needs_review)
    SELECT e.entity_id, e.entity_name, e.entity_type, e.description, s.value, s.value_earliest, s.value_latest, s.value_precision,
        n.value, e.confidence, e.observation_count, e.promotion_state, e.needs_review
    FROM kb.fn_dimension_entities(@run_id, N'work') AS l
    JOIN kb.dim_entity AS e ON e.entity_id = l.entity_id
    OUTER APPLY kb.fn_best_fact(e.entity_id, N'release_date') AS s
    OUTER APPLY kb.fn_best_fact(e.entity_id, N'canon_status') AS n
    WHERE l.is_live = 1;

    UPDATE d
    SET work_name = w.work_name, work_type = w.work_type, description = w.description, release_text = w.release_text,
        release_earliest = w.release_earliest, release_latest = w.release_latest, release_precision = w.release_precision,
        canon_status = w.canon_status, confidence = w.confidence, observation_count = w.observation_count,
        promotion_state = w.promotion_state, needs_review = w.needs_review, retracted_at = NULL, updated_at = @now
    FROM #rebuilt_work AS w
    JOIN kb.dim_work AS d ON d.work_id = w.work_id
    WHERE d.retracted_at IS NOT NULL OR NOT EXISTS (
        SELECT d.work_name, DATALENGTH(d.work_name), d.work_type, DATALENGTH(d.work_type), d.description, DATALENGTH(d.description),
            d.release_text, d.release_earliest, d.release_latest, d.release_precision, d.canon_status, d.confidence,
            d.observation_count, d.promotion_state, d.needs_review
        INTERSECT
        SELECT w.work_name, DATALENGTH(w.work_name), w.work_type, DATALENGTH(w.work_type), w.description, DATALENGTH(w.description),
            w.release_text, w.release_earliest, w.release_latest, w.release_precision, w.canon_status, w.confidence,
            w.observation_count, w.promotion_state, w.needs_review)
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO kb.dim_work (work_id, work_name, work_type, description, release_text, release_earliest, release_latest,
        release_precision, canon_status, confidence, observation_count, promotion_state, needs_review, created_at, updated_at)
    SELECT w.work_id, w.work_name, w.work_type, w.description, w.release_text, w.release_earliest, w.release_latest,
        w.release_precision, w.canon_status, w.confidence, w.observation_count, w.promotion_state, w.needs_review, @now, @now
    FROM #rebuilt_work AS w
    WHERE NOT EXISTS (SELECT 1 FROM kb.dim_work AS d WHERE d.work_id = w.work_id)
    ORDER BY w.work_id
    OPTION (LOOP JOIN);

    UPDATE d
    SET observation_count = 0, needs_review = 0, retracted_at = @now, updated_at = @now
    FROM kb.fn_dimension_entities(@run_id, N'work') AS l
    JOIN kb.dim_work AS d ON d.work_id = l.entity_id
    WHERE l.is_live = 0 AND d.retracted_at IS NULL
    OPTION (LOOP JOIN, FORCE ORDER);
END;
