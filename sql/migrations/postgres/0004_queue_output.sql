-- The claim returns what a runner reads and no more; completion can name only what it refused. Both change their
-- signatures, so the old ones go.

DROP FUNCTION IF EXISTS llm.usp_claim_jobs(uuid, jsonb, integer, integer, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_complete_jobs(jsonb, timestamptz);
