-- Purpose:     the slice of a text by UTF-16 offsets, as JavaScript's String.prototype.slice counts.
-- Parameters:  p_text; p_char_start, p_char_end in UTF-16 code units.
-- Returns:     the slice; null if an offset falls between the two halves of a 4-byte character.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION ingest.fn_slice(p_text text, p_char_start integer, p_char_end integer)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_from integer;
    v_upto integer;
BEGIN
    -- Without characters beyond the basic plane both ways of counting agree.
    IF p_text !~ '[\U00010000-\U0010FFFF]' THEN
        RETURN substr(p_text, p_char_start + 1, p_char_end - p_char_start);
    END IF;
    SELECT min(c.place) FILTER (WHERE c.units_before = p_char_start),
        min(c.place) FILTER (WHERE c.units_before = p_char_end)
    INTO v_from, v_upto
    FROM (
        SELECT k.place, sum(CASE WHEN ascii(k.letter) > 65535 THEN 2 ELSE 1 END) OVER (ORDER BY k.place)
            - CASE WHEN ascii(k.letter) > 65535 THEN 2 ELSE 1 END AS units_before
        FROM string_to_table(p_text || ' ', NULL) WITH ORDINALITY AS k (letter, place)
    ) AS c;
    RETURN substr(p_text, v_from, v_upto - v_from);
END
$$;
