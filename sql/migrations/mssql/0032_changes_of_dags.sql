-- What a dag changed is told when it ends, however long the log is by then.
CREATE INDEX ix_change_log_dag ON onto.change_log (dag_id, change_id) WHERE dag_id IS NOT NULL;
