-- Purpose:     the value of a field that counts now: the edit if there is one, else what is inferred; internal.
-- Parameters:  @ontology_id, @target_kind, @target_key, @field.
-- Returns:     json; null if there is neither.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION onto.fn_effective_value (
    @ontology_id bigint, @target_kind nvarchar(40), @target_key nvarchar(4000), @field nvarchar(100))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN COALESCE(
        -- The edit that counts, as in onto.vw_active_edit, by the hash of its key.
        (SELECT TOP (1) e.value FROM onto.override AS e
         WHERE e.ontology_id = @ontology_id AND e.target_kind = @target_kind AND e.field = @field
           AND e.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @target_key))
         ORDER BY IIF(e.source = N'human', 0, 1)),
        (SELECT i.value FROM onto.vw_inferred_value AS i
         WHERE i.ontology_id = @ontology_id AND i.target_kind = @target_kind AND i.target_key = @target_key AND i.field = @field));
END;
