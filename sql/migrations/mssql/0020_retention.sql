-- How long finished work is kept.

CREATE TABLE llm.retention_policy (
    what           nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_retention_policy_what CHECK (what IN (
            N'job', N'dead_letter', N'job_archive', N'run', N'response_cache', N'schedule_fire', N'worker')),
    keep_days      int           NULL CONSTRAINT ck_retention_policy_keep_days CHECK (keep_days BETWEEN 1 AND 36500),
    batch          int           NOT NULL CONSTRAINT df_retention_policy_batch DEFAULT 1000
        CONSTRAINT ck_retention_policy_batch CHECK (batch BETWEEN 1 AND 1000),
    description    nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    position       nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
    next_at        datetime2(3)  NOT NULL CONSTRAINT df_retention_policy_next_at DEFAULT SYSUTCDATETIME(),
    last_at        datetime2(3)  NULL,
    removed_total  bigint        NOT NULL CONSTRAINT df_retention_policy_removed_total DEFAULT 0,
    CONSTRAINT pk_retention_policy PRIMARY KEY (what)
);
GO
EXEC sys.sp_addextendedproperty N'MS_Description', N'Setting: after how many days finished work is archived or purged; null keeps it for ever.',
    N'SCHEMA', N'llm', N'TABLE', N'retention_policy';
EXEC sys.sp_addextendedproperty N'MS_Description', N'what is archived (job, dead_letter) or purged (the others)',
    N'SCHEMA', N'llm', N'TABLE', N'retention_policy', N'COLUMN', N'what';
EXEC sys.sp_addextendedproperty N'MS_Description', N'days that it is kept, then it goes; null: for ever',
    N'SCHEMA', N'llm', N'TABLE', N'retention_policy', N'COLUMN', N'keep_days';
EXEC sys.sp_addextendedproperty N'MS_Description', N'most rows of one step, which is a transaction of its own',
    N'SCHEMA', N'llm', N'TABLE', N'retention_policy', N'COLUMN', N'batch';
EXEC sys.sp_addextendedproperty N'MS_Description', N'what becomes of it, and since when its days count',
    N'SCHEMA', N'llm', N'TABLE', N'retention_policy', N'COLUMN', N'description';
EXEC sys.sp_addextendedproperty N'MS_Description', N'up to where the pass that goes on now has come; null: the next one begins anew',
    N'SCHEMA', N'llm', N'TABLE', N'retention_policy', N'COLUMN', N'position';
EXEC sys.sp_addextendedproperty N'MS_Description', N'when runners take its next step',
    N'SCHEMA', N'llm', N'TABLE', N'retention_policy', N'COLUMN', N'next_at';
EXEC sys.sp_addextendedproperty N'MS_Description', N'when its last step was taken',
    N'SCHEMA', N'llm', N'TABLE', N'retention_policy', N'COLUMN', N'last_at';
EXEC sys.sp_addextendedproperty N'MS_Description', N'rows that it has archived or purged so far',
    N'SCHEMA', N'llm', N'TABLE', N'retention_policy', N'COLUMN', N'removed_total';

-- What is history is kept until somebody says otherwise.
INSERT INTO llm.retention_policy (what, keep_days, description) VALUES
    (N'job', 30, N'SUCCEEDED and CANCELLED jobs move to llm.job_archive, so many days after they finished; no job of an open dag'),
    (N'dead_letter', NULL, N'dead letters move to llm.job_archive, so many days after they finished; then they cannot be retried'),
    (N'job_archive', NULL, N'archived jobs are erased, so many days after they finished, with their dedupe keys: their pages may be enqueued anew'),
    (N'run', NULL, N'runs of archived jobs are erased with their calls and artifact rows, so many days after they ended; none whose files `sproute lake prune` has not removed, and none that live knowledge or a replay needs'),
    (N'response_cache', NULL, N'stored answers are forgotten, so many days after they were given, or when they expired; the same request is then asked anew'),
    (N'schedule_fire', 90, N'times at which a schedule fired are erased, so many days after'),
    (N'worker', 1, N'runners are forgotten, so many days after their last sign of life');
GO

-- Retention walks them in these orders.
CREATE INDEX ix_response_cache_created ON llm.response_cache (created_at);
CREATE INDEX ix_response_cache_expires ON llm.response_cache (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ix_schedule_fire_fire_at ON llm.schedule_fire (fire_at);

-- Rows leave llm.job_archive, run, call and artifact from their old end while new ones come; SQL Server frees their pages by
-- itself, so there is nothing to set.

-- Changed signatures: CREATE OR ALTER takes them as they are.
