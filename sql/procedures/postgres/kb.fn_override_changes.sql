-- Purpose:     check what an override sets, and add the keys that it is looked up by; internal.
-- Parameters:  p_kind, p_decision, p_changes as kb.usp_adjudicate takes them: of an entity entity_name, entity_type,
--              description, attributes; of a relation relation_type, start, end; of a fact attribute, value, start, end; of a
--              page_classification primary_type, type_set, descriptor_sentence, tags. A start or end of null is open. A
--              relation_type or attribute that is not ASCII comes with its relation_type_key or attribute_key.
-- Returns:     the changes; {} for another decision than override.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_override_changes(p_kind text, p_decision text, p_changes jsonb)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_changes jsonb := coalesce(p_changes, '{}');
    v_name    text := CASE p_kind WHEN 'relation' THEN 'relation_type' WHEN 'fact' THEN 'attribute' END;
    v_key     text;
    v_bad     text;
BEGIN
    IF jsonb_typeof(v_changes) <> 'object' OR (p_decision = 'override') <> (v_changes <> '{}') THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: override, and nothing else, comes with the values that it sets' USING ERRCODE = 'SR004';
    END IF;
    SELECT c.key INTO v_bad
    FROM jsonb_each(v_changes) AS c (key, value)
    LEFT JOIN (VALUES ('entity', 'entity_name', 'string'), ('entity', 'entity_type', 'string'), ('entity', 'description', 'string'),
        ('entity', 'attributes', 'array'), ('relation', 'relation_type', 'string'), ('relation', 'relation_type_key', 'string'),
        ('relation', 'start', 'time'), ('relation', 'end', 'time'), ('fact', 'attribute', 'string'),
        ('fact', 'attribute_key', 'string'), ('fact', 'value', 'string'), ('fact', 'start', 'time'), ('fact', 'end', 'time'),
        ('page_classification', 'primary_type', 'string'), ('page_classification', 'type_set', 'array'),
        ('page_classification', 'descriptor_sentence', 'string'), ('page_classification', 'tags', 'array')) AS k (kind, key, type)
        ON k.kind = p_kind AND k.key = c.key
    WHERE k.key IS NULL
       OR jsonb_typeof(c.value) <> ALL (CASE k.type WHEN 'time' THEN ARRAY['string', 'null'] ELSE ARRAY[k.type] END)
       OR jsonb_typeof(c.value) = 'string' AND btrim(c.value #>> '{}') = ''
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: % cannot be overridden in a %, or not with that', v_bad, p_kind USING ERRCODE = 'SR004';
    END IF;
    IF v_name IS NULL OR NOT v_changes ?| ARRAY[v_name, v_name || '_key'] THEN
        RETURN v_changes;
    END IF;
    v_key := kb.fn_loaded_key(v_changes ->> v_name, 'type', v_changes ->> (v_name || '_key'));
    IF v_changes ->> v_name IS NULL OR coalesce(v_key, '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: % and %_key go together', v_name, v_name USING ERRCODE = 'SR004',
            HINT = 'The key is the name in lower case with _ for spaces and dashes; SQL finds it by itself for names of letters, digits and ASCII signs.';
    END IF;
    RETURN v_changes || jsonb_build_object(v_name || '_key', v_key);
END
$$;
