-- Purpose:     forget the reservations of runs that have ended without settling them, so that their money is free again;
--              internal, called while the row of the limit is locked.
-- Parameters:  p_model or p_dag_id whose reservations (the other one null); p_now UTC.
-- Returns:     nothing. Looks at the thousand oldest.
-- Errors:      none.
-- Idempotency: a reservation is dropped once.
CREATE OR REPLACE FUNCTION llm.usp_drop_dead_reservations(p_model text, p_dag_id bigint, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ids bigint[];
    v_row record;
BEGIN
    IF p_dag_id IS NULL THEN
        v_ids := ARRAY (SELECT b.reservation_id FROM llm.budget_reservation AS b
                        WHERE b.model = p_model ORDER BY b.reservation_id LIMIT 1000);
    ELSE
        v_ids := ARRAY (SELECT b.reservation_id FROM llm.budget_reservation AS b
                        WHERE b.dag_id = p_dag_id ORDER BY b.reservation_id LIMIT 1000);
    END IF;
    FOR v_row IN
        DELETE FROM llm.budget_reservation AS b
        WHERE b.reservation_id IN (
            SELECT d.reservation_id FROM llm.budget_reservation AS d
            WHERE d.reservation_id = ANY (v_ids)
              AND (d.reserved_at < p_now - interval '1 day' OR EXISTS (SELECT 1 FROM llm.run AS r WHERE r.run_id = d.run_id))
            FOR UPDATE SKIP LOCKED)
        RETURNING b.model, b.dag_id, b.usd, (b.reserved_at AT TIME ZONE 'UTC')::date AS day
    LOOP
        UPDATE llm.rate_limit AS l SET usd_used = l.usd_used - v_row.usd, refused_day = NULL
        WHERE l.model = v_row.model AND l.usd_day = v_row.day;
        UPDATE llm.dag_budget AS g SET usd_used = g.usd_used - v_row.usd, refused_limit = NULL
        WHERE g.dag_id = v_row.dag_id;
    END LOOP;
END
$$;
