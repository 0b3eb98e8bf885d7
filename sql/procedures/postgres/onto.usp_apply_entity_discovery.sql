-- Purpose:     bring the entities of an ontology to what the structure of its tables says; internal, the facts of the plan of
--              EntityDiscovery.
-- Parameters:  p_ontology_id; p_facts {entities: [{table_key, kind: entity, bridge, subtype or staging, subtype_of, name: what a
--              new one is called until it is asked about}], all of them; p_run_id, p_dag_id; p_now UTC.
-- Returns:     {entities_added, entities_dropped, entities_altered}.
-- Errors:      none.
-- Idempotency: the same facts again change nothing.
-- What is no entity any more stays with dropped_at, and with it what was said of it; what comes again is revived.
CREATE OR REPLACE FUNCTION onto.usp_apply_entity_discovery(
    p_ontology_id bigint, p_facts jsonb, p_run_id uuid, p_dag_id bigint, p_now timestamptz)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_changes jsonb;
BEGIN
    WITH given AS (
        SELECT t.schema_table_id, t.table_key, g.kind, g.subtype_of
        FROM jsonb_to_recordset(p_facts -> 'entities') AS g (table_key text, kind text, subtype_of text)
        JOIN onto.schema_table AS t
            ON t.ontology_id = p_ontology_id AND t.table_key = g.table_key COLLATE "C" AND t.dropped_at IS NULL
    ), known AS (
        SELECT e.schema_table_id, t.table_key, e.kind, e.subtype_of
        FROM onto.entity AS e
        JOIN onto.schema_table AS t ON t.schema_table_id = e.schema_table_id
        WHERE e.ontology_id = p_ontology_id AND e.dropped_at IS NULL
    )
    SELECT jsonb_agg(jsonb_build_object('target_kind', 'entity', 'target_key', coalesce(g.table_key, k.table_key),
        'field', v.field, 'before', v.before, 'after', v.after))
    INTO v_changes
    FROM given AS g
    FULL JOIN known AS k ON k.schema_table_id = g.schema_table_id
    CROSS JOIN LATERAL (VALUES
        ('exists', to_jsonb(k.schema_table_id IS NOT NULL), to_jsonb(g.schema_table_id IS NOT NULL)),
        ('kind', CASE WHEN g.schema_table_id IS NOT NULL AND k.schema_table_id IS NOT NULL THEN to_jsonb(k.kind) END,
                 CASE WHEN g.schema_table_id IS NOT NULL AND k.schema_table_id IS NOT NULL THEN to_jsonb(g.kind) END),
        ('subtype_of', CASE WHEN g.schema_table_id IS NOT NULL AND k.schema_table_id IS NOT NULL THEN to_jsonb(k.subtype_of) END,
                       CASE WHEN g.schema_table_id IS NOT NULL AND k.schema_table_id IS NOT NULL THEN to_jsonb(g.subtype_of) END)
    ) AS v (field, before, after)
    WHERE v.before IS DISTINCT FROM v.after;

    INSERT INTO onto.entity AS e (ontology_id, schema_table_id, kind, subtype_of, name, run_id, created_at, updated_at)
    SELECT p_ontology_id, t.schema_table_id, g.kind, g.subtype_of, g.name, p_run_id, p_now, p_now
    FROM jsonb_to_recordset(p_facts -> 'entities') AS g (table_key text, kind text, subtype_of text, name text)
    JOIN onto.schema_table AS t
        ON t.ontology_id = p_ontology_id AND t.table_key = g.table_key COLLATE "C" AND t.dropped_at IS NULL
    ORDER BY t.table_key
    ON CONFLICT (schema_table_id) DO UPDATE
        SET kind = EXCLUDED.kind, subtype_of = EXCLUDED.subtype_of, updated_at = EXCLUDED.updated_at, dropped_at = NULL
        WHERE (e.kind, e.subtype_of, e.dropped_at) IS DISTINCT FROM (EXCLUDED.kind, EXCLUDED.subtype_of, EXCLUDED.dropped_at);

    UPDATE onto.entity AS e
    SET dropped_at = p_now, updated_at = p_now
    FROM onto.schema_table AS t
    WHERE e.ontology_id = p_ontology_id AND t.schema_table_id = e.schema_table_id AND e.dropped_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM jsonb_to_recordset(p_facts -> 'entities') AS g (table_key text)
          WHERE g.table_key = t.table_key COLLATE "C");

    PERFORM onto.usp_log_changes(p_ontology_id, v_changes, 'inferred', p_run_id, p_dag_id, p_now);
    RETURN (
        SELECT jsonb_build_object(
            'entities_added', count(*) FILTER (WHERE c.field = 'exists' AND c.after = 'true'),
            'entities_dropped', count(*) FILTER (WHERE c.field = 'exists' AND c.after = 'false'),
            'entities_altered', count(DISTINCT c.target_key) FILTER (WHERE c.field <> 'exists'))
        FROM jsonb_to_recordset(coalesce(v_changes, '[]')) AS c (target_key text, field text, after jsonb));
END
$$;
