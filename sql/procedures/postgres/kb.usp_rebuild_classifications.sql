-- Purpose:     recompute the classification of the pages whose classification assertions changed; internal.
-- Parameters:  p_run_id; p_now UTC.
-- Returns:     the number of links added.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- Rules: the most confident assertion, then the first by item_sha256, gives all values; what people decided about any
-- version of the page (kb.adjudication) stands above it.
CREATE OR REPLACE FUNCTION kb.usp_rebuild_classifications(p_run_id uuid, p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_linked  integer;
    v_decided boolean := EXISTS (SELECT 1 FROM kb.adjudication AS d WHERE d.kind = 'page_classification' AND d.undone_at IS NULL);
BEGIN
    IF NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.item_kind = 'page_classification')
        AND NOT EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'page_classification') THEN
        RETURN 0;
    END IF;

    INSERT INTO kb.page_classification (source_page_id, primary_type, type_set, tags, confidence, observation_count,
        promotion_state, needs_review, created_at, updated_at, retracted_at)
    SELECT DISTINCT a.source_page_id, '', '[]'::jsonb, '[]'::jsonb, 0, 0, 'staged', false, p_now, p_now, p_now
    FROM kb.stage_change AS c
    JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
    WHERE c.run_id = p_run_id AND c.item_kind = 'page_classification' AND c.change >= 0
    ORDER BY a.source_page_id
    ON CONFLICT (source_page_id) DO NOTHING;

    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT p_run_id, 'page_classification', p.page_classification_id, a.assertion_id
    FROM kb.stage_change AS c
    JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
    JOIN kb.page_classification AS p ON p.source_page_id = a.source_page_id
    WHERE c.run_id = p_run_id AND c.item_kind = 'page_classification' AND c.change >= 0;
    v_linked := kb.usp_sync_links(p_run_id, 'page_classification');

    PERFORM 1 FROM kb.page_classification AS p
    WHERE p.page_classification_id IN (
        SELECT t.target_id FROM kb.stage_touched AS t WHERE t.run_id = p_run_id AND t.target_table = 'page_classification')
    ORDER BY p.source_page_id
    FOR NO KEY UPDATE;

    WITH touched AS (
        SELECT DISTINCT t.target_id AS page_classification_id
        FROM kb.stage_touched AS t
        WHERE t.run_id = p_run_id AND t.target_table = 'page_classification'
    ), best AS (
        SELECT DISTINCT ON (t.page_classification_id) t.page_classification_id, a.payload ->> 'primary_type' AS primary_type,
            coalesce(a.payload -> 'type_set', '[]') AS type_set, a.payload ->> 'descriptor_sentence' AS descriptor_sentence,
            coalesce(a.payload -> 'tags', '[]') AS tags, a.confidence,
            count(*) OVER (PARTITION BY t.page_classification_id)::integer AS observation_count,
            max(coalesce(g.state_rank, 0)) OVER (PARTITION BY t.page_classification_id) AS state_rank
        FROM touched AS t
        JOIN kb.assertion_link AS l ON l.target_table = 'page_classification' AND l.target_id = t.page_classification_id
        JOIN kb.assertion AS a ON a.assertion_id = l.assertion_id
        LEFT JOIN LATERAL kb.fn_state_rank(a.job_type, a.item_kind, a.confidence, a.is_weak) AS g ON true
        ORDER BY t.page_classification_id, a.confidence DESC, a.item_sha256
    ), wanted AS (
        SELECT b.page_classification_id, coalesce(d.changes ->> 'primary_type', b.primary_type) AS primary_type,
            coalesce(d.changes -> 'type_set', b.type_set) AS type_set,
            coalesce(d.changes ->> 'descriptor_sentence', b.descriptor_sentence) AS descriptor_sentence,
            coalesce(d.changes -> 'tags', b.tags) AS tags, b.confidence, b.observation_count,
            CASE d.decision WHEN 'reject' THEN 'suppressed' WHEN 'approve' THEN 'adjudicated' WHEN 'override' THEN 'adjudicated'
                ELSE (ARRAY['staged', 'suppressed', 'candidate', 'promoted'])[b.state_rank + 1] END AS promotion_state,
            d.decision IS NULL AND b.state_rank = 2 AS needs_review
        FROM best AS b
        LEFT JOIN LATERAL kb.fn_standing_decision('page_classification', CASE WHEN v_decided THEN ARRAY (
            SELECT v.target_id FROM kb.fn_decided_ids('page_classification', b.page_classification_id) AS v) END) AS d ON true
    )
    UPDATE kb.page_classification AS p
    SET primary_type = coalesce(w.primary_type, p.primary_type), type_set = coalesce(w.type_set, p.type_set),
        descriptor_sentence = CASE WHEN w.page_classification_id IS NULL THEN p.descriptor_sentence ELSE w.descriptor_sentence END,
        tags = coalesce(w.tags, p.tags),
        confidence = coalesce(w.confidence, p.confidence), observation_count = coalesce(w.observation_count, 0),
        promotion_state = coalesce(w.promotion_state, p.promotion_state),
        needs_review = coalesce(w.needs_review, false),
        retracted_at = CASE WHEN w.page_classification_id IS NULL THEN p_now END, updated_at = p_now
    FROM touched AS t
    LEFT JOIN wanted AS w ON w.page_classification_id = t.page_classification_id
    WHERE p.page_classification_id = t.page_classification_id
      AND (w.page_classification_id IS NULL AND p.retracted_at IS NULL
           OR w.page_classification_id IS NOT NULL
              AND (p.primary_type, p.type_set, p.descriptor_sentence, p.tags, p.confidence, p.observation_count,
                   p.promotion_state, p.needs_review, p.retracted_at)
              IS DISTINCT FROM (w.primary_type, w.type_set, w.descriptor_sentence, w.tags, w.confidence, w.observation_count,
                   w.promotion_state, w.needs_review, NULL));
    RETURN v_linked;
END
$$;
