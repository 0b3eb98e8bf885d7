-- Purpose:     write what kb.stage_mention decided: supersede what changed, insert what is new; internal.
-- Parameters:  @run_id; @typed whether the typed mentions or the others are written; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: what is right already is left alone.
-- Retracted mentions (no name) lose their resolution, and so do, at once, those whose family became unknown: they are no
-- evidence of a typed entity any more.
CREATE OR ALTER PROCEDURE kb.usp_write_resolutions @run_id uniqueidentifier, @typed bit, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    UPDATE r
    SET superseded_at = @now
    FROM kb.stage_mention AS m
    JOIN kb.resolution AS r
        ON r.assertion_id = m.assertion_id AND r.mention = m.mention AND r.superseded_at IS NULL
        AND r.entity_id = m.old_entity_id AND r.type_family = m.old_type_family
    WHERE m.run_id = @run_id AND m.old_entity_id IS NOT NULL
      AND (m.name = N'' OR m.new_entity_id <> m.old_entity_id
           OR m.type_family <> m.old_type_family AND (m.new_entity_id IS NOT NULL OR m.type_family = N'unknown'))
    OPTION (LOOP JOIN, FORCE ORDER);

    INSERT INTO kb.resolution (assertion_id, mention, source_page_id, name_key, type_family, entity_id, decided_by, decided_at)
    SELECT m.assertion_id, m.mention, m.source_page_id, m.name_key, m.type_family, m.new_entity_id, N'routing', @now
    FROM kb.stage_mention AS m
    WHERE m.run_id = @run_id AND m.new_entity_id IS NOT NULL AND IIF(m.type_family <> N'unknown', 1, 0) = @typed
      AND (m.old_entity_id IS NULL OR m.old_type_family IS NULL OR m.new_entity_id <> m.old_entity_id
           OR m.type_family <> m.old_type_family)
    ORDER BY m.assertion_id, m.mention
    OPTION (LOOP JOIN);
END;
