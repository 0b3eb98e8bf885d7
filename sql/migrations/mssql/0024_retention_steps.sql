-- Steps of retention look at a bounded number of rows, whatever stays.

-- The oldest go first; without it each step of a thousand would read them all.
CREATE INDEX ix_worker_heartbeat ON llm.worker (heartbeat_at);

-- Changed signatures: CREATE OR ALTER takes them as they are.
