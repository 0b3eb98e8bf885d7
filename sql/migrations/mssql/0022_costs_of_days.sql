-- Costs of some days are read from the calls of those days.

-- llm.vw_run_cost by day asks for a stretch of started_at, and llm.call is kept in its order (ix_call_started).

-- Changed signatures: CREATE OR ALTER takes them as they are.
