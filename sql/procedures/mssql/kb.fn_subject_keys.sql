-- Purpose:     the natural keys of an entity and of everything that is one with it: as what jobs of many pages spoke of it.
-- Parameters:  @entity_id of any of them.
-- Returns:     subject_key as in kb.assertion and kb.extraction.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_subject_keys (@entity_id bigint)
RETURNS TABLE
AS RETURN (
    SELECT CONVERT(nvarchar(2300), e.name_key + NCHAR(31) + e.type_family + NCHAR(31) + e.disambiguator) AS subject_key
    FROM kb.fn_merge_group(kb.fn_master_entity(@entity_id)) AS g
    JOIN kb.dim_entity AS e ON e.entity_id = g.entity_id
);
