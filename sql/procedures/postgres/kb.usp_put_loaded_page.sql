-- Purpose:     the page that rests on nobody's text but on who loaded rows or decided; internal.
-- Parameters:  p_loaded_by; p_now UTC.
-- Returns:     source_page_id.
-- Errors:      none.
-- Idempotency: the page of the same name again is found.
CREATE OR REPLACE FUNCTION kb.usp_put_loaded_page(p_loaded_by text, p_now timestamptz)
RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.source_page_id
    FROM (SELECT 'Rows loaded with SQL by ' || p_loaded_by || '.' AS content) AS t
    CROSS JOIN LATERAL ingest.usp_put_page('loaded', p_loaded_by, t.content, 'text/plain', t.content,
        encode(sha256(convert_to(t.content, 'UTF8')), 'hex'), NULL, p_now) AS p;
$$;
