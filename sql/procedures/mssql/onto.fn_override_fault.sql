-- Purpose:     why a value cannot be set by an edit, in a sentence; internal.
-- Parameters:  @target_kind ontology, column, relationship or entity; @field; @value json; @is_removed only asks
--              whether there is such a field.
-- Returns:     the fault; null if there is none.
-- Errors:      none.
-- Idempotency: pure.
-- Characters are counted in UTF-16.
CREATE OR ALTER FUNCTION onto.fn_override_fault (
    @target_kind nvarchar(max), @field nvarchar(max), @value nvarchar(max), @is_removed bit = 0)
RETURNS nvarchar(max)
AS
BEGIN
    DECLARE @type int, @text nvarchar(max), @written nvarchar(max) = @value, @shape nvarchar(20);
    -- With a dot at the end: blanks at the end of a text are not compared.
    SET @shape = CASE CONCAT(@target_kind, N'.', @field, N'.') COLLATE Latin1_General_100_BIN2
        WHEN N'ontology.description.' THEN N'text'
        WHEN N'ontology.primary_domains.' THEN N'texts'
        WHEN N'ontology.conventions.' THEN N'object'
        WHEN N'column.description.' THEN N'text'
        WHEN N'column.semantic_type.' THEN N'text'
        WHEN N'column.purpose.' THEN N'purpose'
        WHEN N'column.role.' THEN N'role'
        WHEN N'column.fk_role.' THEN N'text'
        WHEN N'column.synonyms.' THEN N'texts'
        WHEN N'column.enum_values.' THEN N'values'
        WHEN N'column.is_sensitive.' THEN N'boolean'
        WHEN N'relationship.status.' THEN N'status'
        WHEN N'relationship.description.' THEN N'text'
        WHEN N'relationship.from_role.' THEN N'text'
        WHEN N'relationship.to_role.' THEN N'text'
        WHEN N'relationship.cardinality.' THEN N'cardinality'
        WHEN N'entity.name.' THEN N'name'
        WHEN N'entity.description.' THEN N'text'
        WHEN N'entity.domain.' THEN N'text'
        WHEN N'entity.aliases.' THEN N'texts'
        WHEN N'entity.key_columns.' THEN N'keys' END;
    IF CONCAT(@target_kind, N'.') COLLATE Latin1_General_100_BIN2 NOT IN (N'ontology.', N'column.', N'relationship.', N'entity.')
        RETURN N'an edit is about an ontology, a column, a relationship or an entity';
    IF @shape IS NULL
        RETURN CONCAT(N'a field of a ', @target_kind, N' that can be edited is one of ', CASE @target_kind
            WHEN N'ontology' THEN N'description, primary_domains, conventions'
            WHEN N'column' THEN N'description, semantic_type, purpose, role, fk_role, synonyms, enum_values, is_sensitive'
            WHEN N'relationship' THEN N'status, description, from_role, to_role, cardinality'
            ELSE N'name, description, domain, aliases, key_columns' END);
    IF @is_removed = 1 RETURN NULL;

    SELECT @type = j.[type], @text = j.[value] FROM OPENJSON(N'[' + @value + N']') AS j;
    SET @type = COALESCE(@type, -1);
    IF @type = 1 SET @written = llm.fn_json_string(@text);
    IF @shape IN (N'text', N'name', N'boolean', N'status', N'cardinality', N'purpose', N'role', N'object')
        RETURN CASE
            WHEN @shape = N'text' AND @type <> 1 THEN CONCAT(@field, N' is a text')
            WHEN @shape = N'text' AND LEN(CONCAT(@text, N'.')) > 4001 THEN CONCAT(@field, N' has 4000 characters at most')
            WHEN @shape = N'name' AND (@type <> 1 OR @text COLLATE Latin1_General_100_BIN2 = N'' OR LEN(CONCAT(@text, N'.')) > 201)
                THEN CONCAT(@field, N' is a text of 1 to 200 characters')
            WHEN @shape = N'boolean' AND @type <> 3 THEN CONCAT(@field, N' is true or false')
            WHEN @shape = N'status' AND (@type <> 1 OR @written COLLATE Latin1_General_100_BIN2 NOT IN (N'"accepted"', N'"rejected"'))
                THEN CONCAT(N'status is accepted or rejected, not ', COALESCE(@written, N'nothing'))
            WHEN @shape = N'cardinality'
                AND (@type <> 1 OR @written COLLATE Latin1_General_100_BIN2 NOT IN (N'"1:1"', N'"N:1"', N'"1:N"', N'"N:M"'))
                THEN CONCAT(N'cardinality is 1:1, N:1, 1:N or N:M, not ', COALESCE(@written, N'nothing'))
            WHEN @shape = N'purpose' AND (@type <> 1 OR @written COLLATE Latin1_General_100_BIN2 NOT IN (
                N'"identifier"', N'"timestamp"', N'"flag"', N'"measure"', N'"enum"', N'"text"', N'"json"'))
                THEN CONCAT(N'purpose is identifier, timestamp, flag, measure, enum, text or json, not ', COALESCE(@written, N'nothing'))
            WHEN @shape = N'role' AND (@type <> 1 OR @written COLLATE Latin1_General_100_BIN2 NOT IN (
                N'""', N'"primary_key"', N'"foreign_key"', N'"identifier"', N'"attribute"', N'"dimension"', N'"measure"'))
                THEN CONCAT(N'role is primary_key, foreign_key, identifier, attribute, dimension or measure, not ',
                    COALESCE(@written, N'nothing'))
            WHEN @shape = N'object' AND @type <> 5 THEN CONCAT(@field, N' is a json object') END;

    -- texts, values, keys
    IF @type <> 4 RETURN CONCAT(@field, N' is a json array');
    IF (SELECT COUNT(*) FROM OPENJSON(@value) AS e) > 1000 RETURN CONCAT(@field, N' has 1000 entries at most');
    IF @shape = N'texts' AND EXISTS (SELECT 1 FROM OPENJSON(@value) AS e WHERE e.[type] <> 1 OR DATALENGTH(e.[value]) = 0)
        RETURN CONCAT(@field, N' is a list of texts that are not empty');
    IF @shape = N'values' AND EXISTS (
        SELECT 1
        FROM OPENJSON(@value) AS e
        OUTER APPLY (
            SELECT MAX(IIF(p.[key] = N'value', 1, 0)) AS has_value, MAX(IIF(p.[key] = N'label' AND p.[type] <> 1, 1, 0)) AS bad_label
            FROM OPENJSON(CASE e.[type] WHEN 5 THEN e.[value] END) AS p
        ) AS f
        WHERE COALESCE(f.has_value, 0) = 0 OR f.bad_label = 1)
        RETURN CONCAT(@field, N' is a list of {value, label, category?, description?}');
    IF @shape = N'keys' AND EXISTS (
        SELECT 1
        FROM OPENJSON(@value) AS e
        OUTER APPLY (
            SELECT MAX(IIF(p.[key] = N'name' AND p.[type] = 1, 1, 0)) AS has_name,
                MAX(IIF(p.[key] = N'synonyms' AND p.[type] <> 4, 1, 0)) AS bad_synonyms
            FROM OPENJSON(CASE e.[type] WHEN 5 THEN e.[value] END) AS p
        ) AS f
        WHERE COALESCE(f.has_name, 0) = 0 OR f.bad_synonyms = 1)
        RETURN CONCAT(@field, N' is a list of {name, synonyms}');
    RETURN NULL;
END;
