-- Purpose:     recompute everything that follows from the assertions in kb.stage_change; internal. Routing, retraction,
--              human decisions, merges and the full rebuild share it, so that no two of them can disagree.
-- Parameters:  @run_id; @now UTC.
-- Returns:     entities_inserted, relations_inserted, facts_inserted, linked. The run's staging rows are gone afterwards.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
CREATE OR ALTER PROCEDURE kb.usp_rebuild
    @run_id uniqueidentifier, @now datetime2(3), @entities_inserted int = NULL OUTPUT, @relations_inserted int = NULL OUTPUT,
    @facts_inserted int = NULL OUTPUT, @linked int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @relations_linked int, @facts_linked int, @classifications_linked int;
    EXEC kb.usp_resolve_mentions @run_id = @run_id, @now = @now, @result = @entities_inserted OUTPUT;
    EXEC kb.usp_rebuild_entities @run_id = @run_id, @now = @now, @result = @linked OUTPUT;
    EXEC kb.usp_rebuild_relations @run_id = @run_id, @now = @now, @inserted = @relations_inserted OUTPUT,
        @linked = @relations_linked OUTPUT;
    EXEC kb.usp_rebuild_facts @run_id = @run_id, @now = @now, @inserted = @facts_inserted OUTPUT, @linked = @facts_linked OUTPUT;
    EXEC kb.usp_rebuild_classifications @run_id = @run_id, @now = @now, @result = @classifications_linked OUTPUT;
    SET @linked = @linked + @relations_linked + @facts_linked + @classifications_linked;
    EXEC kb.usp_rebuild_dimensions @run_id = @run_id, @now = @now;

    DELETE FROM kb.stage_item WHERE run_id = @run_id;
    DELETE FROM kb.stage_change WHERE run_id = @run_id;
    DELETE FROM kb.stage_mention WHERE run_id = @run_id;
    DELETE FROM kb.stage_name WHERE run_id = @run_id;
    DELETE FROM kb.stage_count WHERE run_id = @run_id;
    DELETE FROM kb.stage_relation WHERE run_id = @run_id;
    DELETE FROM kb.stage_fact WHERE run_id = @run_id;
    DELETE FROM kb.stage_dimension WHERE run_id = @run_id;
    DELETE FROM kb.stage_link WHERE run_id = @run_id;
    DELETE FROM kb.stage_touched WHERE run_id = @run_id;
END;
