-- Purpose:     refuse ids that are none, unknown entities and a decision by nobody; internal.
-- Parameters:  @entity_ids json array; @decided_by.
-- Returns:     nothing.
-- Errors:      UNKNOWN_ENTITY, INVALID_PAYLOAD.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE kb.usp_check_entities @entity_ids nvarchar(max), @decided_by nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @bad nvarchar(400), @message nvarchar(2048);
    IF COALESCE(TRIM(@decided_by), N'') COLLATE Latin1_General_100_BIN2 = N''
        THROW 50004, N'INVALID_PAYLOAD: a decision needs the name of who decided', 1;
    IF COALESCE(ISJSON(@entity_ids), 0) = 0 OR LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @entity_ids), 1) <> N'['
        THROW 50004, N'INVALID_PAYLOAD: entity ids are not a json array', 1;
    SELECT TOP (1) @bad = COALESCE(LEFT(i.[value], 400), N'null')
    FROM OPENJSON(@entity_ids) AS i
    WHERE i.[value] IS NULL OR i.[value] COLLATE Latin1_General_100_BIN2 LIKE N'%[^0-9]%' OR DATALENGTH(i.[value]) = 0
       OR LEN(i.[value]) > 18
    ORDER BY CONVERT(int, i.[key]);
    IF @bad IS NOT NULL
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: ', @bad, N' is no entity id');
        THROW 50004, @message, 1;
    END;
    SELECT TOP (1) @bad = i.[value]
    FROM OPENJSON(@entity_ids) AS i
    WHERE NOT EXISTS (
        SELECT 1 FROM kb.dim_entity AS e WHERE e.entity_id = CONVERT(bigint, i.[value]) AND e.forgotten_at IS NULL)
    ORDER BY CONVERT(int, i.[key]);
    IF @bad IS NOT NULL
    BEGIN
        SET @message = CONCAT(N'UNKNOWN_ENTITY: no entity has the id ', @bad, NCHAR(10),
            N'HINT: SELECT entity_id, entity_name FROM kb.dim_entity lists the known ones.');
        THROW 50009, @message, 1;
    END;
END;
