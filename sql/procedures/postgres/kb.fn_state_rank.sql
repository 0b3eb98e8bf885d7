-- Purpose:     what governance makes of one assertion: 3 promoted, 2 candidate for review, 1 suppressed.
-- Parameters:  p_job_type, p_item_kind, p_confidence (0..1), p_is_weak (grounded without its name: review at most).
-- Returns:     one row with the rank; a derived row has the highest of its live assertions. The most specific policy row
--              decides. A function of one row, not a value, so that the planner can inline it.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_state_rank(p_job_type text, p_item_kind text, p_confidence numeric, p_is_weak boolean)
RETURNS TABLE (state_rank integer)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_confidence >= g.auto_promote AND NOT p_is_weak THEN 3
                WHEN p_confidence >= g.manual_review THEN 2
                ELSE 1 END
    FROM kb.governance_policy AS g
    WHERE g.job_type IN (p_job_type, '*') AND g.item_kind IN (p_item_kind, '*')
    ORDER BY (g.job_type = '*')::integer, (g.item_kind = '*')::integer
    LIMIT 1;
$$;
