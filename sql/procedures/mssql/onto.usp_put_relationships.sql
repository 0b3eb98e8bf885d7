-- Purpose:     write relationships that were found by looking at a database; internal, a step of routing.
-- Parameters:  @ontology_id; @relationships json array of {relationship_key, from_table, from_columns, to_table, to_columns,
--              status, provenance, cardinality, confidence, reasoning, candidate_rank, join_count, source_distinct,
--              source_matched, target_matched, orphan_count, reverse_orphans, source_nulls, is_exact, statistics};
--              @run_id, @dag_id; @now UTC.
-- Returns:     how many rows were written.
-- Errors:      none.
-- Idempotency: rows that are right are not written.
-- What is declared is accepted, whatever was thought before; what a model said of a candidate stays until it is asked
-- again; what a person added stays theirs and gets what looking it up gave, without values. Of columns that became sensitive
-- meanwhile no value is kept.
CREATE OR ALTER PROCEDURE onto.usp_put_relationships
    @ontology_id bigint, @relationships nvarchar(max), @run_id uniqueidentifier, @dag_id bigint, @now datetime2(3),
    @result bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @changes nvarchar(max);
    DECLARE @sensitive TABLE (
        key_sha256  binary(32) NOT NULL PRIMARY KEY
    );
    CREATE TABLE #found_relationship (
        key_sha256        binary(32)     NOT NULL PRIMARY KEY,
        relationship_key  nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        before            nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        from_table        nvarchar(600)  COLLATE Latin1_General_100_BIN2 NULL,
        from_table_id     bigint         NULL,
        from_columns      nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        to_table          nvarchar(600)  COLLATE Latin1_General_100_BIN2 NULL,
        to_table_id       bigint         NULL,
        to_columns        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        status            nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        provenance        nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        cardinality       nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
        confidence        decimal(5, 4)  NULL,
        reasoning         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        candidate_rank    int            NULL,
        join_count        bigint         NULL,
        source_distinct   bigint         NULL,
        source_matched    bigint         NULL,
        target_matched    bigint         NULL,
        orphan_count      bigint         NULL,
        reverse_orphans   bigint         NULL,
        source_nulls      bigint         NULL,
        is_exact          bit            NULL,
        measured          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        without_values    nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    INSERT INTO #found_relationship (key_sha256, relationship_key, from_table, from_table_id, from_columns, to_table, to_table_id,
        to_columns, status, provenance, cardinality, confidence, reasoning, candidate_rank, join_count, source_distinct, source_matched,
        target_matched, orphan_count, reverse_orphans, source_nulls, is_exact, measured, without_values)
    SELECT CONVERT(binary(32), HASHBYTES('SHA2_256', g.relationship_key)), g.relationship_key, g.from_table, s.schema_table_id,
        JSON_QUERY(d.[value], N'$.from_columns'), g.to_table, t.schema_table_id, JSON_QUERY(d.[value], N'$.to_columns'), g.status,
        g.provenance, g.cardinality,
        CONVERT(decimal(5, 4), g.confidence), g.reasoning, g.candidate_rank, g.join_count, g.source_distinct, g.source_matched,
        g.target_matched, g.orphan_count, g.reverse_orphans, g.source_nulls, g.is_exact, m.measured,
        JSON_MODIFY(JSON_MODIFY(JSON_MODIFY(m.measured, '$.source_samples', NULL), '$.target_samples', NULL), '$.orphan_samples', NULL)
    FROM OPENJSON(@relationships) AS d
    CROSS APPLY OPENJSON(d.[value]) WITH (
        relationship_key nvarchar(4000) '$.relationship_key', from_table nvarchar(600) '$.from_table',
        to_table nvarchar(600) '$.to_table', status nvarchar(40) '$.status', provenance nvarchar(40) '$.provenance',
        cardinality nvarchar(40) '$.cardinality', confidence float '$.confidence', reasoning nvarchar(max) '$.reasoning',
        candidate_rank int '$.candidate_rank', join_count bigint '$.join_count', source_distinct bigint '$.source_distinct',
        source_matched bigint '$.source_matched', target_matched bigint '$.target_matched', orphan_count bigint '$.orphan_count',
        reverse_orphans bigint '$.reverse_orphans', source_nulls bigint '$.source_nulls', is_exact bit '$.is_exact') AS g
    CROSS APPLY (SELECT COALESCE(JSON_QUERY(d.[value], N'$.statistics'), N'{}') AS measured) AS m
    LEFT JOIN onto.schema_table AS s
        ON s.ontology_id = @ontology_id AND s.table_key = g.from_table COLLATE Latin1_General_100_BIN2 AND s.dropped_at IS NULL
    LEFT JOIN onto.schema_table AS t
        ON t.ontology_id = @ontology_id AND t.table_key = g.to_table COLLATE Latin1_General_100_BIN2 AND t.dropped_at IS NULL;
    -- A candidate is nothing yet, nor is what is gone.
    UPDATE g
    SET before = r.status
    FROM #found_relationship AS g
    JOIN onto.relationship AS r ON r.ontology_id = @ontology_id AND r.relationship_key_sha256 = g.key_sha256
    WHERE r.dropped_at IS NULL AND r.status <> N'candidate';
    INSERT INTO @sensitive (key_sha256)
    SELECT DISTINCT e.target_key_sha256
    FROM onto.override AS e
    WHERE e.ontology_id = @ontology_id AND e.target_kind = N'column' AND e.field = N'is_sensitive' AND e.value = N'true'
      -- The edit that counts, as in onto.vw_active_edit.
      AND (e.source = N'human' OR NOT EXISTS (
          SELECT 1 FROM onto.override AS h
          WHERE h.ontology_id = e.ontology_id AND h.target_kind = e.target_kind AND h.target_key_sha256 = e.target_key_sha256
            AND h.field = e.field AND h.source = N'human'));
    IF EXISTS (SELECT 1 FROM @sensitive AS h)
        UPDATE g
        SET measured = g.without_values
        FROM #found_relationship AS g
        WHERE EXISTS (
            SELECT 1
            FROM (
                SELECT CONCAT(g.from_table, N'.', f.[value] COLLATE Latin1_General_100_BIN2) AS target_key
                FROM OPENJSON(g.from_columns) AS f
                UNION ALL
                SELECT CONCAT(g.to_table, N'.', k.[value] COLLATE Latin1_General_100_BIN2) FROM OPENJSON(g.to_columns) AS k
            ) AS n
            JOIN @sensitive AS h ON h.key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', CONVERT(nvarchar(4000), n.target_key))));

    UPDATE r
    SET status = CASE WHEN g.status = N'accepted' THEN N'accepted' WHEN r.provenance = N'declared' THEN g.status ELSE r.status END,
        rejected_because = CASE WHEN g.status = N'accepted' OR r.provenance = N'declared' THEN NULL ELSE r.rejected_because END,
        provenance = g.provenance, cardinality = COALESCE(g.cardinality, r.cardinality),
        confidence = CASE WHEN g.confidence IS NULL AND r.provenance <> N'declared' THEN r.confidence ELSE g.confidence END,
        reasoning = COALESCE(g.reasoning, r.reasoning), candidate_rank = g.candidate_rank, join_count = g.join_count,
        source_distinct = g.source_distinct, source_matched = g.source_matched, target_matched = g.target_matched,
        orphan_count = g.orphan_count, reverse_orphans = g.reverse_orphans, source_nulls = g.source_nulls, is_exact = g.is_exact,
        [statistics] = g.measured, run_id = @run_id, updated_at = @now, dropped_at = NULL, dropped_because = NULL
    FROM #found_relationship AS g
    JOIN onto.relationship AS r ON r.ontology_id = @ontology_id AND r.relationship_key_sha256 = g.key_sha256
    WHERE r.provenance <> N'manual' AND g.provenance <> N'manual'
      AND g.from_table_id IS NOT NULL AND g.to_table_id IS NOT NULL
      AND NOT EXISTS (
          SELECT r.provenance, r.candidate_rank, r.join_count, r.source_distinct, r.source_matched, r.target_matched, r.orphan_count,
              r.reverse_orphans, r.source_nulls, r.is_exact, r.[statistics], IIF(r.dropped_at IS NULL, 1, 0),
              IIF(r.status = N'accepted', 1, 0)
          INTERSECT
          SELECT g.provenance, g.candidate_rank, g.join_count, g.source_distinct, g.source_matched, g.target_matched, g.orphan_count,
              g.reverse_orphans, g.source_nulls, g.is_exact, g.measured, 1,
              IIF(g.status = N'accepted' OR r.status = N'accepted', 1, 0))
    -- One after the other by key, however small the table is: relationships of other tables are not waited for.
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    SET @result = @@ROWCOUNT;
    INSERT INTO onto.relationship (ontology_id, relationship_key, from_table_id, from_columns, to_table_id, to_columns, status,
        provenance, cardinality, confidence, reasoning, candidate_rank, join_count, source_distinct, source_matched, target_matched,
        orphan_count, reverse_orphans, source_nulls, is_exact, [statistics], run_id, created_at, updated_at)
    SELECT @ontology_id, g.relationship_key, g.from_table_id, g.from_columns, g.to_table_id, g.to_columns, g.status, g.provenance,
        g.cardinality, g.confidence, g.reasoning, g.candidate_rank, g.join_count, g.source_distinct, g.source_matched,
        g.target_matched, g.orphan_count, g.reverse_orphans, g.source_nulls, g.is_exact, g.measured, @run_id, @now, @now
    FROM #found_relationship AS g
    WHERE g.provenance <> N'manual' AND g.from_table_id IS NOT NULL AND g.to_table_id IS NOT NULL
      AND NOT EXISTS (
          SELECT 1 FROM onto.relationship AS r WITH (UPDLOCK, HOLDLOCK)
          WHERE r.ontology_id = @ontology_id AND r.relationship_key_sha256 = g.key_sha256)
    -- In the order of the index in which the gaps between keys are locked.
    ORDER BY g.key_sha256
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    SET @result += @@ROWCOUNT;

    UPDATE r
    SET cardinality = COALESCE(g.cardinality, r.cardinality), join_count = g.join_count, source_distinct = g.source_distinct,
        source_matched = g.source_matched, target_matched = g.target_matched, orphan_count = g.orphan_count,
        reverse_orphans = g.reverse_orphans, source_nulls = g.source_nulls, is_exact = g.is_exact, [statistics] = g.without_values,
        updated_at = @now
    FROM #found_relationship AS g
    JOIN onto.relationship AS r ON r.ontology_id = @ontology_id AND r.relationship_key_sha256 = g.key_sha256
    WHERE r.provenance = N'manual'
      AND NOT EXISTS (
          SELECT r.join_count, r.source_distinct, r.source_matched, r.target_matched, r.orphan_count, r.reverse_orphans, r.source_nulls,
              r.is_exact, r.[statistics]
          INTERSECT
          SELECT g.join_count, g.source_distinct, g.source_matched, g.target_matched, g.orphan_count, g.reverse_orphans, g.source_nulls,
              g.is_exact, g.without_values)
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    SET @result += @@ROWCOUNT;

    SELECT @changes = CONCAT(N'[', STRING_AGG(CONCAT(N'{"target_kind":"relationship","target_key":',
        llm.fn_json_string(r.relationship_key), N',"field":"status","before":', COALESCE(llm.fn_json_string(g.before), N'null'),
        N',"after":', COALESCE(llm.fn_json_string(NULLIF(r.status, N'candidate')), N'null'), N'}'), N','), N']')
    FROM #found_relationship AS g
    JOIN onto.relationship AS r ON r.ontology_id = @ontology_id AND r.relationship_key_sha256 = g.key_sha256;
    EXEC onto.usp_log_changes @ontology_id = @ontology_id, @changes = @changes, @source = N'inferred', @run_id = @run_id,
        @dag_id = @dag_id, @now = @now;
END;
