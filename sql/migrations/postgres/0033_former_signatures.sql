-- What databases that were brought here from earlier releases may still have beside the procedures of today: a call that
-- leaves parameters out could mean either.
DROP FUNCTION IF EXISTS kb.usp_rebuild_all(timestamptz);
DROP FUNCTION IF EXISTS llm.usp_advance_open_dags(integer, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_drop_dead_reservations(text, bigint, date, timestamptz);
DROP FUNCTION IF EXISTS onto.usp_read_cost(bigint);
