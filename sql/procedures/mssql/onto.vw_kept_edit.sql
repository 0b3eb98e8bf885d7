-- Purpose:     every edit beside what is inferred of its field now.
-- Columns:     override_id, ontology_id, target_kind, target_key, field, source, value (the edit), based_on, inferred (what a run found
--              last), is_known (its target is there now), is_pending (a later run found something else than what the edit was
--              based on, and than the edit itself), updated_by, updated_at (of the edit).
CREATE OR ALTER VIEW onto.vw_kept_edit AS
SELECT v.override_id, v.ontology_id, v.target_kind, v.target_key, v.field, v.source, v.value, v.based_on, i.value AS inferred,
    CONVERT(bit, IIF(i.field IS NULL, 0, 1)) AS is_known,
    -- An empty list is nothing that was found, and whether a column is sensitive is not found at all. What is the same as it
    -- stands need not be put in order.
    CONVERT(bit, CASE
        WHEN v.field = N'is_sensitive' OR i.value IS NULL OR i.value IN (N'[]', N'{}', v.based_on, v.value) THEN 0
        WHEN llm.fn_json_text(i.value) COLLATE Latin1_General_100_BIN2 IN (llm.fn_json_text(v.based_on), llm.fn_json_text(v.value)) THEN 0
        ELSE 1 END) AS is_pending,
    v.updated_by, v.updated_at
FROM onto.override AS v
LEFT JOIN onto.vw_inferred_value AS i
    ON i.ontology_id = v.ontology_id AND i.target_kind = v.target_kind AND i.target_key = v.target_key AND i.field = v.field;
