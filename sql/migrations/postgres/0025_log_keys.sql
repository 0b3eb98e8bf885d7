-- What is logged of a rescue and of a firing says to which correlation id it belongs. Changed signatures.
DROP FUNCTION IF EXISTS llm.usp_rescue_expired_jobs(integer, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_begin_schedule_fire(text, timestamptz, boolean, integer, boolean, timestamptz, uuid);
DROP FUNCTION IF EXISTS llm.usp_fire_schedule(text, timestamptz, timestamptz, integer, boolean, timestamptz);
