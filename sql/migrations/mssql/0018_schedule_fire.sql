-- What a schedule sets off may take many steps: each firing is a row with its state, so that a crash of whoever works on it
-- loses nothing and another goes on.
ALTER TABLE llm.schedule ADD misfire_grace_seconds int NOT NULL CONSTRAINT df_schedule_misfire_grace_seconds DEFAULT 60
    CONSTRAINT ck_schedule_misfire_grace_seconds CHECK (misfire_grace_seconds >= 0);
ALTER TABLE llm.schedule ADD created_by nvarchar(256) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT df_schedule_created_by DEFAULT ORIGINAL_LOGIN();
GO
EXEC sys.sp_addextendedproperty N'MS_Description', N'skip: how late a firing may be and still take place, seconds',
    N'SCHEMA', N'llm', N'TABLE', N'schedule', N'COLUMN', N'misfire_grace_seconds';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'when it last fired, was skipped or failed',
    N'SCHEMA', N'llm', N'TABLE', N'schedule', N'COLUMN', N'last_fired_at';
EXEC sys.sp_addextendedproperty N'MS_Description', N'who made it (session_user)',
    N'SCHEMA', N'llm', N'TABLE', N'schedule', N'COLUMN', N'created_by';

ALTER TABLE llm.schedule_fire ADD status nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT df_schedule_fire_status DEFAULT N'DONE'
    CONSTRAINT ck_schedule_fire_status CHECK (status IN (N'OPEN', N'DONE', N'FAILED', N'SKIPPED'));
ALTER TABLE llm.schedule_fire ADD is_manual bit NOT NULL CONSTRAINT df_schedule_fire_is_manual DEFAULT 0;
ALTER TABLE llm.schedule_fire ADD missed_count int NOT NULL CONSTRAINT df_schedule_fire_missed_count DEFAULT 0;
ALTER TABLE llm.schedule_fire ADD action nvarchar(40) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE llm.schedule_fire ADD payload nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    CONSTRAINT ck_schedule_fire_payload CHECK (ISJSON(payload) = 1);
ALTER TABLE llm.schedule_fire ADD program_step nvarchar(40) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE llm.schedule_fire ADD correlation_id uniqueidentifier NOT NULL
    CONSTRAINT df_schedule_fire_correlation_id DEFAULT NEWID();
ALTER TABLE llm.schedule_fire ADD attempt_count int NOT NULL CONSTRAINT df_schedule_fire_attempt_count DEFAULT 0;
ALTER TABLE llm.schedule_fire ADD locked_by uniqueidentifier NULL;
ALTER TABLE llm.schedule_fire ADD lease_expires_at datetime2(3) NULL;
ALTER TABLE llm.schedule_fire ADD error_code nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE llm.schedule_fire ADD error nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE llm.schedule_fire ADD finished_at datetime2(3) NULL;
GO
UPDATE llm.schedule_fire SET finished_at = fired_at;
CREATE INDEX ix_schedule_fire_open ON llm.schedule_fire (fired_at) WHERE status = N'OPEN';
EXEC sys.sp_addextendedproperty N'MS_Description', N'OPEN while steps are left, DONE, FAILED, or SKIPPED by its misfire policy',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'status';
EXEC sys.sp_addextendedproperty N'MS_Description', N'whether a person asked for it (run-now); then fire_at is when',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'is_manual';
EXEC sys.sp_addextendedproperty N'MS_Description', N'later times that were missed with it and are covered by it (counted to 10 000)',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'missed_count';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the action as it was then',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'action';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the payload as it was then',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'payload';
EXEC sys.sp_addextendedproperty N'MS_Description', N'what the program has to do next (ingest, dedupe_audit); null where SQL does the rest',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'program_step';
EXEC sys.sp_addextendedproperty N'MS_Description', N'that of all jobs it enqueued',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'correlation_id';
EXEC sys.sp_addextendedproperty N'MS_Description', N'how often its program step was begun',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'attempt_count';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the scheduler that works on the program step',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'locked_by';
EXEC sys.sp_addextendedproperty N'MS_Description', N'until when, unless renewed; without locked_by: when it may be tried again',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'lease_expires_at';
EXEC sys.sp_addextendedproperty N'MS_Description', N'why it failed, or the last attempt did',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'error_code';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the same in a sentence',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'error';
EXEC sys.sp_addextendedproperty N'MS_Description', N'when it was DONE, FAILED or SKIPPED',
    N'SCHEMA', N'llm', N'TABLE', N'schedule_fire', N'COLUMN', N'finished_at';

-- Changed signatures: CREATE OR ALTER takes them as they are.
