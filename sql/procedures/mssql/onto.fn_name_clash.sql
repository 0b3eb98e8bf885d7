-- Purpose:     why names of terms mean two things, in a sentence; internal.
-- Parameters:  @ontology_id; @term_keys json array of the terms that were written.
-- Returns:     the first clash of one of them: one of its names is another term, or it is another name of one; null if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION onto.fn_name_clash (@ontology_id bigint, @term_keys nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT TOP (1) CONCAT(N'one of the names of ', g.term, N' is one of the term ', k.term)
        FROM onto.glossary_term AS g
        JOIN onto.glossary_alias AS a ON a.glossary_term_id = g.glossary_term_id
        JOIN onto.glossary_term AS k
            ON k.ontology_id = g.ontology_id AND k.term_key = CONVERT(nvarchar(4000), onto.fn_term_key(a.alias))
        WHERE g.ontology_id = @ontology_id
          AND EXISTS (SELECT 1 FROM OPENJSON(@term_keys) AS w WHERE w.[value] COLLATE Latin1_General_100_BIN2 IN (g.term_key, k.term_key))
        ORDER BY g.term_key, k.term_key);
END;
