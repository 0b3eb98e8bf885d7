-- Steps of retention look at a bounded number of rows, whatever stays.

-- The oldest go first; without it each step of a thousand would read them all.
CREATE INDEX ix_worker_heartbeat ON llm.worker (heartbeat_at);

-- Changed signatures.
DROP FUNCTION IF EXISTS llm.usp_archive_jobs(timestamptz, integer, timestamptz, jsonb, bigint);
