-- How long finished work is kept.

CREATE TABLE llm.retention_policy (
    what           text        COLLATE "C" NOT NULL
        CHECK (what IN ('job', 'dead_letter', 'job_archive', 'run', 'response_cache', 'schedule_fire', 'worker')),
    keep_days      integer     CHECK (keep_days BETWEEN 1 AND 36500),
    batch          integer     NOT NULL DEFAULT 1000 CHECK (batch BETWEEN 1 AND 1000),
    description    text        NOT NULL,
    position       text        COLLATE "C",
    next_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at        timestamptz,
    removed_total  bigint      NOT NULL DEFAULT 0,
    CONSTRAINT pk_retention_policy PRIMARY KEY (what)
) WITH (fillfactor = 50);
COMMENT ON TABLE llm.retention_policy IS 'Setting: after how many days finished work is archived or purged; null keeps it for ever.';
COMMENT ON COLUMN llm.retention_policy.what IS 'what is archived (job, dead_letter) or purged (the others)';
COMMENT ON COLUMN llm.retention_policy.keep_days IS 'days that it is kept, then it goes; null: for ever';
COMMENT ON COLUMN llm.retention_policy.batch IS 'most rows of one step, which is a transaction of its own';
COMMENT ON COLUMN llm.retention_policy.description IS 'what becomes of it, and since when its days count';
COMMENT ON COLUMN llm.retention_policy.position IS 'up to where the pass that goes on now has come; null: the next one begins anew';
COMMENT ON COLUMN llm.retention_policy.next_at IS 'when runners take its next step';
COMMENT ON COLUMN llm.retention_policy.last_at IS 'when its last step was taken';
COMMENT ON COLUMN llm.retention_policy.removed_total IS 'rows that it has archived or purged so far';

-- What is history is kept until somebody says otherwise.
INSERT INTO llm.retention_policy (what, keep_days, description) VALUES
    ('job', 30, 'SUCCEEDED and CANCELLED jobs move to llm.job_archive, so many days after they finished; no job of an open dag'),
    ('dead_letter', NULL, 'dead letters move to llm.job_archive, so many days after they finished; then they cannot be retried'),
    ('job_archive', NULL, 'archived jobs are erased, so many days after they finished, with their dedupe keys: their pages may be enqueued anew'),
    ('run', NULL, 'runs of archived jobs are erased with their calls and artifact rows, so many days after they ended; none whose files `sproute lake prune` has not removed, and none that live knowledge or a replay needs'),
    ('response_cache', NULL, 'stored answers are forgotten, so many days after they were given, or when they expired; the same request is then asked anew'),
    ('schedule_fire', 90, 'times at which a schedule fired are erased, so many days after'),
    ('worker', 1, 'runners are forgotten, so many days after their last sign of life');

-- Retention walks them in these orders.
CREATE INDEX ix_response_cache_created ON llm.response_cache (created_at);
CREATE INDEX ix_response_cache_expires ON llm.response_cache (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ix_schedule_fire_fire_at ON llm.schedule_fire (fire_at);

-- Rows leave these tables from their old end while new ones come: vacuumed by tenths of what is there, not fifths.
ALTER TABLE llm.job_archive SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
ALTER TABLE llm.run SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
ALTER TABLE llm.call SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE llm.artifact SET (autovacuum_vacuum_scale_factor = 0.05);

-- Changed signatures.
DROP FUNCTION IF EXISTS llm.usp_archive_jobs(timestamptz, integer, timestamptz);
