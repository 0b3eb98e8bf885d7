-- Purpose:     what was spent and is reserved on a day, from the rows themselves: read once a day and model, then counted on;
--              internal.
-- Parameters:  p_model as it is asked for; p_day UTC.
-- Returns:     USD; calls of unknown price count nothing.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_usd_of_day(p_model text, p_day date)
RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT sum(c.cost_usd) FROM llm.call AS c
                     WHERE c.started_at >= p_day::timestamp AT TIME ZONE 'UTC'
                       AND c.started_at < (p_day + 1)::timestamp AT TIME ZONE 'UTC'
                       AND coalesce(c.asked_model, c.model) = p_model), 0)
        + coalesce((SELECT sum(b.usd) FROM llm.budget_reservation AS b
                    WHERE b.model = p_model AND b.reserved_at >= p_day::timestamp AT TIME ZONE 'UTC'), 0);
$$;
