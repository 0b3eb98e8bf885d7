-- Purpose:     erase every value that is kept of a column that became sensitive, and whatever a model said having seen them;
--              counts and lengths stay; internal.
-- Parameters:  @ontology_id; @subject_key of the column; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes. What was said of the column and of its table is asked for anew, without values; edits stay. Earlier prompts
--              lie in the lake until that is pruned.
CREATE OR ALTER PROCEDURE onto.usp_forget_values @ontology_id bigint, @subject_key nvarchar(4000), @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @table_id bigint, @table_key nvarchar(600), @column_id bigint, @column nvarchar(300);
    DECLARE @term TABLE (
        term_key  nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY
    );
    DECLARE @relationship TABLE (
        relationship_id  bigint     NOT NULL PRIMARY KEY,
        key_sha256       binary(32) NOT NULL
    );
    SELECT @table_id = t.schema_table_id, @table_key = t.table_key, @column_id = c.schema_column_id, @column = c.column_key
    FROM onto.schema_table AS t
    JOIN onto.schema_column AS c
        ON c.schema_table_id = t.schema_table_id AND c.column_key = SUBSTRING(@subject_key, LEN(t.table_key) + 2, 300)
    WHERE t.ontology_id = @ontology_id AND LEFT(@subject_key, LEN(t.table_key) + 1) = CONCAT(t.table_key, N'.')
      AND CONCAT(t.table_key, N'.', c.column_key) = @subject_key;
    INSERT INTO @term (term_key)
    SELECT g.term_key
    FROM onto.glossary_term AS g
    WHERE g.ontology_id = @ontology_id AND g.source = N'llm_suggested'
      AND (EXISTS (SELECT 1 FROM OPENJSON(g.columns_used) AS u WHERE u.[value] COLLATE Latin1_General_100_BIN2 = @subject_key)
           OR EXISTS (
               SELECT 1
               FROM OPENJSON(g.filters) WITH ([column] nvarchar(max) '$.column') AS f
               WHERE f.[column] COLLATE Latin1_General_100_BIN2 = @subject_key
                  OR (f.[column] COLLATE Latin1_General_100_BIN2 = @column AND g.base_table = @table_key)));
    UPDATE onto.schema_column
    SET samples = NULL, distribution = NULL, min_value = NULL, max_value = NULL, avg_value = NULL, updated_at = @now,
        patterns = (
            SELECT N'[' + STRING_AGG(JSON_MODIFY(JSON_MODIFY(p.[value], '$.example', NULL), '$.examples', NULL), N',')
                WITHIN GROUP (ORDER BY CONVERT(int, p.[key])) + N']'
            FROM OPENJSON(patterns) AS p)
    WHERE schema_column_id = @column_id;
    DELETE FROM onto.column_feature WHERE schema_column_id = @column_id;
    INSERT INTO @relationship (relationship_id, key_sha256)
    SELECT r.relationship_id, r.relationship_key_sha256
    FROM onto.relationship AS r
    WHERE r.ontology_id = @ontology_id
      AND ((r.from_table_id = @table_id
            AND EXISTS (SELECT 1 FROM OPENJSON(r.from_columns) AS f WHERE f.[value] COLLATE Latin1_General_100_BIN2 = @column))
           OR (r.to_table_id = @table_id
               AND EXISTS (SELECT 1 FROM OPENJSON(r.to_columns) AS k WHERE k.[value] COLLATE Latin1_General_100_BIN2 = @column)));
    -- A profile holds no answer of a model, and its input changes by itself. Each answer by its whole key: there are many.
    DELETE a
    FROM llm.job_type AS t
    CROSS JOIN (VALUES (CONVERT(binary(32), HASHBYTES('SHA2_256', @subject_key))),
        (CONVERT(binary(32), HASHBYTES('SHA2_256', CONVERT(nvarchar(4000), @table_key))))) AS k (key_sha256)
    JOIN onto.answer AS a
        ON a.ontology_id = @ontology_id AND a.job_type = t.job_type AND a.subject_key_sha256 = k.key_sha256
    WHERE a.model IS NOT NULL
    OPTION (LOOP JOIN, FORCE ORDER);
    DELETE FROM onto.answer
    WHERE ontology_id = @ontology_id AND job_type = N'glossary_suggestion' AND model IS NOT NULL;
    DELETE a
    FROM @relationship AS k
    JOIN onto.answer AS a
        ON a.ontology_id = @ontology_id AND a.job_type = N'relationship_validation' AND a.subject_key_sha256 = k.key_sha256
    WHERE a.model IS NOT NULL
    OPTION (LOOP JOIN, FORCE ORDER);
    UPDATE r
    SET [statistics] = N'{}', reasoning = NULL, updated_at = @now
    FROM onto.relationship AS r
    JOIN @relationship AS k ON k.relationship_id = r.relationship_id
    WHERE r.[statistics] <> N'{}' OR r.reasoning IS NOT NULL;
    -- A statement that was suggested may hold values as filters; what a person wrote stays.
    UPDATE g
    SET filters = N'[]', sql_pattern = NULL, sql_is_valid = NULL, sql_error = NULL, updated_at = @now
    FROM onto.glossary_term AS g
    JOIN @term AS k ON k.term_key = g.term_key
    WHERE g.ontology_id = @ontology_id AND g.source = N'llm_suggested';
    UPDATE l
    SET before = NULL, after = NULL
    FROM onto.change_log AS l
    WHERE l.ontology_id = @ontology_id AND l.target_kind = N'column'
      AND l.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @subject_key)) AND l.source = N'inferred';
    UPDATE l
    SET before = NULL, after = NULL
    FROM @term AS k
    JOIN onto.change_log AS l
        ON l.ontology_id = @ontology_id AND l.target_kind = N'term'
            AND l.target_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', k.term_key))
    WHERE l.source = N'inferred';
END;
