-- Purpose:     set one field of an ontology, a column, a relationship or an entity; it stays set, whatever runs infer.
-- Parameters:  @datasource; @target_kind ontology, column, relationship or entity; @target_key its natural key ('ontology',
--              table_key.column_key, relationship_key, table_key); @field, @value json as in onto.fn_override_fault, an empty
--              text blanks a text; @source human or agent; @by who says so, default the login; @is_import logs it as an
--              import; @now UTC.
-- Returns:     override_id; changed: whether the edit is new or says something else than before.
-- Errors:      NOT_FOUND for a datasource without ontology or a target that is not there, INVALID_PAYLOAD.
-- Idempotency: the same edit again changes nothing but what it is based on. Values of a column that becomes sensitive are
--              erased at once.
CREATE OR ALTER PROCEDURE onto.usp_put_override
    @datasource nvarchar(4000), @target_kind nvarchar(max), @target_key nvarchar(max), @field nvarchar(max), @value nvarchar(max),
    @source nvarchar(4000) = N'human', @by nvarchar(max) = NULL, @is_import bit = 0, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #apply_edits (
        target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        override_id  bigint         NULL,
        changed      bit            NOT NULL,
        before       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        after        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    DECLARE @edits nvarchar(max) = CONCAT(N'[{"target_kind":', COALESCE(llm.fn_json_string(@target_kind), N'null'),
        N',"target_key":', COALESCE(llm.fn_json_string(@target_key), N'null'),
        N',"field":', COALESCE(llm.fn_json_string(@field), N'null'), N',"value":', COALESCE(@value, N'null'), N'}]');
    EXEC onto.usp_apply_edits @datasource = @datasource, @edits = @edits, @source = @source, @by = @by, @is_import = @is_import,
        @now = @now, @into_caller = 1;
    SELECT e.override_id, e.changed FROM #apply_edits AS e;
END;
