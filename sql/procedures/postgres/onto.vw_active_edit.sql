-- Purpose:     the edits that count: of each field the person's, else the agent's.
-- Columns:     ontology_id, target_kind, target_key, field, source (human, agent), value.
CREATE OR REPLACE VIEW onto.vw_active_edit AS
SELECT e.ontology_id, e.target_kind, e.target_key, e.field, e.source, e.value
FROM (
    SELECT v.ontology_id, v.target_kind, v.target_key, v.field, v.source, v.value,
        row_number() OVER (
            PARTITION BY v.ontology_id, v.target_kind, v.target_key, v.field
            ORDER BY CASE v.source WHEN 'human' THEN 0 ELSE 1 END) AS place
    FROM onto.override AS v
) AS e
WHERE e.place = 1;
