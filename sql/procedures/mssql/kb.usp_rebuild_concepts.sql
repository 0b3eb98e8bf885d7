-- Purpose:     the concepts among the entities that kb.usp_rebuild_dimensions looks at; internal.
-- Parameters:  @run_id; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_concepts @run_id uniqueidentifier, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #rebuilt_concept (
        concept_id         bigint         NOT NULL PRIMARY KEY,
        concept_name       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        concept_type       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        description        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        confidence         decimal(5, 4)  NOT NULL,
        observation_count  int            NOT NULL,
        promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        needs_review       bit            NOT NULL
    );
    INSERT INTO #rebuilt_concept (concept_id, concept_name, concept_type, description, confidence, observation_count,
        promotion_state, needs_review)
    SELECT e.entity_id, e.entity_name, e.entity_type, e.description, e.confidence, e.observation_count, e.promotion_state,
        e.needs_review
    FROM kb.fn_dimension_entities(@run_id, N'concept') AS l
    JOIN kb.dim_entity AS e ON e.entity_id = l.entity_id
    WHERE l.is_live = 1;

    UPDATE d
    SET concept_name = w.concept_name, concept_type = w.concept_type, description = w.description, confidence = w.confidence,
        observation_count = w.observation_count, promotion_state = w.promotion_state, needs_review = w.needs_review,
        retracted_at = NULL, updated_at = @now
    FROM #rebuilt_concept AS w
    JOIN kb.dim_concept AS d ON d.concept_id = w.concept_id
    WHERE d.retracted_at IS NOT NULL OR NOT EXISTS (
        SELECT d.concept_name, DATALENGTH(d.concept_name), d.concept_type, DATALENGTH(d.concept_type), d.description,
            DATALENGTH(d.description), d.confidence, d.observation_count, d.promotion_state, d.needs_review
        INTERSECT
        SELECT w.concept_name, DATALENGTH(w.concept_name), w.concept_type, DATALENGTH(w.concept_type), w.description,
            DATALENGTH(w.description), w.confidence, w.observation_count, w.promotion_state, w.needs_review)
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO kb.dim_concept (concept_id, concept_name, concept_type, description, confidence, observation_count, promotion_state,
        needs_review, created_at, updated_at)
    SELECT w.concept_id, w.concept_name, w.concept_type, w.description, w.confidence, w.observation_count, w.promotion_state,
        w.needs_review, @now, @now
    FROM #rebuilt_concept AS w
    WHERE NOT EXISTS (SELECT 1 FROM kb.dim_concept AS d WHERE d.concept_id = w.concept_id)
    ORDER BY w.concept_id
    OPTION (LOOP JOIN);

    UPDATE d
    SET observation_count = 0, needs_review = 0, retracted_at = @now, updated_at = @now
    FROM kb.fn_dimension_entities(@run_id, N'concept') AS l
    JOIN kb.dim_concept AS d ON d.concept_id = l.entity_id
    WHERE l.is_live = 0 AND d.retracted_at IS NULL
    OPTION (LOOP JOIN, FORCE ORDER);
END;
