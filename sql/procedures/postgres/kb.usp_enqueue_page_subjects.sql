-- Purpose:     have the entities looked at again that a page speaks of, or spoke of, once it was read anew; internal.
-- Parameters:  p_source_page_id (its row is locked) and p_job_type that read it; p_entity_ids that it spoke of before; p_job_id
--              that read it, whose correlation id the jobs take over; p_now UTC.
-- Returns:     how many jobs were made.
-- Errors:      none.
-- Idempotency: see kb.usp_enqueue_subjects.
-- Not when the page is stored: an enrichment that ran before the page is read would find no evidence in it.
CREATE OR REPLACE FUNCTION kb.usp_enqueue_page_subjects(
    p_source_page_id bigint, p_job_type text, p_entity_ids bigint[], p_job_id bigint, p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ids bigint[] := p_entity_ids || ARRAY (
        SELECT DISTINCT r.entity_id
        FROM kb.resolution AS r
        JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id AND a.job_type = p_job_type AND a.subject_key = ''
        WHERE r.source_page_id = p_source_page_id AND r.superseded_at IS NULL);
BEGIN
    -- What rests on a version that is gone, and was put before a model by name: whoever reads the page last sees to it.
    IF NOT EXISTS (SELECT 1 FROM llm.job AS j
                   WHERE j.source_page_id = p_source_page_id AND j.status IN ('NEW', 'SCHEDULED', 'RUNNING') AND j.job_id <> p_job_id) THEN
        v_ids := v_ids || ARRAY (
            SELECT u.entity_id
            FROM ingest.source_page AS s
            CROSS JOIN LATERAL ingest.fn_page_subjects(s.source_system, s.external_id) AS u
            WHERE s.source_page_id = p_source_page_id AND u.is_old);
    END IF;
    RETURN kb.usp_enqueue_subjects(v_ids, 'job:' || p_job_id, p_now,
        (SELECT j.correlation_id FROM llm.job AS j WHERE j.job_id = p_job_id));
END
$$;
