-- Purpose:     what was inferred of an entity, as the change log tells of it; internal.
-- Parameters:  p_entity_id.
-- Returns:     {name, description, domain, aliases, key_columns}.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION onto.fn_inferred_entity(p_entity_id bigint)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('name', e.name, 'description', e.description, 'domain', e.domain,
        'aliases', coalesce((
            SELECT jsonb_agg(a.alias ORDER BY a.alias) FROM onto.entity_alias AS a WHERE a.entity_id = e.entity_id), '[]'),
        'key_columns', coalesce((
            SELECT jsonb_agg(jsonb_build_object('name', k.column_name, 'synonyms', k.synonyms) ORDER BY k.ordinal, k.column_name)
            FROM onto.entity_key_column AS k WHERE k.entity_id = e.entity_id), '[]'))
    FROM onto.entity AS e
    WHERE e.entity_id = p_entity_id;
$$;
