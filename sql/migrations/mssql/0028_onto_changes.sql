-- A relationship that is gone says why: what the schema took comes back with the schema, what lost its evidence or its
-- declaration does not. A dag raises the version of an ontology once, whatever it changes; each read counted that from
-- the whole change log. Runs whose answers count are looked up when old runs are erased.
ALTER TABLE onto.relationship ADD dropped_because nvarchar(40) COLLATE Latin1_General_100_BIN2 NULL
    CONSTRAINT ck_relationship_dropped_because CHECK (dropped_because IN (N'schema', N'evidence', N'undeclared'));
GO
UPDATE r
SET dropped_because = CASE
    WHEN r.provenance = N'manual' OR EXISTS (
        SELECT 1 FROM onto.schema_table AS t
        WHERE t.schema_table_id IN (r.from_table_id, r.to_table_id) AND t.dropped_at IS NOT NULL)
        OR EXISTS (
        SELECT 1 FROM onto.schema_column AS c
        JOIN OPENJSON(r.from_columns) AS f ON f.[value] COLLATE Latin1_General_100_BIN2 = c.column_key
        WHERE c.schema_table_id = r.from_table_id AND c.dropped_at IS NOT NULL)
        OR EXISTS (
        SELECT 1 FROM onto.schema_column AS c
        JOIN OPENJSON(r.to_columns) AS f ON f.[value] COLLATE Latin1_General_100_BIN2 = c.column_key
        WHERE c.schema_table_id = r.to_table_id AND c.dropped_at IS NOT NULL) THEN N'schema'
    WHEN r.provenance = N'declared' THEN N'undeclared'
    ELSE N'evidence' END
FROM onto.relationship AS r
WHERE r.dropped_at IS NOT NULL;
ALTER TABLE onto.relationship ADD CONSTRAINT ck_relationship_dropped CHECK (
    (dropped_at IS NULL AND dropped_because IS NULL) OR (dropped_at IS NOT NULL AND dropped_because IS NOT NULL));
GO

CREATE TABLE onto.ontology_dag (
    ontology_id  bigint       NOT NULL,
    dag_id       bigint       NOT NULL,
    changed_at   datetime2(3) NOT NULL,
    CONSTRAINT pk_ontology_dag PRIMARY KEY (ontology_id, dag_id),
    CONSTRAINT fk_ontology_dag_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
GO
INSERT INTO onto.ontology_dag (ontology_id, dag_id, changed_at)
SELECT l.ontology_id, l.dag_id, MIN(l.changed_at)
FROM onto.change_log AS l
WHERE l.dag_id IS NOT NULL
GROUP BY l.ontology_id, l.dag_id;
GO
DROP INDEX ix_change_log_inferred ON onto.change_log;

-- A plan may write many thousand rows; a lock of the whole table would stop what is done in other ontologies.
ALTER TABLE onto.schema_table SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE onto.schema_column SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE onto.answer SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE onto.column_feature SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE onto.relationship SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE onto.entity SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE onto.entity_alias SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE onto.entity_key_column SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE onto.override SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE onto.change_log SET (LOCK_ESCALATION = DISABLE);

CREATE INDEX ix_answer_run ON onto.answer (run_id);

EXEC sys.sp_addextendedproperty N'MS_Description', N'why it is gone: schema (its table or a column is), evidence (no candidate any more), undeclared',
    N'SCHEMA', N'onto', N'TABLE', N'relationship', N'COLUMN', N'dropped_because';
EXEC sys.sp_addextendedproperty N'MS_Description', N'The dags that changed something of an ontology; each raises its version once.',
    N'SCHEMA', N'onto', N'TABLE', N'ontology_dag';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the ontology (onto.ontology)',
    N'SCHEMA', N'onto', N'TABLE', N'ontology_dag', N'COLUMN', N'ontology_id';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the dag (llm.dag)',
    N'SCHEMA', N'onto', N'TABLE', N'ontology_dag', N'COLUMN', N'dag_id';
EXEC sys.sp_addextendedproperty N'MS_Description', N'when it changed something first',
    N'SCHEMA', N'onto', N'TABLE', N'ontology_dag', N'COLUMN', N'changed_at';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'counts edits and imports; onto.vw_ontology adds the dags that changed something (onto.ontology_dag)',
    N'SCHEMA', N'onto', N'TABLE', N'ontology', N'COLUMN', N'version';
