-- Purpose:     take from decisions the words that only a page that goes has; internal.
-- Parameters:  p_source_page_ids that go; p_text of them and of all that was said of them, in lower case; p_entity_ids that they
--              spoke of; p_now UTC.
-- Returns:     decisions that lost words; entity_ids of what they were about.
-- Errors:      none.
-- Idempotency: yes. Nobody routes meanwhile: the caller holds the lock.
-- Reasons of models that may have been shown the pages go whole. What a person wrote loses a reason, a value or a relation with
-- a word (three letters or more) that is in these pages and in no other; an override without a value left is over.
CREATE OR REPLACE FUNCTION kb.usp_forget_words(
    p_source_page_ids bigint[], p_text text, p_entity_ids bigint[], p_now timestamptz, OUT decisions integer, OUT entity_ids bigint[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_words text[];
    v_ids   bigint[];
    v_rows  jsonb;
BEGIN
    v_words := ARRAY (
        WITH said AS (
            SELECT a.reason AS text FROM kb.adjudication AS a
            UNION ALL
            SELECT c.value #>> '{}' FROM kb.adjudication AS a CROSS JOIN LATERAL jsonb_each(a.changes) AS c (key, value)
            UNION ALL
            SELECT concat_ws(' ', d.reason, d.relation_type) FROM kb.identity_decision AS d
            UNION ALL
            SELECT concat_ws(' ', c.reasons::text, c.proposal ->> 'rationale', c.proposal ->> 'relation_type') FROM kb.identity_candidate AS c
        ), word AS MATERIALIZED (
            SELECT DISTINCT w.word
            FROM said AS s
            CROSS JOIN LATERAL regexp_split_to_table(lower(s.text), '[[:space:][:punct:]]+') AS w (word)
            WHERE length(w.word) >= 3
        ), own AS MATERIALIZED (
            SELECT w.word FROM regexp_split_to_table(p_text, '[[:space:][:punct:]]+') AS w (word)
        )
        SELECT w.word FROM word AS w
        -- Scripts without spaces have no words.
        WHERE (w.word IN (SELECT o.word FROM own AS o) OR w.word ~ '[\u2e80-\uffff]' AND position(w.word IN p_text) > 0)
          AND NOT EXISTS (
            SELECT 1 FROM ingest.source_page AS s
            WHERE s.source_page_id <> ALL (p_source_page_ids)
              AND (position(w.word IN lower(s.content)) > 0 OR position(w.word IN lower(s.title)) > 0)));

    -- Two that were related by such a word: the relation is an assertion of its own.
    v_ids := ARRAY (SELECT d.assertion_id FROM kb.identity_decision AS d
                    WHERE d.assertion_id IS NOT NULL AND kb.fn_has_word(d.relation_type, v_words));
    WITH lost AS (
        UPDATE kb.identity_decision AS d
        SET reason = CASE WHEN d.decided_as = 'audit' AND (d.entity_id = ANY (p_entity_ids) OR d.other_entity_id = ANY (p_entity_ids))
                OR kb.fn_has_word(d.reason, v_words) THEN NULL ELSE d.reason END,
            relation_type = CASE WHEN kb.fn_has_word(d.relation_type, v_words) THEN NULL ELSE d.relation_type END,
            undone_at = CASE WHEN kb.fn_has_word(d.relation_type, v_words) THEN coalesce(d.undone_at, p_now) ELSE d.undone_at END,
            undone_by = CASE WHEN kb.fn_has_word(d.relation_type, v_words) THEN coalesce(d.undone_by, 'page forget') ELSE d.undone_by END
        WHERE d.reason IS NOT NULL AND d.decided_as = 'audit' AND (d.entity_id = ANY (p_entity_ids) OR d.other_entity_id = ANY (p_entity_ids))
           OR kb.fn_has_word(d.reason, v_words) OR kb.fn_has_word(d.relation_type, v_words)
        RETURNING d.entity_id, d.other_entity_id
    )
    SELECT count(*), coalesce(array_agg(l.entity_id) || array_agg(l.other_entity_id), '{}') INTO decisions, entity_ids FROM lost AS l;
    PERFORM kb.usp_erase_assertions(v_ids, p_now);

    UPDATE kb.identity_candidate AS c
    SET reasons = CASE WHEN kb.fn_has_word(c.reasons::text, v_words) THEN '[]' ELSE c.reasons END,
        proposal = CASE WHEN kb.fn_has_word(c.proposal ->> 'relation_type', v_words) THEN c.proposal - 'rationale' - 'relation_type'
            ELSE c.proposal - 'rationale' END
    WHERE c.proposal ? 'rationale' AND (c.first_entity_id = ANY (p_entity_ids) OR c.second_entity_id = ANY (p_entity_ids))
       OR kb.fn_has_word(c.reasons::text, v_words) OR kb.fn_has_word(c.proposal ->> 'rationale', v_words)
       OR kb.fn_has_word(c.proposal ->> 'relation_type', v_words);

    WITH lost AS (
        UPDATE kb.adjudication AS a
        SET reason = n.reason, changes = n.changes,
            undone_at = CASE WHEN n.is_over THEN coalesce(a.undone_at, p_now) ELSE a.undone_at END,
            undone_by = CASE WHEN n.is_over THEN coalesce(a.undone_by, 'page forget') ELSE a.undone_by END
        FROM (
            SELECT o.adjudication_id, k.changes, CASE WHEN kb.fn_has_word(o.reason, v_words) THEN NULL ELSE o.reason END AS reason,
                o.decision = 'override' AND k.changes = '{}' AS is_over
            FROM kb.adjudication AS o
            CROSS JOIN LATERAL (
                -- A name and its key go together.
                SELECT coalesce(jsonb_object_agg(c.key, c.value), '{}') AS changes FROM jsonb_each(o.changes) AS c (key, value)
                WHERE NOT kb.fn_has_word(concat_ws(' ', c.value #>> '{}', o.changes ->> (c.key || '_key'),
                    o.changes ->> regexp_replace(c.key, '_key$', '')), v_words)) AS k
        ) AS n
        WHERE n.adjudication_id = a.adjudication_id AND (n.changes <> a.changes OR n.reason IS DISTINCT FROM a.reason)
        RETURNING a.kind, a.target_id
    )
    SELECT decisions + count(*), jsonb_agg(DISTINCT jsonb_build_object('kind', l.kind, 'id', l.target_id)) INTO decisions, v_rows FROM lost AS l;
    PERFORM kb.usp_rebuild_row(r.kind, r.id, p_now)
    FROM jsonb_to_recordset(coalesce(v_rows, '[]')) AS r (kind text, id bigint);
    entity_ids := entity_ids || ARRAY (
        SELECT x.entity_id
        FROM jsonb_to_recordset(coalesce(v_rows, '[]')) AS r (kind text, id bigint)
        LEFT JOIN kb.bridge_entity_relation AS b ON r.kind = 'relation' AND b.entity_relation_id = r.id
        LEFT JOIN kb.fact_attribute AS f ON r.kind = 'fact' AND f.fact_attribute_id = r.id
        CROSS JOIN LATERAL (VALUES (CASE r.kind WHEN 'entity' THEN r.id END), (b.from_entity_id), (b.to_entity_id), (f.entity_id)) AS x (entity_id)
        WHERE x.entity_id IS NOT NULL);
END
$$;
