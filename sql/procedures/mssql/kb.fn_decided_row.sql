-- Purpose:     a row that people decide about, as json; internal.
-- Parameters:  @kind 'entity', 'relation', 'fact', 'page_classification' or 'assertion'; @id.
-- Returns:     the row without what its evidence alone says, null if there is none; of an assertion with promotion_state and
--              needs_review as rows have them.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_decided_row (@kind nvarchar(40), @id bigint)
RETURNS nvarchar(max)
AS
BEGIN
    DECLARE @row nvarchar(max), @first nvarchar(max), @second nvarchar(max);
    IF @kind COLLATE Latin1_General_100_BIN2 = N'entity'
    BEGIN
        SELECT @first = e.attributes, @row = (
            SELECT e.entity_id, e.name_key, e.type_family, e.disambiguator, e.entity_name, e.entity_type, e.description,
                e.description_confidence, e.confidence, e.observation_count, e.mention_count, e.promotion_state, e.needs_review,
                e.merged_into_entity_id, CONVERT(nvarchar(23), e.created_at, 126) + N'Z' AS created_at,
                CONVERT(nvarchar(23), e.updated_at, 126) + N'Z' AS updated_at,
                CONVERT(nvarchar(23), e.retracted_at, 126) + N'Z' AS retracted_at, e.type_confidence, e.moved_to_entity_id,
                CONVERT(nvarchar(23), e.forgotten_at, 126) + N'Z' AS forgotten_at
            FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER)
        FROM kb.dim_entity AS e
        WHERE e.entity_id = @id;
        RETURN JSON_MODIFY(@row, '$.attributes', JSON_QUERY(@first));
    END;
    IF @kind COLLATE Latin1_General_100_BIN2 = N'relation'
        RETURN (
            SELECT b.entity_relation_id, b.from_entity_id, b.to_entity_id, b.relation_key, b.relation_type, b.start_key, b.end_key,
                b.from_work_key, b.to_work_key, b.continuity_key, b.start_text, b.start_earliest, b.start_latest, b.start_precision,
                b.end_text, b.end_earliest, b.end_latest, b.end_precision, b.confidence, b.observation_count, b.promotion_state,
                b.needs_review, CONVERT(nvarchar(23), b.created_at, 126) + N'Z' AS created_at,
                CONVERT(nvarchar(23), b.updated_at, 126) + N'Z' AS updated_at,
                CONVERT(nvarchar(23), b.retracted_at, 126) + N'Z' AS retracted_at, b.from_work, b.to_work, b.continuity,
                b.decided_relation_key
            FROM kb.bridge_entity_relation AS b
            WHERE b.entity_relation_id = @id
            FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER);
    IF @kind COLLATE Latin1_General_100_BIN2 = N'fact'
        RETURN (
            SELECT f.fact_attribute_id, f.entity_id, f.attribute_key, f.attribute, f.value_key, f.value, f.unit_key, f.unit, f.start_key,
                f.end_key, f.from_work_key, f.to_work_key, f.continuity_key, f.value_earliest, f.value_latest, f.value_precision,
                f.start_text, f.start_earliest, f.start_latest, f.start_precision, f.end_text, f.end_earliest, f.end_latest,
                f.end_precision, f.from_work, f.to_work, f.continuity, f.confidence, f.observation_count, f.promotion_state,
                f.needs_review, CONVERT(nvarchar(23), f.created_at, 126) + N'Z' AS created_at,
                CONVERT(nvarchar(23), f.updated_at, 126) + N'Z' AS updated_at,
                CONVERT(nvarchar(23), f.retracted_at, 126) + N'Z' AS retracted_at, f.decided_attribute_key
            FROM kb.fact_attribute AS f
            WHERE f.fact_attribute_id = @id
            FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER);
    IF @kind COLLATE Latin1_General_100_BIN2 = N'page_classification'
    BEGIN
        SELECT @first = c.type_set, @second = c.tags, @row = (
            SELECT c.page_classification_id, c.source_page_id, c.primary_type, c.descriptor_sentence, c.confidence, c.observation_count,
                c.promotion_state, c.needs_review, CONVERT(nvarchar(23), c.created_at, 126) + N'Z' AS created_at,
                CONVERT(nvarchar(23), c.updated_at, 126) + N'Z' AS updated_at,
                CONVERT(nvarchar(23), c.retracted_at, 126) + N'Z' AS retracted_at
            FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER)
        FROM kb.page_classification AS c
        WHERE c.page_classification_id = @id;
        RETURN JSON_MODIFY(JSON_MODIFY(@row, '$.type_set', JSON_QUERY(@first)), '$.tags', JSON_QUERY(@second));
    END;
    IF @kind COLLATE Latin1_General_100_BIN2 = N'assertion'
    BEGIN
        SELECT @first = a.payload, @second = a.keys, @row = (
            SELECT a.assertion_id, a.source_page_id, a.job_type, a.item_kind, a.item_index, a.chunk_index, a.item_sha256, a.char_start,
                a.char_end, a.quote, a.grounding, a.is_weak, a.confidence, a.quarantine_reason,
                LOWER(CONVERT(nvarchar(36), a.run_id)) AS run_id, a.job_id, a.contract_name, a.contract_version, a.prompt_sha256,
                a.model, CONVERT(nvarchar(23), a.created_at, 126) + N'Z' AS created_at,
                CONVERT(nvarchar(23), a.retracted_at, 126) + N'Z' AS retracted_at, a.subject_key,
                IIF(d.decision = N'approve', N'adjudicated', N'suppressed') AS promotion_state,
                CONVERT(bit, IIF(a.retracted_at IS NULL AND a.grounding = N'none' AND d.decision IS NULL, 1, 0)) AS needs_review
            FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER)
        FROM kb.assertion AS a
        OUTER APPLY kb.fn_ungrounded_decision(a.source_page_id, a.job_type, a.item_kind, a.item_sha256, a.subject_key) AS d
        WHERE a.assertion_id = @id;
        RETURN JSON_MODIFY(JSON_MODIFY(@row, '$.payload', JSON_QUERY(@first)), '$.keys', JSON_QUERY(@second));
    END;
    RETURN NULL;
END;
