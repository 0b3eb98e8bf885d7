-- It says whether anything changed.
DROP FUNCTION IF EXISTS onto.usp_import_words(bigint, jsonb, jsonb, text, timestamptz);
