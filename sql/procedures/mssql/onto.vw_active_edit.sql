-- Purpose:     the edits that count: of each field the person's, else the agent's.
-- Columns:     ontology_id, target_kind, target_key, field, source (human, agent), value.
CREATE OR ALTER VIEW onto.vw_active_edit AS
SELECT e.ontology_id, e.target_kind, e.target_key, e.field, e.source, e.value
FROM onto.override AS e
WHERE e.source = N'human' OR NOT EXISTS (
    SELECT 1 FROM onto.override AS h
    WHERE h.ontology_id = e.ontology_id AND h.target_kind = e.target_kind AND h.target_key_sha256 = e.target_key_sha256
      AND h.field = e.field AND h.source = N'human');
