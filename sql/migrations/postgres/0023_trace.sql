-- The story of a job: who enqueued it, what was done to it from outside its runs, and what a correlation id stands for.
ALTER TABLE llm.job ADD COLUMN created_by text;
ALTER TABLE llm.job ALTER COLUMN created_by SET DEFAULT session_user;
ALTER TABLE llm.job_archive ADD COLUMN created_by text;
COMMENT ON COLUMN llm.job.created_by IS 'who enqueued it (session_user); null: it was there before this was recorded';
COMMENT ON COLUMN llm.job_archive.created_by IS 'who enqueued it (session_user); null: it was there before this was recorded';

-- One row a job and act, written by the procedure that acts, in its transaction. Without a foreign key: it outlives the
-- row of its job when that is archived, and is erased with the archived job.
CREATE TABLE llm.job_event (
    job_id        bigint      NOT NULL,
    job_event_id  bigint      GENERATED ALWAYS AS IDENTITY,
    event         text        COLLATE "C" NOT NULL
        CHECK (event IN ('cancelled', 'retried', 'rescheduled', 'reprioritized', 'escalated', 'woken')),
    detail        jsonb       NOT NULL,
    done_by       text        NOT NULL DEFAULT session_user,
    happened_at   timestamptz NOT NULL,
    CONSTRAINT pk_job_event PRIMARY KEY (job_id, job_event_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
COMMENT ON TABLE llm.job_event IS 'What was done to a job from outside its runs: cancelled, retried, put off, given another priority.';
COMMENT ON COLUMN llm.job_event.job_id IS 'the job (llm.job or llm.job_archive)';
COMMENT ON COLUMN llm.job_event.job_event_id IS 'id';
COMMENT ON COLUMN llm.job_event.event IS 'what was done; escalated: the maintenance of runners did it';
COMMENT ON COLUMN llm.job_event.detail IS 'how the job was before, and what it was given';
COMMENT ON COLUMN llm.job_event.done_by IS 'who did it (session_user)';
COMMENT ON COLUMN llm.job_event.happened_at IS 'when';

-- Rows are added once and never changed, so looking them up by correlation id costs little here.
CREATE INDEX ix_job_archive_correlation ON llm.job_archive (correlation_id);
CREATE INDEX ix_schedule_fire_correlation ON llm.schedule_fire (correlation_id);

-- Changed signatures.
DROP FUNCTION IF EXISTS llm.fn_trace_job(bigint);
DROP FUNCTION IF EXISTS ingest.usp_put_page(text, text, text, text, text, text, jsonb, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_enqueue_subjects(bigint[], text, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_run_schedule_now(text, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_begin_schedule_fire(text, timestamptz, boolean, integer, boolean, timestamptz);
