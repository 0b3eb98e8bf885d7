-- Purpose:     the confidence below which an answer about a database counts as a no.
-- Parameters:  p_job_type, p_item_kind.
-- Returns:     manual_review of the most specific row of kb.governance_policy, 0.7 as delivered.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.fn_least_confidence(p_job_type text, p_item_kind text)
RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT g.manual_review FROM kb.governance_policy AS g
        WHERE g.job_type IN (p_job_type, '*') AND g.item_kind IN (p_item_kind, '*')
        ORDER BY g.job_type <> '*' DESC, g.item_kind <> '*' DESC
        LIMIT 1), 0.7);
$$;
