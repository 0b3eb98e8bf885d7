-- Purpose:     the dags of ontologies: extractions of a whole datasource, and small ones of a few items.
-- Columns:     dag_id, datasource, kind (ontology, ontology:item), target (what a small one is about; empty for a whole one),
--              status, options, created_by, started_at, finished_at, error.
CREATE OR ALTER VIEW onto.vw_dag AS
SELECT d.dag_id, s.datasource, d.kind, s.target, d.status, d.options, d.created_by, d.started_at, d.finished_at, d.error
FROM llm.dag AS d
CROSS APPLY (
    SELECT LEFT(d.subject, CHARINDEX(N':', d.subject + N':') - 1) AS datasource,
        CASE d.kind WHEN N'ontology' THEN N'' ELSE STUFF(d.subject, 1, CHARINDEX(N':', d.subject), N'') END AS target
) AS s
WHERE d.kind IN (N'ontology', N'ontology:item');
