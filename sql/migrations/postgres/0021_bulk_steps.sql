-- Bulk operations go on where the last call ended.

-- Changed signatures.
DROP FUNCTION IF EXISTS llm.fn_matching_jobs(jsonb, jsonb, timestamptz, bigint, integer);
DROP FUNCTION IF EXISTS llm.usp_cancel_jobs(jsonb, integer, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_retry_jobs(jsonb, integer, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_reschedule_jobs(jsonb, timestamptz, integer, timestamptz);
