-- Purpose:     the locations among the entities that kb.usp_rebuild_dimensions looks at; internal.
-- Parameters:  @run_id; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_locations @run_id uniqueidentifier, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #rebuilt_location (
        location_id         bigint         NOT NULL PRIMARY KEY,
        location_name       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        location_type       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        description         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        parent_location_id  bigint         NULL,
        confidence          decimal(5, 4)  NOT NULL,
        observation_count   int            NOT NULL,
        promotion_state     nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        needs_review        bit            NOT NULL
    );
    INSERT INTO #rebuilt_location (location_id, location_name, location_type, description, parent_location_id, confidence,
        observation_count, promotion_state, needs_review)
    SELECT e.entity_id, e.entity_name, e.entity_type, e.description, p.entity_id, e.confidence, e.observation_count,
        e.promotion_state, e.needs_review
    FROM kb.fn_dimension_entities(@run_id, N'location') AS l
    JOIN kb.dim_entity AS e ON e.entity_id = l.entity_id
    OUTER APPLY kb.fn_best_relation(e.entity_id, N'part_of') AS p
    WHERE l.is_live = 1;

    UPDATE d
    SET location_name = w.location_name, location_type = w.location_type, description = w.description,
        parent_location_id = w.parent_location_id, confidence = w.confidence, observation_count = w.observation_count,
        promotion_state = w.promotion_state, needs_review = w.needs_review, retracted_at = NULL, updated_at = @now
    FROM #rebuilt_location AS w
    JOIN kb.dim_location AS d ON d.location_id = w.location_id
    WHERE d.retracted_at IS NOT NULL OR NOT EXISTS (
        SELECT d.location_name, DATALENGTH(d.location_name), d.location_type, DATALENGTH(d.location_type), d.description,
            DATALENGTH(d.description), d.parent_location_id, d.confidence, d.observation_count, d.promotion_state, d.needs_review
        INTERSECT
        SELECT w.location_name, DATALENGTH(w.location_name), w.location_type, DATALENGTH(w.location_type), w.description,
            DATALENGTH(w.description), w.parent_location_id, w.confidence, w.observation_count, w.promotion_state, w.needs_review)
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO kb.dim_location (location_id, location_name, location_type, description, parent_location_id, confidence,
        observation_count, promotion_state, needs_review, created_at, updated_at)
    SELECT w.location_id, w.location_name, w.location_type, w.description, w.parent_location_id, w.confidence, w.observation_count,
        w.promotion_state, w.needs_review, @now, @now
    FROM #rebuilt_location AS w
    WHERE NOT EXISTS (SELECT 1 FROM kb.dim_location AS d WHERE d.location_id = w.location_id)
    ORDER BY w.location_id
    OPTION (LOOP JOIN);

    UPDATE d
    SET observation_count = 0, needs_review = 0, retracted_at = @now, updated_at = @now
    FROM kb.fn_dimension_entities(@run_id, N'location') AS l
    JOIN kb.dim_location AS d ON d.location_id = l.entity_id
    WHERE l.is_live = 0 AND d.retracted_at IS NULL
    OPTION (LOOP JOIN, FORCE ORDER);
END;
