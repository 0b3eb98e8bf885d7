-- Purpose:     bring the declared foreign keys of an ontology to what its schema says; internal, the facts of the plan of
--              RelationshipDiscovery.
-- Parameters:  @ontology_id; @facts {declared: relationships as onto.usp_put_relationships takes them, gone:
--              [relationship_key] of those that are declared no more}; @run_id, @dag_id; @now UTC.
-- Returns:     {declared, gone}: rows that changed.
-- Errors:      none.
-- Idempotency: the same facts again change nothing.
CREATE OR ALTER PROCEDURE onto.usp_apply_relationship_discovery
    @ontology_id bigint, @facts nvarchar(max), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3),
    @result nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @relationships nvarchar(max) = COALESCE(JSON_QUERY(@facts, N'$.declared'), N'[]'), @declared bigint, @gone int,
        @changes nvarchar(max);
    DECLARE @undeclared TABLE (
        relationship_id  bigint NOT NULL PRIMARY KEY
    );
    DECLARE @moved TABLE (
        relationship_key  nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        status            nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    EXEC onto.usp_put_relationships @ontology_id = @ontology_id, @relationships = @relationships, @run_id = @run_id,
        @dag_id = @dag_id, @now = @now, @result = @declared OUTPUT;
    INSERT INTO @undeclared (relationship_id)
    SELECT DISTINCT r.relationship_id
    FROM OPENJSON(@facts, '$.gone') AS g
    JOIN onto.relationship AS r
        ON r.ontology_id = @ontology_id
            AND r.relationship_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', CONVERT(nvarchar(4000), g.[value])))
    WHERE r.provenance = N'declared' AND r.dropped_at IS NULL;
    -- What somebody takes for one is theirs.
    UPDATE r
    SET provenance = N'manual', updated_at = @now
    FROM onto.relationship AS r
    JOIN @undeclared AS u ON u.relationship_id = r.relationship_id
    JOIN onto.override AS e
        ON e.ontology_id = r.ontology_id AND e.target_kind = N'relationship' AND e.target_key_sha256 = r.relationship_key_sha256
            AND e.field = N'status' AND e.value = N'"accepted"'
    -- The edit that counts, as in onto.vw_active_edit.
    WHERE e.source = N'human' OR NOT EXISTS (
        SELECT 1 FROM onto.override AS h
        WHERE h.ontology_id = e.ontology_id AND h.target_kind = e.target_kind AND h.target_key_sha256 = e.target_key_sha256
          AND h.field = e.field AND h.source = N'human');
    UPDATE onto.relationship
    SET dropped_at = @now, dropped_because = N'undeclared', updated_at = @now
    OUTPUT inserted.relationship_key, inserted.status INTO @moved (relationship_key, status)
    WHERE relationship_id IN (SELECT u.relationship_id FROM @undeclared AS u) AND provenance = N'declared' AND dropped_at IS NULL;
    SET @gone = @@ROWCOUNT;
    SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"relationship","target_key":',
        llm.fn_json_string(m.relationship_key), N',"field":"status","before":', llm.fn_json_string(m.status), N'}'), N','), N']')
    FROM @moved AS m;
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'schema', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now;
    SET @result = CONCAT(N'{"declared":', @declared, N',"gone":', @gone, N'}');
END;
