-- Purpose:     what was decided about an answer without evidence: it holds for the same answer about any version of its page.
-- Parameters:  @source_page_id; @job_type, @item_kind, @item_sha256, @subject_key as in kb.assertion.
-- Returns:     decision, 'approve' or 'reject'; no row if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_ungrounded_decision (
    @source_page_id bigint, @job_type nvarchar(100), @item_kind nvarchar(100), @item_sha256 nvarchar(64), @subject_key nvarchar(2300))
RETURNS TABLE
AS RETURN (
    SELECT d.decision
    FROM (
        SELECT CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), o.assertion_id), N','), N']') AS target_ids
        FROM ingest.source_page AS s
        JOIN ingest.source_page AS v ON v.source_system = s.source_system AND v.external_id_sha256 = s.external_id_sha256
            AND v.external_id = s.external_id
        JOIN kb.assertion AS o ON o.item_sha256 = @item_sha256 AND o.grounding = N'none' AND o.source_page_id = v.source_page_id
            AND o.job_type = @job_type AND o.item_kind = @item_kind AND o.subject_key = @subject_key
        WHERE s.source_page_id = @source_page_id
    ) AS r
    CROSS APPLY kb.fn_standing_decision(N'assertion', r.target_ids) AS d
);
