-- Purpose:     recompute everything that follows from the assertions in kb.stage_change; internal. Routing, retraction,
--              human decisions, merges and the full rebuild share it, so that no two of them can disagree.
-- Parameters:  p_run_id; p_now UTC.
-- Returns:     entities_inserted, relations_inserted, facts_inserted, linked. The run's staging rows are gone afterwards.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR REPLACE FUNCTION kb.usp_rebuild(p_run_id uuid, p_now timestamptz, OUT entities_inserted integer,
    OUT relations_inserted integer, OUT facts_inserted integer, OUT linked integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_relations record;
    v_facts     record;
BEGIN
    entities_inserted := kb.usp_resolve_mentions(p_run_id, p_now);
    linked := kb.usp_rebuild_entities(p_run_id, p_now);
    SELECT r.inserted, r.linked INTO v_relations FROM kb.usp_rebuild_relations(p_run_id, p_now) AS r;
    SELECT f.inserted, f.linked INTO v_facts FROM kb.usp_rebuild_facts(p_run_id, p_now) AS f;
    relations_inserted := v_relations.inserted;
    facts_inserted := v_facts.inserted;
    linked := linked + v_relations.linked + v_facts.linked + kb.usp_rebuild_classifications(p_run_id, p_now);
    PERFORM kb.usp_rebuild_dimensions(p_run_id, p_now);

    DELETE FROM kb.stage_item AS s WHERE s.run_id = p_run_id;
    DELETE FROM kb.stage_change AS s WHERE s.run_id = p_run_id;
    DELETE FROM kb.stage_mention AS s WHERE s.run_id = p_run_id;
    DELETE FROM kb.stage_name AS s WHERE s.run_id = p_run_id;
    DELETE FROM kb.stage_count AS s WHERE s.run_id = p_run_id;
    DELETE FROM kb.stage_relation AS s WHERE s.run_id = p_run_id;
    DELETE FROM kb.stage_fact AS s WHERE s.run_id = p_run_id;
    DELETE FROM kb.stage_dimension AS s WHERE s.run_id = p_run_id;
    DELETE FROM kb.stage_link AS s WHERE s.run_id = p_run_id;
    DELETE FROM kb.stage_touched AS s WHERE s.run_id = p_run_id;
END
$$;
