-- Costs of some days are read from the calls of those days.

-- llm.vw_run_cost by day. An entry for each 32 pages, so that a call costs no more to write.
CREATE INDEX ix_call_day ON llm.call USING brin (((started_at AT TIME ZONE 'UTC')::date)) WITH (pages_per_range = 32);

-- Changed signature.
DROP FUNCTION IF EXISTS llm.usp_list_limits(timestamptz);
