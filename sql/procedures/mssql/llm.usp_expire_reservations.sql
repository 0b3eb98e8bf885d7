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
        BEGIN TRANSACTION;
        -- One model after the other, each found by a step along the index; the younger ones are under way.
        SELECT @model = MIN(b.model) FROM llm.budget_reservation AS b;
        WHILE @model IS NOT NULL
        BEGIN
            SET @models = @models + 1;
            UPDATE llm.rate_limit SET updated_at = updated_at WHERE model = @model;
            EXEC llm.usp_drop_dead_reservations @model = @model, @dag_id = NULL, @now = @at;
            SELECT @model = MIN(b.model) FROM llm.budget_reservation AS b WHERE b.model > @model;
        END;
        COMMIT TRANSACTION;
        SELECT @models AS models;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
