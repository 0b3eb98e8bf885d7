-- Purpose:     tell the planner what a routing transaction works on; internal.
-- Parameters:  p_items of the payload.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: tables whose statistics fit are left alone; a table that somebody else looks at now is passed over.
-- A connection keeps the plans that it made when a table was small, and autovacuum looks once a minute: a bulk load into a
-- new database would spend that minute reading whole tables. So whoever meets a table that has outgrown its statistics
-- gathers them, which discards those plans. It happens at every fourfold growth only.
CREATE OR REPLACE FUNCTION kb.usp_refresh_statistics(p_items integer)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_table text;
BEGIN
    FOR v_table IN
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.oid IN ('kb.name'::regclass, 'kb.assertion'::regclass, 'kb.resolution'::regclass, 'kb.dim_entity'::regclass,
                'kb.entity_alias'::regclass, 'kb.assertion_link'::regclass, 'kb.bridge_entity_relation'::regclass,
                'kb.fact_attribute'::regclass)
          AND pg_relation_size(c.oid) / current_setting('block_size')::bigint > 8 + 4 * greatest(c.relpages, 0)
        ORDER BY 1
    LOOP
        EXECUTE 'ANALYZE (SKIP_LOCKED) ' || v_table;
    END LOOP;

    PERFORM kb.usp_plan_for(p_items);
END
$$;
