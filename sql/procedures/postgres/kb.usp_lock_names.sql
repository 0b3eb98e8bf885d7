-- Purpose:     lock every name that a routing transaction is going to touch; internal.
-- Parameters:  p_run_id whose kb.stage_mention rows bring names; p_assertion_ids that will be retracted.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: locks are held to the end of the transaction.
-- Names are inserted and locked in key order, before any assertion, dimension or bridge: no two runners can deadlock. The
-- names of what a name was merged into are locked with it, for its rows are touched too.
CREATE OR REPLACE FUNCTION kb.usp_lock_names(p_run_id uuid, p_assertion_ids bigint[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_keys text[];
BEGIN
    v_keys := ARRAY (
        WITH own AS (
            SELECT m.name_key FROM kb.stage_mention AS m WHERE m.run_id = p_run_id
            UNION
            SELECT r.name_key
            FROM kb.resolution AS r
            WHERE r.assertion_id = ANY (p_assertion_ids) AND r.superseded_at IS NULL
        )
        SELECT o.name_key FROM own AS o
        UNION
        SELECT x.name_key
        FROM own AS o
        JOIN kb.dim_entity AS e ON e.name_key = o.name_key AND e.merged_into_entity_id IS NOT NULL
        JOIN kb.dim_entity AS x ON x.entity_id = kb.fn_master_entity(e.entity_id)
        ORDER BY 1);

    INSERT INTO kb.name (name_key)
    SELECT k.name_key
    FROM unnest(v_keys) WITH ORDINALITY AS k (name_key, place)
    WHERE NOT EXISTS (SELECT 1 FROM kb.name AS n WHERE n.name_key = k.name_key)
    ORDER BY k.place
    ON CONFLICT (name_key) DO NOTHING;

    PERFORM 1 FROM kb.name AS n WHERE n.name_key = ANY (v_keys) ORDER BY n.name_key FOR UPDATE;
END
$$;
