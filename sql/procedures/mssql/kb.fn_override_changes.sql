-- Purpose:     check what an override sets, and add the keys that it is looked up by; internal. A procedure, for a function of
--              SQL Server cannot raise.
-- Parameters:  @kind, @decision, @changes as kb.usp_adjudicate takes them: of an entity entity_name, entity_type,
--              description, attributes; of a relation relation_type, start, end; of a fact attribute, value, start, end; of a
--              page_classification primary_type, type_set, descriptor_sentence, tags. A start or end of null is open. A
--              relation_type or attribute that is not ASCII comes with its relation_type_key or attribute_key.
-- Returns:     @result: the changes; {} for another decision than override.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: pure.
CREATE OR ALTER PROCEDURE kb.fn_override_changes
    @kind nvarchar(40), @decision nvarchar(40), @changes nvarchar(max), @result nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @name nvarchar(40) = CASE @kind WHEN N'relation' THEN N'relation_type' WHEN N'fact' THEN N'attribute' END,
        @name_text nvarchar(max), @key_text nvarchar(max), @key nvarchar(max), @bad nvarchar(400), @message nvarchar(2048);
    SET @result = COALESCE(@changes, N'{}');
    IF ISJSON(@result) = 0 OR LEFT(TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @result), 1) <> N'{'
        OR IIF(@decision = N'override', 1, 0) <> IIF(EXISTS (SELECT 1 FROM OPENJSON(@result) AS j), 1, 0)
        THROW 50004, N'INVALID_PAYLOAD: override, and nothing else, comes with the values that it sets', 1;
    SET @result = llm.fn_json_text(@result);

    SELECT TOP (1) @bad = LEFT(c.[key], 400)
    FROM OPENJSON(@result) AS c
    LEFT JOIN (VALUES (N'entity', N'entity_name', 1), (N'entity', N'entity_type', 1), (N'entity', N'description', 1),
        (N'entity', N'attributes', 4), (N'relation', N'relation_type', 1), (N'relation', N'relation_type_key', 1),
        (N'relation', N'start', 0), (N'relation', N'end', 0), (N'fact', N'attribute', 1), (N'fact', N'attribute_key', 1),
        (N'fact', N'value', 1), (N'fact', N'start', 0), (N'fact', N'end', 0), (N'page_classification', N'primary_type', 1),
        (N'page_classification', N'type_set', 4), (N'page_classification', N'descriptor_sentence', 1),
        (N'page_classification', N'tags', 4)) AS k (kind, name, json_type)
        ON k.kind = @kind AND k.name = c.[key] COLLATE Latin1_General_100_BIN2
    WHERE k.name IS NULL
       -- A time is a string or null.
       OR (c.[type] <> k.json_type AND NOT (k.json_type = 0 AND c.[type] = 1))
       OR (c.[type] = 1 AND TRIM(c.[value]) COLLATE Latin1_General_100_BIN2 = N'')
    ORDER BY LEN(c.[key]), c.[key];
    IF @bad IS NOT NULL
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: ', @bad, N' cannot be overridden in a ', @kind, N', or not with that');
        THROW 50004, @message, 1;
    END;

    SELECT @name_text = MAX(CASE WHEN c.[key] COLLATE Latin1_General_100_BIN2 = @name THEN c.[value] END),
        @key_text = MAX(CASE WHEN c.[key] COLLATE Latin1_General_100_BIN2 = CONCAT(@name, N'_key') THEN c.[value] END)
    FROM OPENJSON(@result) AS c;
    IF @name IS NULL OR (@name_text IS NULL AND @key_text IS NULL)
        RETURN;
    SET @key = kb.fn_loaded_key(@name_text, N'type', @key_text);
    IF @name_text IS NULL OR COALESCE(@key, N'') COLLATE Latin1_General_100_BIN2 = N''
    BEGIN
        SET @message = CONCAT(N'INVALID_PAYLOAD: ', @name, N' and ', @name, N'_key go together', NCHAR(10),
            N'HINT: The key is the name in lower case with _ for spaces and dashes; ',
            N'SQL finds it by itself for names of letters, digits and ASCII signs.');
        THROW 50004, @message, 1;
    END;
    SET @result = JSON_MODIFY(@result, CONCAT(N'$.', @name, N'_key'), @key);
END;
