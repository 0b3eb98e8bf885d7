-- A job that succeeds writes no index entry that something else already tells.

-- The attempt that succeeded is the run_id of its job, in llm.job or llm.job_archive; the others are found by their job here.
DROP INDEX llm.ix_run_job;
CREATE INDEX ix_run_job ON llm.run (job_id) WHERE status <> 'SUCCEEDED';

-- Rows are appended as attempts end.
DROP INDEX llm.ix_run_finished;
CREATE INDEX ix_run_finished ON llm.run USING brin (finished_at) WITH (pages_per_range = 32);

-- Archiving walks the primary key: what is oldest has the lowest ids.
DROP INDEX llm.ix_job_finished;
