-- A relationship that is gone says why: what the schema took comes back with the schema, what lost its evidence or its
-- declaration does not. A dag raises the version of an ontology once, whatever it changes; each read counted that from
-- the whole change log. Runs whose answers count are looked up when old runs are erased.
ALTER TABLE onto.relationship ADD COLUMN dropped_because text COLLATE "C"
    CHECK (dropped_because IN ('schema', 'evidence', 'undeclared'));
UPDATE onto.relationship AS r
SET dropped_because = CASE
    WHEN r.provenance = 'manual' OR EXISTS (
        SELECT 1 FROM onto.schema_table AS t
        WHERE t.schema_table_id IN (r.from_table_id, r.to_table_id) AND t.dropped_at IS NOT NULL)
        OR EXISTS (
        SELECT 1 FROM onto.schema_column AS c
        WHERE c.dropped_at IS NOT NULL AND (c.schema_table_id = r.from_table_id AND r.from_columns ? c.column_key
            OR c.schema_table_id = r.to_table_id AND r.to_columns ? c.column_key)) THEN 'schema'
    WHEN r.provenance = 'declared' THEN 'undeclared'
    ELSE 'evidence' END
WHERE r.dropped_at IS NOT NULL;
ALTER TABLE onto.relationship ADD CONSTRAINT ck_relationship_dropped CHECK ((dropped_at IS NULL) = (dropped_because IS NULL));

CREATE TABLE onto.ontology_dag (
    ontology_id        bigint      NOT NULL,
    dag_id             bigint      NOT NULL,
    changed_at         timestamptz NOT NULL,
    CONSTRAINT pk_ontology_dag PRIMARY KEY (ontology_id, dag_id),
    CONSTRAINT fk_ontology_dag_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
INSERT INTO onto.ontology_dag (ontology_id, dag_id, changed_at)
SELECT l.ontology_id, l.dag_id, min(l.changed_at)
FROM onto.change_log AS l
WHERE l.dag_id IS NOT NULL
GROUP BY l.ontology_id, l.dag_id;
DROP INDEX onto.ix_change_log_inferred;

CREATE INDEX ix_answer_run ON onto.answer (run_id);

COMMENT ON COLUMN onto.relationship.dropped_because IS 'why it is gone: schema (its table or a column is), evidence (no candidate any more), undeclared';
COMMENT ON TABLE onto.ontology_dag IS 'The dags that changed something of an ontology; each raises its version once.';
COMMENT ON COLUMN onto.ontology_dag.ontology_id IS 'the ontology (onto.ontology)';
COMMENT ON COLUMN onto.ontology_dag.dag_id IS 'the dag (llm.dag)';
COMMENT ON COLUMN onto.ontology_dag.changed_at IS 'when it changed something first';
COMMENT ON COLUMN onto.ontology.version IS 'counts edits and imports; onto.vw_ontology adds the dags that changed something (onto.ontology_dag)';
