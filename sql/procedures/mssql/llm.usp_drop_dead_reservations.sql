-- Purpose:     forget the reservations of runs that have ended without settling them, so that their money is free again;
--              internal, called while the row of the limit is locked.
-- Parameters:  @model or @dag_id whose reservations (the other one null); @now UTC.
-- Returns:     nothing. Looks at the thousand oldest.
-- Errors:      none.
-- Idempotency: a reservation is dropped once.
-- The rows are claimed by the DELETE itself, which passes over those that a settlement holds.
CREATE OR ALTER PROCEDURE llm.usp_drop_dead_reservations @model nvarchar(4000), @dag_id bigint, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @dead TABLE (reservation_id bigint NOT NULL PRIMARY KEY);
    DECLARE @gone TABLE (
        model   nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        dag_id  bigint         NULL,
        usd     decimal(14, 8) NOT NULL,
        day     date           NOT NULL
    );
    IF @dag_id IS NULL
        INSERT INTO @dead (reservation_id)
        SELECT b.reservation_id
        FROM (SELECT TOP (1000) o.reservation_id, o.run_id, o.reserved_at
              FROM llm.budget_reservation AS o
              WHERE o.model = @model
              ORDER BY o.reservation_id) AS b
        WHERE b.reserved_at < DATEADD(DAY, -1, @now) OR EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = b.run_id);
    ELSE
        INSERT INTO @dead (reservation_id)
        SELECT b.reservation_id
        FROM (SELECT TOP (1000) o.reservation_id, o.run_id, o.reserved_at
              FROM llm.budget_reservation AS o
              WHERE o.dag_id = @dag_id AND o.dag_id IS NOT NULL
              ORDER BY o.reservation_id) AS b
        WHERE b.reserved_at < DATEADD(DAY, -1, @now) OR EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = b.run_id);
    IF NOT EXISTS (SELECT 1 FROM @dead) RETURN;

    DELETE FROM llm.budget_reservation WITH (ROWLOCK, READPAST, READCOMMITTEDLOCK)
    OUTPUT deleted.model, deleted.dag_id, deleted.usd, CONVERT(date, deleted.reserved_at) INTO @gone (model, dag_id, usd, day)
    WHERE reservation_id IN (SELECT d.reservation_id FROM @dead AS d);

    UPDATE l
    SET usd_used = l.usd_used - g.usd, refused_day = NULL
    FROM llm.rate_limit AS l
    JOIN (SELECT x.model, x.day, CONVERT(decimal(18, 8), SUM(x.usd)) AS usd FROM @gone AS x GROUP BY x.model, x.day) AS g
        ON g.model = l.model AND g.day = l.usd_day;
    UPDATE b
    SET usd_used = b.usd_used - g.usd, refused_limit = NULL
    FROM llm.dag_budget AS b
    JOIN (SELECT x.dag_id, CONVERT(decimal(18, 8), SUM(x.usd)) AS usd FROM @gone AS x GROUP BY x.dag_id) AS g ON g.dag_id = b.dag_id;
END;
