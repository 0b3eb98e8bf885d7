-- Purpose:     forget reservations of runs that ended without settling them (a crash); runners call it every few seconds.
-- Parameters:  @now UTC.
-- Returns:     models whose reservations were looked at; the thousand oldest of each.
-- Errors:      none.
-- Idempotency: a reservation is dropped once.
CREATE OR ALTER PROCEDURE llm.usp_expire_reservations @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @models bigint = 0, @model nvarchar(200);
    BEGIN TRY
        -- One model after the other, each found by a step along the index; the younger ones are under way. A transaction each:
        -- who reserves or settles locks a model before its dag.
        SELECT @model = MIN(b.model) FROM llm.budget_reservation AS b;
        WHILE @model IS NOT NULL
        BEGIN
            BEGIN TRANSACTION;
            SET @models = @models + 1;
            UPDATE llm.rate_limit SET updated_at = updated_at WHERE model = @model;
            EXEC llm.usp_drop_dead_reservations @model = @model, @dag_id = NULL, @now = @at;
            COMMIT TRANSACTION;
            SELECT @model = MIN(b.model) FROM llm.budget_reservation AS b WHERE b.model > @model;
        END;
        SELECT @models AS models;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
