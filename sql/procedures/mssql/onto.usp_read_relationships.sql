-- Purpose:     the relationships of an ontology with edits over what was inferred.
-- Parameters:  @ontology_id; @status candidate, accepted or rejected, @table_key of either side, @relationship_key: null for all.
-- Returns:     rows of onto.vw_relationship, by key.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_relationships
    @ontology_id bigint, @status nvarchar(4000) = NULL, @table_key nvarchar(4000) = NULL, @relationship_key nvarchar(4000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @table_id bigint, @relationship_id bigint;
    -- By number: each side has an index of its own, and of keys only their hashes have one.
    SELECT @table_id = t.schema_table_id FROM onto.schema_table AS t WHERE t.ontology_id = @ontology_id AND t.table_key = @table_key;
    SELECT @relationship_id = r.relationship_id
    FROM onto.relationship AS r
    WHERE r.ontology_id = @ontology_id
      AND r.relationship_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @relationship_key));
    -- Planned anew each time: for all rows or for a few of them.
    SELECT
        r.relationship_key, r.from_table, r.from_columns, r.to_table, r.to_columns, r.status, r.inferred_status,
        r.provenance, r.rejected_because, r.cardinality, r.confidence, r.reasoning, r.source_role, r.description,
        r.from_role, r.to_role, r.candidate_rank, r.join_count, r.source_distinct, r.source_matched, r.target_matched,
        r.orphan_count, r.reverse_orphans, r.source_nulls, r.is_exact, r.[statistics], r.edited
    FROM onto.vw_relationship AS r
    WHERE r.ontology_id = @ontology_id AND (@status IS NULL OR r.status = @status)
      AND (@table_key IS NULL OR r.from_table_id = @table_id OR r.to_table_id = @table_id)
      AND (@relationship_key IS NULL OR r.relationship_id = @relationship_id)
    ORDER BY r.relationship_key
    OPTION (RECOMPILE);
END;
