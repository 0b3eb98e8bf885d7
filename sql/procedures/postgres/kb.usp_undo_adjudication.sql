-- Purpose:     take a decision about a row back: the row is what its evidence and the decisions that remain say.
-- Parameters:  p_adjudication_id; p_undone_by; p_now UTC, default the server's clock.
-- Returns:     kind, target_id, promotion_state, changed (false: it was undone before).
-- Errors:      NOT_FOUND, INVALID_PAYLOAD.
-- Idempotency: undoing twice changes nothing. Routing waits.
CREATE OR REPLACE FUNCTION kb.usp_undo_adjudication(p_adjudication_id bigint, p_undone_by text, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (kind text, target_id bigint, promotion_state text, changed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := coalesce(p_now, clock_timestamp());
BEGIN
    PERFORM pg_advisory_xact_lock(7365526003);
    IF coalesce(btrim(p_undone_by), '') = '' THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a decision needs the name of who decided' USING ERRCODE = 'SR004';
    END IF;
    SELECT a.kind, a.target_id, a.undone_at IS NULL INTO kind, target_id, changed
    FROM kb.adjudication AS a WHERE a.adjudication_id = p_adjudication_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'NOT_FOUND: no decision has the id %', p_adjudication_id USING ERRCODE = 'SR012',
            HINT = 'SELECT * FROM kb.adjudication lists them.';
    END IF;
    IF changed THEN
        UPDATE kb.adjudication AS a SET undone_at = v_now, undone_by = p_undone_by WHERE a.adjudication_id = p_adjudication_id;
        PERFORM kb.usp_rebuild_row(kind, target_id, v_now);
    END IF;
    promotion_state := kb.fn_decided_row(kind, coalesce((
        -- The version of the page that counts now.
        SELECT c.page_classification_id FROM kb.fn_classification_versions(target_id) AS v
        JOIN kb.page_classification AS c ON c.page_classification_id = v.page_classification_id AND c.retracted_at IS NULL
        WHERE kind = 'page_classification'), target_id)) ->> 'promotion_state';
    RETURN NEXT;
END
$$;
