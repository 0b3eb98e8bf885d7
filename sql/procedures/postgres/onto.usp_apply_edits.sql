-- Purpose:     set and take back fields of an ontology, columns, relationships and entities, all of them or none; what is set stays
--              set, whatever runs infer.
-- Parameters:  p_datasource; p_edits json array of {target_kind ontology, column, relationship or entity; target_key its natural key
--              ('ontology', table_key.column_key, relationship_key, table_key); field, value as in onto.fn_override_fault, an empty
--              text blanks a text}, or {..., is_removed: true}, which takes the edit back; p_source human or agent; p_by who says
--              so, default the login; p_is_import logs it as an import; p_now UTC.
-- Returns:     target_kind, target_key, field, override_id (null: taken back), changed (the edit says something else than
--              before), before, after (what counted and counts).
-- Errors:      NOT_FOUND for a datasource without ontology or a target that is not there, INVALID_PAYLOAD.
-- Idempotency: the same edits again change nothing but what they are based on. Values of a column that becomes sensitive are
--              erased at once.
CREATE OR REPLACE FUNCTION onto.usp_apply_edits(
    p_datasource text, p_edits jsonb, p_source text DEFAULT 'human', p_by text DEFAULT NULL, p_is_import boolean DEFAULT false,
    p_now timestamptz DEFAULT NULL)
RETURNS TABLE (target_kind text, target_key text, field text, override_id bigint, changed boolean, before jsonb, after jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_ontology bigint;
    v_edits    jsonb;
    v_fault    text;
    v_lost     record;
BEGIN
    IF p_source IN ('human', 'agent') IS NOT TRUE THEN
        v_fault := 'the source is human or agent';
    ELSIF jsonb_typeof(p_edits) IS DISTINCT FROM 'array' OR jsonb_path_exists(p_edits, '$[*] ? (@.type() != "object")') THEN
        v_fault := 'edits are a list of {target_kind, target_key, field, value}';
    ELSE
        SELECT e.fault INTO v_fault
        FROM (
            SELECT k.place, CASE WHEN k.value ->> 'is_removed' = 'true'
                THEN onto.fn_override_fault(k.value ->> 'target_kind', k.value ->> 'field', NULL, true)
                ELSE onto.fn_override_fault(k.value ->> 'target_kind', k.value ->> 'field', k.value -> 'value') END AS fault
            FROM jsonb_array_elements(p_edits) WITH ORDINALITY AS k (value, place)
        ) AS e
        WHERE e.fault IS NOT NULL
        ORDER BY e.place
        LIMIT 1;
        IF v_fault IS NULL AND (SELECT count(*) <> count(DISTINCT (k.value ->> 'target_kind', k.value ->> 'target_key', k.value ->> 'field'))
                                FROM jsonb_array_elements(p_edits) AS k (value)) THEN
            v_fault := 'a field is given twice';
        END IF;
    END IF;
    IF v_fault IS NOT NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: %', v_fault USING ERRCODE = 'SR004';
    END IF;
    -- Edits come one after the other. Routing, which holds it shared, is waited for, and waits: what it writes of a column
    -- that becomes sensitive is erased, or not written.
    SELECT o.ontology_id INTO v_ontology FROM onto.ontology AS o WHERE o.datasource = p_datasource FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the datasource % has no ontology', p_datasource USING ERRCODE = 'SR012',
            HINT = 'sproute ontology extract makes it.';
    END IF;
    -- What is gone may still be rid of what was said of it.
    SELECT f.target_kind, f.target_key INTO v_lost
    FROM onto.fn_field_values(v_ontology, (
        SELECT coalesce(jsonb_agg(k.value), '[]') FROM jsonb_array_elements(p_edits) AS k (value)
        WHERE coalesce(k.value ->> 'is_removed', 'false') <> 'true')) AS f
    WHERE NOT f.is_known
    ORDER BY f.target_kind, f.target_key
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: the ontology of % has no % with the key %', p_datasource, v_lost.target_kind, v_lost.target_key
            USING ERRCODE = 'SR012', HINT = 'Keys look like public.orders, public.orders.status, public.orders(customer_id)->public.customers(id).';
    END IF;
    SELECT coalesce(jsonb_agg((k.value - 'based_on' - 'by') || jsonb_build_object('source', p_source) ORDER BY k.place), '[]') INTO v_edits
    FROM jsonb_array_elements(p_edits) WITH ORDINALITY AS k (value, place);
    RETURN QUERY
    SELECT w.target_kind, w.target_key, w.field, w.override_id, w.changed, w.before, w.after
    FROM onto.usp_write_overrides(v_ontology, v_edits, CASE WHEN p_is_import THEN 'import' ELSE p_source END,
        coalesce(nullif(btrim(p_by), ''), session_user), coalesce(p_now, clock_timestamp())) AS w;
END
$$;
