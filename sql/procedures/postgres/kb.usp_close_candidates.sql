-- Purpose:     candidates whose two entities are one, or were decided about, wait no longer; undone ones wait again,
--              for a person if a model was asked; internal.
-- Parameters:  p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: what is right is not written.
CREATE OR REPLACE FUNCTION kb.usp_close_candidates(p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Locked in the order in which kb.usp_put_identity_candidates writes them.
    WITH wanted AS (
        SELECT k.identity_candidate_id, kb.fn_master_entity(k.first_entity_id) = kb.fn_master_entity(k.second_entity_id)
            OR EXISTS (
                SELECT 1 FROM kb.identity_decision AS d
                WHERE d.undone_at IS NULL AND d.kind IN ('distinct', 'relate', 'suppress')
                  AND (d.entity_id = k.first_entity_id AND d.other_entity_id = k.second_entity_id
                       OR d.entity_id = k.second_entity_id AND d.other_entity_id = k.first_entity_id)) AS is_decided
        FROM kb.identity_candidate AS k
    ), held AS MATERIALIZED (
        SELECT c.identity_candidate_id, w.is_decided
        FROM wanted AS w
        JOIN kb.identity_candidate AS c ON c.identity_candidate_id = w.identity_candidate_id
        WHERE (c.status = 'decided') <> w.is_decided
        ORDER BY c.first_entity_id, c.second_entity_id
        FOR NO KEY UPDATE OF c
    )
    UPDATE kb.identity_candidate AS c
    SET status = CASE WHEN h.is_decided THEN 'decided' WHEN c.proposal IS NOT NULL THEN 'review' ELSE 'open' END, updated_at = p_now
    FROM held AS h
    WHERE h.identity_candidate_id = c.identity_candidate_id AND (c.status = 'decided') <> h.is_decided;
END
$$;
