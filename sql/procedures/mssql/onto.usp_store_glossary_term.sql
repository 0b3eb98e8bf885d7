-- Purpose:     write a term with its other names; internal. The caller holds the ontology, looks for clashes of names
--              (onto.fn_name_clash) and logs.
-- Parameters:  @ontology_id; @term_key of the one to change, or of the new one; @document as in onto.usp_put_glossary_term: of one
--              that is there, what is not named stays; @source user, llm_suggested or learned; @by; @run_id; @now UTC.
-- Returns:     its term_key, another one if it is renamed.
-- Errors:      INVALID_STATE for a name that another term has.
-- Idempotency: the same again changes nothing.
CREATE OR ALTER PROCEDURE onto.usp_store_glossary_term
    @ontology_id bigint, @term_key nvarchar(400), @document nvarchar(max), @source nvarchar(40), @by nvarchar(max),
    @run_id uniqueidentifier, @now datetime2(3), @result nvarchar(400) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @id bigint, @name nvarchar(max), @aliases nvarchar(max), @definition nvarchar(max), @sql_pattern nvarchar(max),
        @sql_is_valid bit, @sql_error nvarchar(max), @base_table nvarchar(max), @columns_used nvarchar(max), @filters nvarchar(max),
        @aggregation nvarchar(max), @message nvarchar(2048);
    DECLARE @given TABLE (
        name   nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        value  nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO @given (name, value)
    SELECT d.[key], d.[value] FROM OPENJSON(@document) AS d;
    SELECT @id = g.glossary_term_id, @name = g.term
    FROM onto.glossary_term AS g
    WHERE g.ontology_id = @ontology_id AND g.term_key = @term_key;
    SET @name = onto.fn_term_name(COALESCE((SELECT d.value FROM @given AS d WHERE d.name = N'term'), @name));
    SET @result = onto.fn_term_key(@name);
    IF EXISTS (SELECT 1 FROM onto.glossary_term AS g
               WHERE g.ontology_id = @ontology_id AND g.term_key = @result AND (@id IS NULL OR g.glossary_term_id <> @id))
    BEGIN
        SET @message = CONCAT(N'INVALID_STATE: there is a term ', @name, N' already', NCHAR(10),
            N'HINT: Choose another name, or edit that term.');
        THROW 50010, @message, 1;
    END;

    -- Of one that is there, what is not named stays.
    SELECT @definition = g.definition, @sql_pattern = g.sql_pattern, @sql_is_valid = g.sql_is_valid, @sql_error = g.sql_error,
        @base_table = g.base_table, @columns_used = g.columns_used, @filters = g.filters, @aggregation = g.aggregation
    FROM onto.glossary_term AS g
    WHERE g.glossary_term_id = @id;
    -- What was found out about another statement does not hold for this one.
    IF EXISTS (SELECT 1 FROM @given AS d WHERE d.name = N'sql_pattern'
               AND NOT EXISTS (SELECT d.value INTERSECT SELECT @sql_pattern COLLATE Latin1_General_100_BIN2))
        SELECT @sql_is_valid = NULL, @sql_error = NULL;
    IF EXISTS (SELECT 1 FROM @given AS d WHERE d.name = N'sql_is_valid') SET @sql_error = NULL;
    SELECT @definition = COALESCE(p.definition, @definition),
        @sql_pattern = IIF(p.has_sql_pattern = 1, p.sql_pattern, @sql_pattern),
        @sql_is_valid = IIF(p.has_sql_is_valid = 1, CONVERT(bit, p.sql_is_valid), @sql_is_valid),
        @sql_error = IIF(p.has_sql_error = 1, p.sql_error, @sql_error),
        @base_table = IIF(p.has_base_table = 1, p.base_table, @base_table),
        @columns_used = IIF(p.has_columns_used = 1, llm.fn_json_text(p.columns_used), @columns_used),
        @filters = IIF(p.has_filters = 1, llm.fn_json_text(p.filters), @filters),
        @aggregation = IIF(p.has_aggregation = 1, p.aggregation, @aggregation)
    FROM (
        SELECT MAX(CASE WHEN d.name = N'definition' THEN d.value END) AS definition,
            MAX(CASE WHEN d.name = N'sql_pattern' THEN d.value END) AS sql_pattern,
            MAX(CASE WHEN d.name = N'sql_is_valid' THEN d.value END) AS sql_is_valid,
            MAX(CASE WHEN d.name = N'sql_error' THEN d.value END) AS sql_error,
            MAX(CASE WHEN d.name = N'base_table' THEN d.value END) AS base_table,
            MAX(CASE WHEN d.name = N'columns_used' THEN d.value END) AS columns_used,
            MAX(CASE WHEN d.name = N'filters' THEN d.value END) AS filters,
            MAX(CASE WHEN d.name = N'aggregation' THEN d.value END) AS aggregation,
            MAX(IIF(d.name = N'sql_pattern', 1, 0)) AS has_sql_pattern, MAX(IIF(d.name = N'sql_is_valid', 1, 0)) AS has_sql_is_valid,
            MAX(IIF(d.name = N'sql_error', 1, 0)) AS has_sql_error, MAX(IIF(d.name = N'base_table', 1, 0)) AS has_base_table,
            MAX(IIF(d.name = N'columns_used', 1, 0)) AS has_columns_used, MAX(IIF(d.name = N'filters', 1, 0)) AS has_filters,
            MAX(IIF(d.name = N'aggregation', 1, 0)) AS has_aggregation
        FROM @given AS d
    ) AS p;
    SELECT @columns_used = COALESCE(@columns_used, N'[]'), @filters = COALESCE(@filters, N'[]');

    IF @id IS NULL
    BEGIN
        INSERT INTO onto.glossary_term (ontology_id, term_key, term, definition, sql_pattern, sql_is_valid, sql_error, base_table,
            columns_used, filters, aggregation, source, run_id, created_by, created_at, updated_by, updated_at)
        VALUES (@ontology_id, @result, @name, @definition, @sql_pattern, @sql_is_valid, @sql_error, @base_table, @columns_used,
            @filters, @aggregation, @source, @run_id, @by, @now, @by, @now);
        SET @id = SCOPE_IDENTITY();
    END;
    ELSE
        UPDATE g
        SET term_key = @result, term = @name, definition = @definition, sql_pattern = @sql_pattern, sql_is_valid = @sql_is_valid,
            sql_error = @sql_error, base_table = @base_table, columns_used = @columns_used, filters = @filters,
            aggregation = @aggregation, source = @source, run_id = @run_id, updated_by = @by, updated_at = @now
        FROM onto.glossary_term AS g
        WHERE g.glossary_term_id = @id
          AND NOT EXISTS (
              SELECT g.term, g.definition, g.sql_pattern, g.sql_is_valid, g.sql_error, g.base_table, g.columns_used, g.filters,
                  g.aggregation, g.source
              INTERSECT
              SELECT @name, @definition, @sql_pattern, @sql_is_valid, @sql_error, @base_table, @columns_used, @filters,
                  @aggregation, @source);
    IF EXISTS (SELECT 1 FROM @given AS d WHERE d.name = N'aliases')
    BEGIN
        SET @aliases = onto.fn_term_aliases(@result, (SELECT d.value FROM @given AS d WHERE d.name = N'aliases'));
        DELETE FROM onto.glossary_alias WHERE glossary_term_id = @id;
        INSERT INTO onto.glossary_alias (glossary_term_id, alias)
        SELECT @id, n.[value] FROM OPENJSON(@aliases) AS n;
    END;
END;
