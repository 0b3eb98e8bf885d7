-- Purpose:     set the domains and conventions of an ontology; internal, the facts of the plan of OntologyFinalization.
-- Parameters:  @ontology_id; @facts {primary_domains: list of texts, conventions: json object}; @run_id, @dag_id; @now UTC.
-- Returns:     {changed: how many of them}.
-- Errors:      none.
-- Idempotency: the same facts again change nothing. Edits are apart from it and stay. Without entities no description stays.
CREATE OR ALTER PROCEDURE onto.usp_apply_ontology_finalization
    @ontology_id bigint, @facts nvarchar(max), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3),
    @result nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @domains nvarchar(max), @conventions nvarchar(max), @description nvarchar(max), @old_domains nvarchar(max),
        @old_conventions nvarchar(max), @old_description nvarchar(max), @changes nvarchar(max), @count bigint;
    SELECT @domains = COALESCE(llm.fn_json_text(JSON_QUERY(@facts, N'$.primary_domains')), N'[]'),
        @conventions = COALESCE(llm.fn_json_text(JSON_QUERY(@facts, N'$.conventions')), N'{}');
    SELECT @old_domains = o.primary_domains, @old_conventions = o.conventions, @old_description = o.description
    FROM onto.ontology AS o
    WHERE o.ontology_id = @ontology_id;
    IF EXISTS (
        SELECT 1 FROM onto.entity AS e WHERE e.ontology_id = @ontology_id AND e.dropped_at IS NULL AND e.kind <> N'staging')
        SET @description = @old_description;
    ELSE
        DELETE FROM onto.answer WHERE ontology_id = @ontology_id AND job_type = N'ontology_finalization';
    UPDATE o
    SET primary_domains = @domains, conventions = @conventions, description = @description, updated_at = @now
    FROM onto.ontology AS o
    WHERE o.ontology_id = @ontology_id
      AND NOT EXISTS (
          SELECT o.primary_domains, o.conventions, o.description
          INTERSECT
          SELECT @domains, @conventions, @description);
    SET @changes = CONCAT(
        N'[{"target_kind":"ontology","target_key":"ontology","field":"primary_domains","before":', @old_domains, N',"after":', @domains,
        N'},{"target_kind":"ontology","target_key":"ontology","field":"conventions","before":', @old_conventions, N',"after":', @conventions,
        N'},{"target_kind":"ontology","target_key":"ontology","field":"description","before":',
        COALESCE(llm.fn_json_string(@old_description), N'null'), N',"after":', COALESCE(llm.fn_json_string(@description), N'null'), N'}]');
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now, @result = @count OUTPUT;
    SET @result = CONCAT(N'{"changed":', @count, N'}');
END;
