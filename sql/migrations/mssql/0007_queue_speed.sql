-- A job that succeeds writes no index entry that something else already tells.

-- The attempt that succeeded is the run_id of its job, in llm.job or llm.job_archive; the others are found by their job here.
DROP INDEX ix_run_job ON llm.run;
CREATE INDEX ix_run_job ON llm.run (job_id) WHERE status <> N'SUCCEEDED';

-- Rows are appended as attempts end: ix_run_finished is the clustered index from the beginning.

-- Archiving walks the primary key: what is oldest has the lowest ids.
DROP INDEX ix_job_finished ON llm.job;
