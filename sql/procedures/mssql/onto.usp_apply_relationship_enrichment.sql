-- Purpose:     keep the best target of each source and reject the others; internal, the facts of the plans of
--              RelationshipEnrichment and EntityDiscovery.
-- Parameters:  @ontology_id; @facts {settled: [{relationship_key, status accepted or rejected, reasoning: null leaves it}]};
--              @run_id, @dag_id; @now UTC.
-- Returns:     {settled}: rows that changed.
-- Errors:      none.
-- Idempotency: the same facts again change nothing. Only what was inferred and accepted, or rejected for a better target,
--              is touched.
CREATE OR ALTER PROCEDURE onto.usp_apply_relationship_enrichment
    @ontology_id bigint, @facts nvarchar(max), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3),
    @result nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @changes nvarchar(max), @settled int;
    DECLARE @moved TABLE (
        relationship_id   bigint         NOT NULL PRIMARY KEY,
        relationship_key  nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        before            nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
        after             nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    INSERT INTO @moved (relationship_id, relationship_key, before, after)
    SELECT r.relationship_id, r.relationship_key, r.status, g.status
    FROM OPENJSON(@facts, '$.settled') WITH (
        relationship_key nvarchar(4000) '$.relationship_key', status nvarchar(40) '$.status') AS g
    JOIN onto.relationship AS r WITH (UPDLOCK, ROWLOCK)
        ON r.ontology_id = @ontology_id
            AND r.relationship_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', g.relationship_key))
    WHERE r.status <> g.status COLLATE Latin1_General_100_BIN2 AND r.provenance IN (N'feature', N'inferred')
      AND (r.status = N'accepted' OR r.rejected_because = N'better_target');
    UPDATE r
    SET status = m.after, rejected_because = CASE m.after WHEN N'rejected' THEN N'better_target' END, run_id = @run_id, updated_at = @now
    FROM onto.relationship AS r
    JOIN @moved AS m ON m.relationship_id = r.relationship_id;
    SET @settled = @@ROWCOUNT;
    SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"relationship","target_key":',
        llm.fn_json_string(m.relationship_key), N',"field":"status","before":', llm.fn_json_string(m.before),
        N',"after":', llm.fn_json_string(m.after), N'}'), N','), N']')
    FROM @moved AS m;
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now;
    SET @result = CONCAT(N'{"settled":', @settled, N'}');
END;
