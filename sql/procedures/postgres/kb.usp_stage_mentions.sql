-- Purpose:     read the names that new items, or assertions that are looked at again, mention, once for all later steps; internal.
-- Parameters:  p_run_id whose kb.stage_item rows with an assertion_id are new; of a run without items those that
--              kb.stage_change lists are looked at.
-- Returns:     nothing; kb.stage_mention has a row for each mention.
-- Errors:      none.
-- Idempotency: to be called once a run.
-- A typed mention belongs to (name, family); one without a type has the family unknown. What is loaded may say which bearer
-- of a name it means.
CREATE OR REPLACE FUNCTION kb.usp_stage_mentions(p_run_id uuid)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type, dimension)
    SELECT p_run_id, s.assertion_id, m.mention, s.source_page_id, m.name_key, coalesce(nullif(m.name, ''), m.name_key),
        kb.fn_mention_family(CASE s.grounding WHEN 'loaded' THEN s.keys ->> (m.mention || '_family') END, m.family, m.type_key,
            t.family, f.dimension),
        coalesce(nullif(m.type, ''), 'unknown'), m.dimension
    FROM (
        SELECT i.assertion_id, i.source_page_id, i.item_kind, i.keys, i.payload, i.grounding
        FROM kb.stage_item AS i
        WHERE i.run_id = p_run_id AND i.assertion_id IS NOT NULL AND i.quarantine_reason IS NULL
        UNION ALL
        SELECT a.assertion_id, a.source_page_id, a.item_kind, a.keys, a.payload, a.grounding
        FROM kb.stage_change AS c
        JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
        WHERE c.run_id = p_run_id AND c.change >= 0 AND NOT EXISTS (SELECT 1 FROM kb.stage_item AS i WHERE i.run_id = p_run_id)
    ) AS s
    CROSS JOIN LATERAL kb.fn_mentions(s.item_kind, s.keys, s.payload) AS m
    LEFT JOIN kb.type_map AS t ON t.kind = 'entity' AND t.type_key = m.type_key
    LEFT JOIN kb.type_family AS f ON f.family = t.family;
END
$$;
