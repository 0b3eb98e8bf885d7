-- It is told which tables came, and by which run.
DROP FUNCTION IF EXISTS onto.usp_drop_dependents(bigint, timestamptz);
