-- Purpose:     read the pairs of entities that a model is asked about, or that wait for a person.
-- Parameters:  none.
-- Returns:     first_entity_id, second_entity_id. A question whose job is a dead letter still waits.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE kb.usp_list_pending_pairs
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT c.first_entity_id, c.second_entity_id
    FROM kb.identity_candidate AS c
    LEFT JOIN llm.job AS j ON j.job_id = c.job_id
    WHERE c.status = N'review' OR c.status = N'asked' AND j.status IN (N'NEW', N'SCHEDULED', N'RUNNING', N'DEADLETTER');
END;
