-- Purpose:     read the names that new items, or assertions that are looked at again, mention, once for all later steps; internal.
-- Parameters:  @run_id whose kb.stage_item rows with an assertion_id are new; of a run without items those that
--              kb.stage_change lists are looked at.
-- Returns:     nothing; kb.stage_mention has a row for each mention.
-- Errors:      none.
-- Idempotency: to be called once a run.
-- A typed mention belongs to (name, family); one without a type has the family unknown. What is loaded may say which bearer
-- of a name it means.
CREATE OR ALTER PROCEDURE kb.usp_stage_mentions @run_id uniqueidentifier
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    -- With little memory: much more is expected of the documents than they hold.
    INSERT INTO kb.stage_mention (run_id, assertion_id, mention, source_page_id, name_key, name, type_family, entity_type, dimension)
    SELECT @run_id, s.assertion_id, m.mention, s.source_page_id, m.name_key, COALESCE(NULLIF(m.name, N''), m.name_key),
        kb.fn_mention_family(e.family, m.family, m.type_key, t.family, f.dimension),
        COALESCE(NULLIF(m.type, N''), N'unknown'), m.dimension
    FROM (
        SELECT i.assertion_id, i.source_page_id, i.item_kind, i.keys, i.payload, i.grounding
        FROM kb.stage_item AS i
        WHERE i.run_id = @run_id AND i.assertion_id IS NOT NULL AND i.quarantine_reason IS NULL
        UNION ALL
        SELECT a.assertion_id, a.source_page_id, a.item_kind, a.keys, a.payload, a.grounding
        FROM kb.stage_change AS c
        JOIN kb.assertion AS a ON a.assertion_id = c.assertion_id AND a.retracted_at IS NULL
        WHERE c.run_id = @run_id AND c.change >= 0 AND NOT EXISTS (SELECT 1 FROM kb.stage_item AS i WHERE i.run_id = @run_id)
    ) AS s
    CROSS APPLY kb.fn_mentions(s.item_kind, s.keys, s.payload) AS m
    OUTER APPLY (
        SELECT k.[value] AS family
        FROM OPENJSON(CASE s.grounding WHEN N'loaded' THEN s.keys END) AS k
        WHERE k.[key] = (m.mention + N'_family') COLLATE Latin1_General_100_BIN2) AS e
    LEFT JOIN kb.type_map AS t
        ON t.kind = N'entity' AND t.type_key = CASE WHEN LEN(m.type_key) <= 400 THEN CONVERT(nvarchar(400), m.type_key) END
    LEFT JOIN kb.type_family AS f ON f.family = t.family
    OPTION (MAX_GRANT_PERCENT = 1);
END;
