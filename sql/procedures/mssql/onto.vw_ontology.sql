-- Purpose:     what is known of a datasource as a whole, with edits over what was inferred.
-- Columns:     those of onto.ontology; version goes up with each edit and import, and with each dag that changed something;
--              edited: the fields that a person or an agent set, by comma.
CREATE OR ALTER VIEW onto.vw_ontology AS
SELECT o.ontology_id, o.datasource, o.engine,
    o.version + (SELECT COUNT(*) FROM onto.ontology_dag AS d WHERE d.ontology_id = o.ontology_id) AS version,
    o.fingerprint,
    CASE WHEN DATALENGTH(COALESCE(e.description, o.description)) > 0 THEN COALESCE(e.description, o.description) END AS description,
    COALESCE(e.primary_domains, o.primary_domains) AS primary_domains,
    COALESCE(e.conventions, o.conventions) AS conventions,
    o.visible_tables, o.declared_foreign_keys, o.skipped, o.changed_at, o.created_at, o.created_by, o.updated_at, e.edited
FROM onto.ontology AS o
CROSS APPLY (
    SELECT
        MAX(CASE a.field WHEN N'description' THEN x.text END) AS description,
        MAX(CASE a.field WHEN N'primary_domains' THEN a.value END) AS primary_domains,
        MAX(CASE a.field WHEN N'conventions' THEN a.value END) AS conventions,
        STRING_AGG(a.field, N',') WITHIN GROUP (ORDER BY a.field) AS edited
    FROM onto.vw_active_edit AS a
    CROSS APPLY (
        SELECT j.[value] COLLATE Latin1_General_100_BIN2 AS text FROM OPENJSON(N'[' + a.value + N']') AS j
    ) AS x
    WHERE a.ontology_id = o.ontology_id AND a.target_kind = N'ontology'
) AS e;
