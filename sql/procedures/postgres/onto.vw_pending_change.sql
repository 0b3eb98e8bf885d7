-- Purpose:     edits under which what is inferred has changed since: a later run found something else than what the edit was
--              based on, and than the edit itself. onto.usp_decide_pending_change applies or refuses it.
-- Columns:     override_id, ontology_id, datasource, target_kind, target_key, field, source, value (the edit, which counts),
--              based_on, inferred (what a run found), updated_at (of the edit).
CREATE OR REPLACE VIEW onto.vw_pending_change AS
SELECT v.override_id, v.ontology_id, o.datasource, v.target_kind, v.target_key, v.field, v.source, v.value, v.based_on,
    i.value AS inferred, v.updated_at
FROM onto.override AS v
JOIN onto.ontology AS o ON o.ontology_id = v.ontology_id
JOIN onto.vw_inferred_value AS i
    ON i.ontology_id = v.ontology_id AND i.target_kind = v.target_kind AND i.target_key = v.target_key AND i.field = v.field
-- An empty list is nothing that was found, and whether a column is sensitive is not found at all.
WHERE v.field <> 'is_sensitive' AND i.value IS NOT NULL AND i.value NOT IN ('[]', '{}') AND i.value IS DISTINCT FROM v.based_on AND i.value <> v.value;
