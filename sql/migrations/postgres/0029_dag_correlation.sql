-- A dag is part of what started it: both procedures take its correlation id, and have another signature for that.
DROP FUNCTION IF EXISTS onto.usp_create_dag(text, text, jsonb, jsonb, text, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_create_dag(text, text, jsonb, jsonb, text, timestamptz);
