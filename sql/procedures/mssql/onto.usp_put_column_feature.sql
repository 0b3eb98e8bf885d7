-- Purpose:     write what a step inferred about a column, and tell the change log; internal, a step of routing.
-- Parameters:  @ontology_id, @schema_column_id, @subject_key as onto.usp_begin_routing returned them; @feature {purpose?,
--              semantic_type?, role?, description?, confidence?, classification_path?, needs_enum_analysis?,
--              needs_fk_resolution?, needs_cross_column_check?, enum_values?: array, details?: object}: what is not named
--              stays, and of details each entry, a null one is removed; @model, @run_id, @dag_id; @now UTC.
-- Returns:     whether anything changed.
-- Errors:      none.
-- Idempotency: the same feature again changes nothing.
-- Edits are not touched: they are in onto.override.
CREATE OR ALTER PROCEDURE onto.usp_put_column_feature
    @ontology_id bigint, @schema_column_id bigint, @subject_key nvarchar(4000), @feature nvarchar(max), @model nvarchar(200),
    @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3), @result bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @is_there bit = 0, @changes nvarchar(max), @given_enum_values nvarchar(max), @given_details nvarchar(max),
        @old_path nvarchar(40), @old_purpose nvarchar(100), @old_semantic_type nvarchar(4000), @old_role nvarchar(4000),
        @old_description nvarchar(max), @old_confidence decimal(5, 4), @old_details nvarchar(max), @old_enum_values nvarchar(max),
        @old_enum_analysis bit, @old_fk_resolution bit, @old_cross_check bit,
        @path nvarchar(max), @purpose nvarchar(max), @semantic_type nvarchar(max), @role nvarchar(max),
        @description nvarchar(max), @confidence decimal(5, 4), @details nvarchar(max), @enum_values nvarchar(max),
        @enum_analysis bit, @fk_resolution bit, @cross_check bit;
    SELECT @is_there = 1, @old_path = f.classification_path, @old_purpose = f.purpose, @old_semantic_type = f.semantic_type,
        @old_role = f.role, @old_description = f.description, @old_confidence = f.confidence, @old_details = f.details,
        @old_enum_values = f.enum_values, @old_enum_analysis = f.needs_enum_analysis, @old_fk_resolution = f.needs_fk_resolution,
        @old_cross_check = f.needs_cross_column_check
    FROM onto.column_feature AS f WITH (UPDLOCK, ROWLOCK)
    WHERE f.schema_column_id = @schema_column_id;
    SELECT @path = COALESCE(MAX(CASE WHEN g.[key] = N'classification_path' THEN g.[value] END), @old_path),
        @purpose = IIF(SUM(IIF(g.[key] = N'purpose', 1, 0)) > 0, MAX(CASE WHEN g.[key] = N'purpose' THEN g.[value] END), @old_purpose),
        @semantic_type = IIF(SUM(IIF(g.[key] = N'semantic_type', 1, 0)) > 0,
            MAX(CASE WHEN g.[key] = N'semantic_type' THEN g.[value] END), @old_semantic_type),
        @role = IIF(SUM(IIF(g.[key] = N'role', 1, 0)) > 0, MAX(CASE WHEN g.[key] = N'role' THEN g.[value] END), @old_role),
        @description = IIF(SUM(IIF(g.[key] = N'description', 1, 0)) > 0,
            MAX(CASE WHEN g.[key] = N'description' THEN g.[value] END), @old_description),
        @confidence = IIF(SUM(IIF(g.[key] = N'confidence', 1, 0)) > 0,
            CONVERT(decimal(5, 4), CONVERT(float, MAX(CASE WHEN g.[key] = N'confidence' THEN g.[value] END))), @old_confidence),
        @given_enum_values = MAX(CASE WHEN g.[key] = N'enum_values' AND g.[type] = 4 THEN g.[value] END),
        @given_details = MAX(CASE WHEN g.[key] = N'details' AND g.[type] = 5 THEN g.[value] END),
        @enum_analysis = COALESCE(CONVERT(bit, MAX(CASE WHEN g.[key] = N'needs_enum_analysis' THEN g.[value] END)), @old_enum_analysis, 0),
        @fk_resolution = COALESCE(CONVERT(bit, MAX(CASE WHEN g.[key] = N'needs_fk_resolution' THEN g.[value] END)), @old_fk_resolution, 0),
        @cross_check = COALESCE(CONVERT(bit, MAX(CASE WHEN g.[key] = N'needs_cross_column_check' THEN g.[value] END)), @old_cross_check, 0)
    FROM OPENJSON(@feature) AS g;
    IF @path IS NULL
        SELECT @path = c.classification_path FROM onto.schema_column AS c WHERE c.schema_column_id = @schema_column_id;
    SET @path = COALESCE(@path, N'unknown');
    SET @enum_values = COALESCE(llm.fn_json_text(@given_enum_values), @old_enum_values, N'[]');
    SELECT @details = llm.fn_json_text(CONCAT(N'{', STRING_AGG(CONCAT(llm.fn_json_string(d.name), N':', d.document), N','), N'}'))
    FROM (
        SELECT n.[key] AS name, IIF(n.[type] = 1, llm.fn_json_string(n.[value]), n.[value]) AS document
        FROM OPENJSON(@given_details) AS n
        WHERE n.[type] <> 0
        UNION ALL
        SELECT o.[key], IIF(o.[type] = 1, llm.fn_json_string(o.[value]), o.[value])
        FROM OPENJSON(@old_details) AS o
        WHERE o.[type] <> 0 AND NOT EXISTS (SELECT 1 FROM OPENJSON(@given_details) AS n WHERE n.[key] = o.[key])
    ) AS d;

    SET @result = 0;
    IF @is_there = 1 AND EXISTS (
        SELECT @old_path COLLATE Latin1_General_100_BIN2, @old_purpose COLLATE Latin1_General_100_BIN2,
            @old_semantic_type COLLATE Latin1_General_100_BIN2, @old_role COLLATE Latin1_General_100_BIN2,
            @old_description COLLATE Latin1_General_100_BIN2, @old_confidence, @old_details COLLATE Latin1_General_100_BIN2,
            @old_enum_values COLLATE Latin1_General_100_BIN2, @old_enum_analysis, @old_fk_resolution, @old_cross_check
        INTERSECT
        SELECT @path, @purpose, @semantic_type, @role, @description, @confidence, @details, @enum_values, @enum_analysis,
            @fk_resolution, @cross_check)
        RETURN;

    SET @result = 1;
    IF @is_there = 1
        UPDATE onto.column_feature
        SET classification_path = @path, purpose = @purpose, semantic_type = @semantic_type, role = @role, description = @description,
            confidence = @confidence, details = @details, enum_values = @enum_values, needs_enum_analysis = @enum_analysis,
            needs_fk_resolution = @fk_resolution, needs_cross_column_check = @cross_check, model = @model, run_id = @run_id,
            analyzed_at = @now, updated_at = @now
        WHERE schema_column_id = @schema_column_id;
    ELSE
        INSERT INTO onto.column_feature (schema_column_id, classification_path, purpose, semantic_type, role, description, confidence,
            details, synonyms, enum_values, needs_enum_analysis, needs_fk_resolution, needs_cross_column_check, model, run_id,
            analyzed_at, updated_at)
        VALUES (@schema_column_id, @path, @purpose, @semantic_type, @role, @description, @confidence, @details, N'[]', @enum_values,
            @enum_analysis, @fk_resolution, @cross_check, @model, @run_id, @now, @now);

    SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"column","target_key":', llm.fn_json_string(@subject_key),
        N',"field":"', v.field, N'","before":', COALESCE(v.before, N'null'), N',"after":', COALESCE(v.after, N'null'), N'}'), N','), N']')
    FROM (VALUES
        (N'classification_path', llm.fn_json_string(@old_path), llm.fn_json_string(@path)),
        (N'purpose', llm.fn_json_string(@old_purpose), llm.fn_json_string(@purpose)),
        (N'semantic_type', llm.fn_json_string(@old_semantic_type), llm.fn_json_string(@semantic_type)),
        (N'role', llm.fn_json_string(@old_role), llm.fn_json_string(@role)),
        (N'description', llm.fn_json_string(@old_description), llm.fn_json_string(@description)),
        (N'confidence', CONVERT(nvarchar(20), @old_confidence), CONVERT(nvarchar(20), @confidence)),
        (N'details', NULLIF(@old_details, N'{}'), NULLIF(@details, N'{}')),
        (N'enum_values', NULLIF(@old_enum_values, N'[]'), NULLIF(@enum_values, N'[]'))
    ) AS v (field, before, after);
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now;
END;
