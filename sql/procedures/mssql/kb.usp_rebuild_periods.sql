-- Purpose:     the periods among the entities that kb.usp_rebuild_dimensions looks at; internal.
-- Parameters:  @run_id; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_periods @run_id uniqueidentifier, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #rebuilt_period (
        period_id          bigint         NOT NULL PRIMARY KEY,
        period_name        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        period_type        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        description        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        start_text         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        start_earliest     date           NULL,
        start_latest       date           NULL,
        start_precision    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        end_text           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        end_earliest       date           NULL,
        end_latest         date           NULL,
        end_precision      nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        confidence         decimal(5, 4)  NOT NULL,
        observation_count  int            NOT NULL,
        promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        needs_review       bit            NOT NULL
    );
    INSERT INTO #rebuilt_period (period_id, period_name, period_type, description, start_text, start_earliest, start_latest,
        start_precision, end_text, end_earliest, end_latest, end_precision, confidence, observation_count, promotion_state,
        needs_review)
    SELECT e.entity_id, e.entity_name, e.entity_type, e.description, s.value, s.value_earliest, s.value_latest, s.value_precision,
        n.value, n.value_earliest, n.value_latest, n.value_precision, e.confidence, e.observation_count, e.promotion_state,
        e.needs_review
    FROM kb.fn_dimension_entities(@run_id, N'period') AS l
    JOIN kb.dim_entity AS e ON e.entity_id = l.entity_id
    OUTER APPLY kb.fn_best_fact(e.entity_id, N'start') AS s
    OUTER APPLY kb.fn_best_fact(e.entity_id, N'end') AS n
    WHERE l.is_live = 1;

    UPDATE d
    SET period_name = w.period_name, period_type = w.period_type, description = w.description, start_text = w.start_text,
        start_earliest = w.start_earliest, start_latest = w.start_latest, start_precision = w.start_precision,
        end_text = w.end_text, end_earliest = w.end_earliest, end_latest = w.end_latest, end_precision = w.end_precision,
        confidence = w.confidence, observation_count = w.observation_count, promotion_state = w.promotion_state,
        needs_review = w.needs_review, retracted_at = NULL, updated_at = @now
    FROM #rebuilt_period AS w
    JOIN kb.dim_period AS d ON d.period_id = w.period_id
    WHERE d.retracted_at IS NOT NULL OR NOT EXISTS (
        SELECT d.period_name, DATALENGTH(d.period_name), d.period_type, DATALENGTH(d.period_type), d.description,
            DATALENGTH(d.description), d.start_text, d.start_earliest, d.start_latest, d.start_precision, d.end_text,
            d.end_earliest, d.end_latest, d.end_precision, d.confidence, d.observation_count, d.promotion_state, d.needs_review
        INTERSECT
        SELECT w.period_name, DATALENGTH(w.period_name), w.period_type, DATALENGTH(w.period_type), w.description,
            DATALENGTH(w.description), w.start_text, w.start_earliest, w.start_latest, w.start_precision, w.end_text,
            w.end_earliest, w.end_latest, w.end_precision, w.confidence, w.observation_count, w.promotion_state, w.needs_review)
    OPTION (LOOP JOIN, FORCE ORDER);
    INSERT INTO kb.dim_period (period_id, period_name, period_type, description, start_text, start_earliest, start_latest,
        start_precision, end_text, end_earliest, end_latest, end_precision, confidence, observation_count, promotion_state,
        needs_review, created_at, updated_at)
    SELECT w.period_id, w.period_name, w.period_type, w.description, w.start_text, w.start_earliest, w.start_latest,
        w.start_precision, w.end_text, w.end_earliest, w.end_latest, w.end_precision, w.confidence, w.observation_count,
        w.promotion_state, w.needs_review, @now, @now
    FROM #rebuilt_period AS w
    WHERE NOT EXISTS (SELECT 1 FROM kb.dim_period AS d WHERE d.period_id = w.period_id)
    ORDER BY w.period_id
    OPTION (LOOP JOIN);

    UPDATE d
    SET observation_count = 0, needs_review = 0, retracted_at = @now, updated_at = @now
    FROM kb.fn_dimension_entities(@run_id, N'period') AS l
    JOIN kb.dim_period AS d ON d.period_id = l.entity_id
    WHERE l.is_live = 0 AND d.retracted_at IS NULL
    OPTION (LOOP JOIN, FORCE ORDER);
END;
