-- Purpose:     edits under which what is inferred has changed since: a later run found something else than what the edit was
--              based on, and than the edit itself. onto.usp_decide_pending_change applies or refuses it.
-- Columns:     override_id, ontology_id, datasource, target_kind, target_key, field, source, value (the edit, which counts),
--              based_on, inferred (what a run found), updated_at (of the edit).
CREATE OR ALTER VIEW onto.vw_pending_change AS
SELECT e.override_id, e.ontology_id, o.datasource, e.target_kind, e.target_key, e.field, e.source, e.value, e.based_on,
    e.inferred, e.updated_at
FROM onto.vw_kept_edit AS e
JOIN onto.ontology AS o ON o.ontology_id = e.ontology_id
WHERE e.is_pending = 1;
