-- Purpose:     every edit beside what is inferred of its field now.
-- Columns:     override_id, ontology_id, target_kind, target_key, field, source, value (the edit), based_on, inferred (what a run found
--              last), is_known (its target is there now), is_pending (a later run found something else than what the edit was
--              based on, and than the edit itself), updated_by, updated_at (of the edit).
CREATE OR REPLACE VIEW onto.vw_kept_edit AS
SELECT v.override_id, v.ontology_id, v.target_kind, v.target_key, v.field, v.source, v.value, v.based_on, i.value AS inferred,
    i.field IS NOT NULL AS is_known,
    -- An empty list is nothing that was found, and whether a column is sensitive is not found at all.
    v.field <> 'is_sensitive' AND i.value IS NOT NULL AND i.value NOT IN ('[]', '{}') AND i.value IS DISTINCT FROM v.based_on
        AND i.value <> v.value AS is_pending,
    v.updated_by, v.updated_at
FROM onto.override AS v
LEFT JOIN onto.vw_inferred_value AS i
    ON i.ontology_id = v.ontology_id AND i.target_kind = v.target_kind AND i.target_key = v.target_key AND i.field = v.field;
