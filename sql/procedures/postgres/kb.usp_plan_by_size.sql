-- Purpose:     have the statements of this transaction planned anew while tables have outgrown their statistics; internal.
-- Parameters:  none.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: lasts to the end of the transaction.
-- A connection keeps the plans that it made when a table was empty, and autovacuum looks at a table once a minute: a bulk
-- load into a new database would spend that minute reading whole tables.
CREATE OR REPLACE FUNCTION kb.usp_plan_by_size()
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM pg_class AS c
        WHERE c.oid IN ('kb.assertion'::regclass, 'kb.resolution'::regclass, 'kb.dim_entity'::regclass,
                'kb.assertion_link'::regclass, 'kb.bridge_entity_relation'::regclass)
          AND pg_relation_size(c.oid) / current_setting('block_size')::bigint > 8 + 4 * greatest(c.relpages, 0)
    ) THEN
        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
    END IF;
END
$$;
