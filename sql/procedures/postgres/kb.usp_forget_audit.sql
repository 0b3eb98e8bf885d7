-- Purpose:     let the rows of decisions show no more than the rows that they are about; internal.
-- Parameters:  p_entity_ids about which, or about whose rows, they are; p_now UTC.
-- Returns:     how many decisions were about rows that are gone: these are over, and only show that they were made.
-- Errors:      none.
-- Idempotency: yes. Nobody routes meanwhile: the caller holds the lock.
CREATE OR REPLACE FUNCTION kb.usp_forget_audit(p_entity_ids bigint[], p_now timestamptz)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    UPDATE kb.adjudication AS a
    SET reason = NULL, changes = '{}', before = '{}', after = '{}', undone_at = coalesce(a.undone_at, p_now),
        undone_by = coalesce(a.undone_by, 'page forget')
    WHERE (a.reason IS NOT NULL OR a.changes <> '{}' OR a.before <> '{}' OR a.after <> '{}' OR a.undone_at IS NULL)
      AND NOT CASE a.kind
          WHEN 'entity' THEN EXISTS (SELECT 1 FROM kb.dim_entity AS e WHERE e.entity_id = a.target_id AND e.forgotten_at IS NULL)
          WHEN 'relation' THEN EXISTS (SELECT 1 FROM kb.bridge_entity_relation AS b WHERE b.entity_relation_id = a.target_id)
          WHEN 'fact' THEN EXISTS (SELECT 1 FROM kb.fact_attribute AS f WHERE f.fact_attribute_id = a.target_id)
          ELSE kb.fn_decided_row(a.kind, a.target_id) IS NOT NULL END;
    GET DIAGNOSTICS v_count = ROW_COUNT;

    UPDATE kb.adjudication AS a
    SET before = n.before, after = n.after
    FROM (
        SELECT o.adjudication_id, kb.fn_kept_values(o.before, r.doc) AS before, kb.fn_kept_values(o.after, r.doc) AS after
        FROM (
            SELECT 'entity' AS kind, e.entity_id AS target_id FROM kb.dim_entity AS e
            WHERE e.entity_id = ANY (p_entity_ids) AND e.forgotten_at IS NULL
            UNION
            SELECT 'relation', b.entity_relation_id FROM kb.bridge_entity_relation AS b WHERE b.from_entity_id = ANY (p_entity_ids)
            UNION
            SELECT 'relation', b.entity_relation_id FROM kb.bridge_entity_relation AS b WHERE b.to_entity_id = ANY (p_entity_ids)
            UNION
            SELECT 'fact', f.fact_attribute_id FROM kb.fact_attribute AS f WHERE f.entity_id = ANY (p_entity_ids)
        ) AS t
        JOIN kb.adjudication AS o ON o.kind = t.kind AND o.target_id = t.target_id
        CROSS JOIN LATERAL (SELECT kb.fn_decided_row(o.kind, o.target_id) AS doc) AS r
    ) AS n
    WHERE n.adjudication_id = a.adjudication_id AND (n.before, n.after) IS DISTINCT FROM (a.before, a.after);
    RETURN v_count;
END
$$;
