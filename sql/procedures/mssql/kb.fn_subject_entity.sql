-- Purpose:     the entity that a subject key stands for.
-- Parameters:  @subject_key as in kb.assertion and kb.extraction.
-- Returns:     entity_id, null if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_subject_entity (@subject_key nvarchar(2300))
RETURNS bigint
AS
BEGIN
    -- Under other collations this character counts for nothing.
    DECLARE @first int = CHARINDEX(NCHAR(31), @subject_key COLLATE Latin1_General_100_BIN2);
    DECLARE @second int = CHARINDEX(NCHAR(31), @subject_key COLLATE Latin1_General_100_BIN2, @first + 1);
    IF @first = 0 OR @second = 0
        RETURN NULL;
    DECLARE @name_key nvarchar(1000) = LEFT(@subject_key, @first - 1),
        @type_family nvarchar(1000) = SUBSTRING(@subject_key, @first + 1, @second - @first - 1),
        @disambiguator nvarchar(200) = SUBSTRING(@subject_key, @second + 1, 200);
    RETURN (
        SELECT e.entity_id
        FROM kb.dim_entity AS e
        WHERE e.name_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @name_key)) AND e.name_key = @name_key
          AND e.type_family_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @type_family)) AND e.type_family = @type_family
          AND e.disambiguator = @disambiguator);
END;
