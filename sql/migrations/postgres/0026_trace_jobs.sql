-- What fn_trace_jobs returns has changed: a database that knew the former one could not be brought up to date.
DROP FUNCTION IF EXISTS llm.fn_trace_jobs(uuid, bigint, integer);
