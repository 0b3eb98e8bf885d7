-- What a schedule sets off may take many steps: each firing is a row with its state, so that a crash of whoever works on it
-- loses nothing and another goes on.
ALTER TABLE llm.schedule
    ADD COLUMN misfire_grace_seconds integer NOT NULL DEFAULT 60 CHECK (misfire_grace_seconds >= 0),
    ADD COLUMN created_by            text    NOT NULL DEFAULT session_user;
COMMENT ON COLUMN llm.schedule.misfire_grace_seconds IS 'skip: how late a firing may be and still take place, seconds';
COMMENT ON COLUMN llm.schedule.last_fired_at IS 'when it last fired, was skipped or failed';
COMMENT ON COLUMN llm.schedule.created_by IS 'who made it (session_user)';

ALTER TABLE llm.schedule_fire
    ADD COLUMN status            text    COLLATE "C" NOT NULL DEFAULT 'DONE'
        CHECK (status IN ('OPEN', 'DONE', 'FAILED', 'SKIPPED')),
    ADD COLUMN is_manual         boolean NOT NULL DEFAULT false,
    ADD COLUMN missed_count      integer NOT NULL DEFAULT 0,
    ADD COLUMN action            text,
    ADD COLUMN payload           jsonb,
    ADD COLUMN program_step      text,
    ADD COLUMN correlation_id    uuid    NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN attempt_count     integer NOT NULL DEFAULT 0,
    ADD COLUMN locked_by         uuid,
    ADD COLUMN lease_expires_at  timestamptz,
    ADD COLUMN error_code        text,
    ADD COLUMN error             text,
    ADD COLUMN finished_at       timestamptz;
UPDATE llm.schedule_fire SET finished_at = fired_at;
CREATE INDEX ix_schedule_fire_open ON llm.schedule_fire (fired_at) WHERE status = 'OPEN';
COMMENT ON COLUMN llm.schedule_fire.status IS 'OPEN while steps are left, DONE, FAILED, or SKIPPED by its misfire policy';
COMMENT ON COLUMN llm.schedule_fire.is_manual IS 'whether a person asked for it (run-now); then fire_at is when';
COMMENT ON COLUMN llm.schedule_fire.missed_count IS 'later times that were missed with it and are covered by it (counted to 10 000)';
COMMENT ON COLUMN llm.schedule_fire.action IS 'the action as it was then';
COMMENT ON COLUMN llm.schedule_fire.payload IS 'the payload as it was then';
COMMENT ON COLUMN llm.schedule_fire.program_step IS 'what the program has to do next (ingest, dedupe_audit); null where SQL does the rest';
COMMENT ON COLUMN llm.schedule_fire.correlation_id IS 'that of all jobs it enqueued';
COMMENT ON COLUMN llm.schedule_fire.attempt_count IS 'how often its program step was begun';
COMMENT ON COLUMN llm.schedule_fire.locked_by IS 'the scheduler that works on the program step';
COMMENT ON COLUMN llm.schedule_fire.lease_expires_at IS 'until when, unless renewed; without locked_by: when it may be tried again';
COMMENT ON COLUMN llm.schedule_fire.error_code IS 'why it failed, or the last attempt did';
COMMENT ON COLUMN llm.schedule_fire.error IS 'the same in a sentence';
COMMENT ON COLUMN llm.schedule_fire.finished_at IS 'when it was DONE, FAILED or SKIPPED';

-- Changed signatures.
DROP FUNCTION IF EXISTS llm.usp_put_schedule(text, text, text, text, jsonb, timestamptz, text, boolean);
DROP FUNCTION IF EXISTS llm.usp_due_schedules(timestamptz);
DROP FUNCTION IF EXISTS llm.usp_fire_schedule(text, timestamptz, timestamptz, timestamptz);
DROP FUNCTION IF EXISTS llm.fn_matching_jobs(jsonb, jsonb, timestamptz);
