-- Purpose:     what the decisions about some rows come to that were not undone; internal.
-- Parameters:  p_kind as in kb.adjudication; p_target_ids of rows that are one.
-- Returns:     decision: the last one, a person's before the audit's; changes: for each value the last override that set it,
--              else the last approval that named it (of a page's classification); no row if nothing stands.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_standing_decision(p_kind text, p_target_ids bigint[])
RETURNS TABLE (decision text, changes jsonb)
LANGUAGE plpgsql STABLE STRICT ROWS 1 AS $$
#variable_conflict use_column
-- In PL/pgSQL so that the planner of routing has not to plan it where nothing was decided.
BEGIN
    SELECT d.decision INTO decision
    FROM kb.adjudication AS d
    WHERE d.kind = p_kind AND d.target_id = ANY (p_target_ids) AND d.undone_at IS NULL
    ORDER BY d.decided_as = 'person' DESC, d.adjudication_id DESC
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(jsonb_object_agg(k.key, k.value), '{}') INTO changes
    FROM (
        SELECT DISTINCT ON (c.key) c.key, c.value
        FROM kb.adjudication AS d
        CROSS JOIN LATERAL jsonb_each(d.changes) AS c
        WHERE d.kind = p_kind AND d.target_id = ANY (p_target_ids) AND d.undone_at IS NULL
        ORDER BY c.key, d.decision = 'override' DESC, d.decided_as = 'person' DESC, d.adjudication_id DESC
    ) AS k;
    RETURN NEXT;
END
$$;
