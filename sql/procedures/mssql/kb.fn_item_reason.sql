-- Purpose:     why an item is quarantined whatever its quote is; internal.
-- Parameters:  @keys as in kb.assertion.
-- Returns:     the reason; null: it can be routed.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION kb.fn_item_reason (@keys nvarchar(max))
RETURNS nvarchar(400)
AS
BEGIN
    RETURN (
        SELECT CASE
            WHEN N'' COLLATE Latin1_General_100_BIN2 IN (k.name_key, k.from_entity_key, k.to_entity_key, k.subject_key) THEN N'EMPTY_NAME'
            WHEN N'' COLLATE Latin1_General_100_BIN2 IN (k.relation_type_key, k.attribute_key) THEN N'EMPTY_TYPE'
            WHEN k.value_key COLLATE Latin1_General_100_BIN2 = N'' THEN N'EMPTY_VALUE'
            WHEN k.start_earliest COLLATE Latin1_General_100_BIN2 > k.end_latest
                OR k.valid_from_earliest COLLATE Latin1_General_100_BIN2 > k.valid_to_latest THEN N'CONTRADICTORY_TIME' END
        FROM OPENJSON(@keys) WITH (
            name_key nvarchar(max) '$.name_key', from_entity_key nvarchar(max) '$.from_entity_key',
            to_entity_key nvarchar(max) '$.to_entity_key', subject_key nvarchar(max) '$.subject_key',
            relation_type_key nvarchar(max) '$.relation_type_key', attribute_key nvarchar(max) '$.attribute_key',
            value_key nvarchar(max) '$.value_key', start_earliest nvarchar(max) '$.start_earliest',
            end_latest nvarchar(max) '$.end_latest', valid_from_earliest nvarchar(max) '$.valid_from_earliest',
            valid_to_latest nvarchar(max) '$.valid_to_latest') AS k);
END;
