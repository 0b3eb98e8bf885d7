-- Purpose:     other names of a term as they are kept: each once however it is written, none that is the term's own.
-- Parameters:  p_term_key; p_aliases json array of texts, null for none.
-- Returns:     json array of texts, in order.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION onto.fn_term_aliases(p_term_key text, p_aliases jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_agg(a.alias ORDER BY a.alias), '[]')
    FROM (
        SELECT min(onto.fn_term_name(n.value) COLLATE "C") AS alias
        FROM jsonb_array_elements_text(coalesce(nullif(p_aliases, 'null'), '[]')) AS n (value)
        WHERE onto.fn_term_key(n.value) NOT IN ('', p_term_key)
        GROUP BY onto.fn_term_key(n.value)
    ) AS a;
$$;
