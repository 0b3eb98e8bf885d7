-- Purpose:     what is known of a datasource as a whole, with edits over what was inferred.
-- Columns:     those of onto.ontology; version goes up with each edit and import, and with each dag that changed something;
--              edited: the fields that a person or an agent set, by comma.
CREATE OR REPLACE VIEW onto.vw_ontology AS
SELECT o.ontology_id, o.datasource, o.engine,
    o.version + CAST((SELECT count(*) FROM onto.ontology_dag AS d WHERE d.ontology_id = o.ontology_id) AS integer) AS version,
    o.fingerprint,
    nullif(coalesce(e.description, o.description), '') AS description,
    coalesce(CAST(e.primary_domains AS jsonb), o.primary_domains) AS primary_domains,
    coalesce(CAST(e.conventions AS jsonb), o.conventions) AS conventions,
    o.visible_tables, o.declared_foreign_keys, o.skipped, o.changed_at, o.created_at, o.created_by, o.updated_at, e.edited
FROM onto.ontology AS o
LEFT JOIN (
    SELECT a.ontology_id,
        max(CASE a.field WHEN 'description' THEN a.value #>> '{}' END) AS description,
        max(CASE a.field WHEN 'primary_domains' THEN CAST(a.value AS text) END) AS primary_domains,
        max(CASE a.field WHEN 'conventions' THEN CAST(a.value AS text) END) AS conventions,
        string_agg(a.field, ',' ORDER BY a.field) AS edited
    FROM onto.vw_active_edit AS a
    WHERE a.target_kind = 'ontology'
    GROUP BY a.ontology_id
) AS e ON e.ontology_id = o.ontology_id;
