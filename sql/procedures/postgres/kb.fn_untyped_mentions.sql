-- Purpose:     the live untyped mentions that a routing transaction has to look at again; internal.
-- Parameters:  p_run_id; p_name_keys names whose typed entities changed.
-- Returns:     assertion_id, mention, source_page_id, name_key, entity_id: those of the names, and those on the pages where
--              this run changed a typed mention of the same name; without what the run has staged already.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION kb.fn_untyped_mentions(p_run_id uuid, p_name_keys text[])
RETURNS TABLE (assertion_id bigint, mention text, source_page_id bigint, name_key text, entity_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.assertion_id, r.mention, r.source_page_id, r.name_key, r.entity_id
    FROM kb.resolution AS r
    WHERE r.name_key = ANY (p_name_keys) AND r.type_family = 'unknown' AND r.superseded_at IS NULL
      AND r.decided_by = 'routing'
      AND NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.assertion_id = r.assertion_id)
    UNION
    SELECT r.assertion_id, r.mention, r.source_page_id, r.name_key, r.entity_id
    FROM (SELECT DISTINCT m.source_page_id, m.name_key FROM kb.stage_mention AS m
          WHERE m.run_id = p_run_id AND m.type_family <> 'unknown') AS k
    JOIN kb.resolution AS r
        ON r.source_page_id = k.source_page_id AND r.name_key = k.name_key AND r.type_family = 'unknown'
        AND r.superseded_at IS NULL AND r.decided_by = 'routing'
    WHERE NOT EXISTS (SELECT 1 FROM kb.stage_change AS c WHERE c.run_id = p_run_id AND c.assertion_id = r.assertion_id);
$$;
