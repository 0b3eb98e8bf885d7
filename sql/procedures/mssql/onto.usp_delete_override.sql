-- Purpose:     take an edit back: what runs infer counts again.
-- Parameters:  @datasource, @target_kind, @target_key, @field as in onto.usp_put_override; @source human or agent; @by who
--              says so, default the login; @now UTC.
-- Returns:     deleted.
-- Errors:      NOT_FOUND for a datasource without ontology, INVALID_PAYLOAD for a field that cannot be edited.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE onto.usp_delete_override
    @datasource nvarchar(4000), @target_kind nvarchar(max), @target_key nvarchar(max), @field nvarchar(max),
    @source nvarchar(4000) = N'human', @by nvarchar(max) = NULL, @now datetime2(3) = NULL
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
        N',"field":', COALESCE(llm.fn_json_string(@field), N'null'), N',"is_removed":true}]');
    EXEC onto.usp_apply_edits @datasource = @datasource, @edits = @edits, @source = @source, @by = @by, @is_import = 0,
        @now = @now, @into_caller = 1;
    SELECT e.changed AS deleted FROM #apply_edits AS e;
END;
