-- Purpose:     write what kb.stage_mention decided: supersede what changed, insert what is new; internal.
-- Parameters:  p_run_id; p_typed whether the typed mentions or the others are written; p_now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: what is right already is left alone.
-- Retracted mentions (no name) lose their resolution, and so do, at once, those whose family became unknown: they are no
-- evidence of a typed entity any more.
CREATE OR REPLACE FUNCTION kb.usp_write_resolutions(p_run_id uuid, p_typed boolean, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE kb.resolution AS r
    SET superseded_at = p_now
    FROM kb.stage_mention AS m
    WHERE m.run_id = p_run_id AND m.old_entity_id IS NOT NULL AND (m.name = '' OR m.new_entity_id <> m.old_entity_id
           OR m.type_family <> m.old_type_family AND (m.new_entity_id IS NOT NULL OR m.type_family = 'unknown'))
      AND r.assertion_id = m.assertion_id AND r.mention = m.mention AND r.superseded_at IS NULL
      AND r.entity_id = m.old_entity_id AND r.type_family = m.old_type_family;

    INSERT INTO kb.resolution (assertion_id, mention, source_page_id, name_key, type_family, entity_id, decided_by, decided_at)
    SELECT m.assertion_id, m.mention, m.source_page_id, m.name_key, m.type_family, m.new_entity_id, 'routing', p_now
    FROM kb.stage_mention AS m
    WHERE m.run_id = p_run_id AND m.new_entity_id IS NOT NULL AND (m.type_family <> 'unknown') = p_typed
      AND (m.new_entity_id IS DISTINCT FROM m.old_entity_id OR m.type_family IS DISTINCT FROM m.old_type_family)
    ORDER BY m.assertion_id, m.mention;
END
$$;
