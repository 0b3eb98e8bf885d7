-- Purpose:     make a term or change one, and log it; internal. The caller holds the ontology.
-- Parameters:  @ontology_id; @term_key of the one to change, or of the new one; @document as in onto.usp_put_glossary_term;
--              @source user, llm_suggested or learned; @by; @change_source as onto.usp_log_changes takes it; @run_id, @dag_id;
--              @now UTC.
-- Returns:     glossary_term_id.
-- Errors:      INVALID_STATE for a name that another term has.
-- Idempotency: the same again changes nothing.
CREATE OR ALTER PROCEDURE onto.usp_write_glossary_term
    @ontology_id bigint, @term_key nvarchar(400), @document nvarchar(max), @source nvarchar(40), @by nvarchar(max),
    @change_source nvarchar(40), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3), @result bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @before nvarchar(max) = onto.fn_term_document(@ontology_id, @term_key), @after nvarchar(max), @key nvarchar(400),
        @keys nvarchar(max), @clash nvarchar(max), @changes nvarchar(max), @logged_by nvarchar(max) = IIF(@run_id IS NULL, @by, NULL),
        @count bigint, @message nvarchar(2048);
    EXEC onto.usp_store_glossary_term @ontology_id = @ontology_id, @term_key = @term_key, @document = @document, @source = @source,
        @by = @by, @run_id = @run_id, @now = @now, @result = @key OUTPUT;
    SET @keys = CONCAT(N'[', llm.fn_json_string(@key), N']');
    SET @clash = onto.fn_name_clash(@ontology_id, @keys);
    IF @clash IS NOT NULL
    BEGIN
        SET @message = CONCAT(N'INVALID_STATE: ', @clash, NCHAR(10), N'HINT: Choose another name, or edit that term.');
        THROW 50010, @message, 1;
    END;
    SET @after = onto.fn_term_document(@ontology_id, @key);
    -- Of a new term the empty lists are none of its changes.
    SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"term","target_key":', llm.fn_json_string(@key),
        N',"field":"', f.[key] COLLATE Latin1_General_100_BIN2, N'","before":', COALESCE(IIF(b.[type] = 1, llm.fn_json_string(b.[value]), b.[value]), N'null'),
        N',"after":', COALESCE(IIF(f.[type] = 1, llm.fn_json_string(f.[value]), f.[value]), N'null'), N'}'), N','), N']')
    FROM OPENJSON(@after) AS f
    LEFT JOIN OPENJSON(@before) AS b ON b.[key] = f.[key]
    WHERE b.[key] IS NOT NULL OR NOT (f.[type] = 4 AND NOT EXISTS (SELECT 1 FROM OPENJSON(CASE WHEN f.[type] = 4 THEN f.[value] END)));
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = @change_source, @run_id = @run_id,
        @dag_id = @dag_id, @now = @now, @by = @logged_by, @result = @count OUTPUT;
    IF @count > 0 AND @dag_id IS NULL
        EXEC onto.usp_raise_version @ontology_id = @ontology_id, @dag_id = NULL, @now = @now;
    SELECT @result = g.glossary_term_id
    FROM onto.glossary_term AS g
    WHERE g.ontology_id = @ontology_id AND g.term_key = @key;
END;
