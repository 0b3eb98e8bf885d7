-- Purpose:     the family of a mention; internal.
-- Parameters:  p_explicit what a loaded row says it is, null or '' if nothing; p_kind_family where the item's kind settles it
--              (kb.fn_mentions); p_type_key of the mention; p_mapped, p_mapped_dimension what kb.type_map and kb.type_family make
--              of the type.
-- Returns:     the family; 'unknown' for a mention without a type.
-- Errors:      none.
-- Idempotency: pure.
-- A type that is not listed is a family of its own. A work may be of any family of works.
CREATE OR REPLACE FUNCTION kb.fn_mention_family(
    p_explicit text, p_kind_family text, p_type_key text, p_mapped text, p_mapped_dimension text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_explicit <> '' THEN p_explicit
        WHEN p_kind_family IS NULL THEN coalesce(p_mapped, nullif(p_type_key, ''), 'unknown')
        WHEN p_kind_family = 'work' AND p_mapped_dimension = 'work' THEN p_mapped
        ELSE p_kind_family END;
$$;
