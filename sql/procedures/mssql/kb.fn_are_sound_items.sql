-- Purpose:     whether kb.fn_item_faults would find nothing in any item; internal.
-- Parameters:  @items json array; @source_page_id of the payload's page, null if it is not about one page.
-- Returns:     1 if all are sound; 0 if one is not.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION kb.fn_are_sound_items (@items nvarchar(max), @source_page_id bigint)
RETURNS bit
AS
BEGIN
    RETURN CASE WHEN EXISTS (
        SELECT 1
        FROM OPENJSON(@items) AS i
        OUTER APPLY OPENJSON(CASE i.[type] WHEN 5 THEN i.[value] END) WITH (source_page_id nvarchar(max) '$.source_page_id') AS p
        WHERE (p.source_page_id IS NULL AND @source_page_id IS NULL)
           OR p.source_page_id COLLATE Latin1_General_100_BIN2 <> CONVERT(nvarchar(20), @source_page_id)
           OR EXISTS (SELECT 1 FROM kb.fn_item_faults(CASE i.[type] WHEN 5 THEN i.[value] ELSE N'{}' END) AS f)
    ) THEN 0 ELSE 1 END;
END;
