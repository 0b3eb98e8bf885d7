-- Purpose:     refuse rows that cannot be loaded as they are; internal.
-- Parameters:  @item_kind 'entity' or 'relationship'; @rows json array.
-- Returns:     nothing.
-- Errors:      INVALID_PAYLOAD naming item_index (from 0) and field.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE kb.usp_check_loaded_rows @item_kind nvarchar(100), @rows nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @message nvarchar(2048);
    IF ISJSON(@rows) = 1 AND LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @rows COLLATE Latin1_General_100_BIN2), 1) = N'['
        SELECT TOP (1) @message = CONCAT(N'INVALID_PAYLOAD: item_index ', CONVERT(int, i.[key]), N', field ', f.field, N': ', f.fault,
            NCHAR(10), N'HINT: ', IIF(f.fault LIKE N'not ASCII%',
                N'kb.usp_batch_insert_entities and kb.usp_batch_insert_entity_relations take keys, as src/knowledge/name-key.ts and'
                + N' time-bound.ts compute them; nothing was written.',
                N'Nothing was written.'))
        FROM OPENJSON(@rows) AS i
        CROSS APPLY kb.fn_loaded_faults(@item_kind, IIF(i.[type] = 5, i.[value], N'')) AS f
        -- In the order in which the fields are documented.
        ORDER BY CONVERT(int, i.[key]), CHARINDEX(CONCAT(N' ', f.field, N' '), N' name name_key type type_key description'
            + N' from_entity from_entity_key to_entity to_entity_key relation_type relation_type_key start start_key end end_key'
            + N' from_work from_work_key to_work to_work_key continuity continuity_key from_family to_family confidence'
            + N' aliases aliases_keys attributes '), f.fault;
    ELSE
        SET @message = N'INVALID_PAYLOAD: the rows are not a json array';
    IF @message IS NOT NULL
        THROW 50004, @message, 1;
END;
