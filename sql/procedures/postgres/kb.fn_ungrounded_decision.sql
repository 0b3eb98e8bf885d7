-- Purpose:     what was decided about an answer without evidence: it holds for the same answer about any version of its page.
-- Parameters:  p_source_page_id; p_job_type, p_item_kind, p_item_sha256, p_subject_key as in kb.assertion.
-- Returns:     decision, 'approve' or 'reject'; no row if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_ungrounded_decision(
    p_source_page_id bigint, p_job_type text, p_item_kind text, p_item_sha256 text, p_subject_key text)
RETURNS TABLE (decision text)
LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.decision
    FROM kb.fn_standing_decision('assertion', ARRAY (
        SELECT o.assertion_id
        FROM ingest.source_page AS s
        JOIN ingest.source_page AS v ON v.source_system = s.source_system AND v.external_id = s.external_id
        JOIN kb.assertion AS o ON o.item_sha256 = p_item_sha256 AND o.grounding = 'none' AND o.source_page_id = v.source_page_id
            AND o.job_type = p_job_type AND o.item_kind = p_item_kind AND o.subject_key = p_subject_key
        WHERE s.source_page_id = p_source_page_id)) AS d;
$$;
