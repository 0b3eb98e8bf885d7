-- Purpose:     the family of a mention; internal.
-- Parameters:  @explicit what a loaded row says it is, null or '' if nothing; @kind_family where the item's kind settles it
--              (kb.fn_mentions); @type_key of the mention; @mapped, @mapped_dimension what kb.type_map and kb.type_family make
--              of the type.
-- Returns:     the family; 'unknown' for a mention without a type.
-- Errors:      none.
-- Idempotency: pure.
-- A type that is not listed is a family of its own. A work may be of any family of works.
CREATE OR ALTER FUNCTION kb.fn_mention_family (
    @explicit nvarchar(max), @kind_family nvarchar(200), @type_key nvarchar(max), @mapped nvarchar(200), @mapped_dimension nvarchar(40))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN CASE
        WHEN @explicit COLLATE Latin1_General_100_BIN2 <> N'' THEN @explicit
        WHEN @kind_family IS NULL THEN COALESCE(@mapped, NULLIF(@type_key COLLATE Latin1_General_100_BIN2, N''), N'unknown')
        WHEN @kind_family = N'work' AND @mapped_dimension = N'work' THEN @mapped
        ELSE @kind_family END;
END;
