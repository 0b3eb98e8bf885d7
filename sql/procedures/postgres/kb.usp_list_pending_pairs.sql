-- Purpose:     read the pairs of entities that a model is asked about, or that wait for a person.
-- Parameters:  none.
-- Returns:     first_entity_id, second_entity_id. A question whose job is a dead letter still waits.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.usp_list_pending_pairs()
RETURNS TABLE (first_entity_id bigint, second_entity_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.first_entity_id, c.second_entity_id FROM kb.identity_candidate AS c
    LEFT JOIN llm.job AS j ON j.job_id = c.job_id
    WHERE c.status = 'review' OR c.status = 'asked' AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING', 'DEADLETTER');
$$;
