-- The story of a job: who enqueued it, what was done to it from outside its runs, and what a correlation id stands for.
-- Rows that are there keep null: the default comes after the column.
ALTER TABLE llm.job ADD created_by nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE llm.job_archive ADD created_by nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL;
GO
ALTER TABLE llm.job ADD CONSTRAINT df_job_created_by DEFAULT ORIGINAL_LOGIN() FOR created_by;
EXEC sys.sp_addextendedproperty N'MS_Description', N'who enqueued it (session_user); null: it was there before this was recorded',
    N'SCHEMA', N'llm', N'TABLE', N'job', N'COLUMN', N'created_by';
EXEC sys.sp_addextendedproperty N'MS_Description', N'who enqueued it (session_user); null: it was there before this was recorded',
    N'SCHEMA', N'llm', N'TABLE', N'job_archive', N'COLUMN', N'created_by';

-- One row a job and act, written by the procedure that acts, in its transaction. Without a foreign key: it outlives the
-- row of its job when that is archived, and is erased with the archived job.
CREATE TABLE llm.job_event (
    job_id        bigint        NOT NULL,
    job_event_id  bigint        IDENTITY(1, 1) NOT NULL,
    event         nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_job_event_event CHECK (event IN (
            N'cancelled', N'retried', N'rescheduled', N'reprioritized', N'escalated', N'woken')),
    detail        nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_job_event_detail CHECK (ISJSON(detail) = 1),
    done_by       nvarchar(256) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_job_event_done_by DEFAULT ORIGINAL_LOGIN(),
    happened_at   datetime2(3)  NOT NULL,
    CONSTRAINT pk_job_event PRIMARY KEY (job_id, job_event_id)
);
GO
EXEC sys.sp_addextendedproperty N'MS_Description', N'What was done to a job from outside its runs: cancelled, retried, put off, given another priority.',
    N'SCHEMA', N'llm', N'TABLE', N'job_event';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the job (llm.job or llm.job_archive)',
    N'SCHEMA', N'llm', N'TABLE', N'job_event', N'COLUMN', N'job_id';
EXEC sys.sp_addextendedproperty N'MS_Description', N'id',
    N'SCHEMA', N'llm', N'TABLE', N'job_event', N'COLUMN', N'job_event_id';
EXEC sys.sp_addextendedproperty N'MS_Description', N'what was done; escalated: the maintenance of runners did it',
    N'SCHEMA', N'llm', N'TABLE', N'job_event', N'COLUMN', N'event';
EXEC sys.sp_addextendedproperty N'MS_Description', N'how the job was before, and what it was given',
    N'SCHEMA', N'llm', N'TABLE', N'job_event', N'COLUMN', N'detail';
EXEC sys.sp_addextendedproperty N'MS_Description', N'who did it (session_user)',
    N'SCHEMA', N'llm', N'TABLE', N'job_event', N'COLUMN', N'done_by';
EXEC sys.sp_addextendedproperty N'MS_Description', N'when',
    N'SCHEMA', N'llm', N'TABLE', N'job_event', N'COLUMN', N'happened_at';

-- Rows are added once and never changed, so looking them up by correlation id costs little here.
CREATE INDEX ix_job_archive_correlation ON llm.job_archive (correlation_id);
CREATE INDEX ix_schedule_fire_correlation ON llm.schedule_fire (correlation_id);

-- Changed signatures: CREATE OR ALTER takes them as they are.
