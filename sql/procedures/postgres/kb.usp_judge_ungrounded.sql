-- Purpose:     let answers without evidence count where somebody approved them, and no others; internal.
-- Parameters:  p_assertion_id whose page and item are looked at, in all versions; null for all that there are.
-- Returns:     assertion_id, item_kind and change (1 counts now, -1 counts no more) of those that changed.
-- Errors:      none.
-- Idempotency: what is right is not written. What follows from it is the caller's to rebuild.
CREATE OR REPLACE FUNCTION kb.usp_judge_ungrounded(p_assertion_id bigint)
RETURNS TABLE (assertion_id bigint, item_kind text, change smallint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE kb.assertion AS a
    SET quarantine_reason = w.reason
    FROM (
        SELECT g.assertion_id, CASE WHEN d.decision = 'approve' THEN kb.fn_item_reason(g.keys) ELSE 'NOT_GROUNDED' END AS reason
        FROM kb.assertion AS g
        LEFT JOIN LATERAL kb.fn_ungrounded_decision(g.source_page_id, g.job_type, g.item_kind, g.item_sha256, g.subject_key) AS d ON true
        WHERE g.grounding = 'none' AND g.retracted_at IS NULL AND g.quarantine_reason IS DISTINCT FROM 'PAGE_SUPERSEDED'
          AND (p_assertion_id IS NULL
               OR g.item_sha256 = (SELECT o.item_sha256 FROM kb.assertion AS o WHERE o.assertion_id = p_assertion_id))
    ) AS w
    WHERE a.assertion_id = w.assertion_id AND a.quarantine_reason IS DISTINCT FROM w.reason
    RETURNING a.assertion_id, a.item_kind, (CASE WHEN a.quarantine_reason IS NULL THEN 1 ELSE -1 END)::smallint;
$$;
