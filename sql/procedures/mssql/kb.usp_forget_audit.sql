-- Purpose:     let the rows of decisions show no more than the rows that they are about; internal.
-- Parameters:  @entity_ids about which, or about whose rows, they are; @now UTC.
-- Returns:     @result: how many decisions were about rows that are gone: these are over, and only show that they were made.
-- Errors:      none.
-- Idempotency: yes. Nobody routes meanwhile: the caller holds the lock.
CREATE OR ALTER PROCEDURE kb.usp_forget_audit @entity_ids nvarchar(max), @now datetime2(3), @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #audited_row (
        kind       nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        target_id  bigint        NOT NULL,
        doc        nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
        PRIMARY KEY (kind, target_id)
    );
    UPDATE a
    SET reason = NULL, changes = N'{}', before = N'{}', after = N'{}', undone_at = COALESCE(a.undone_at, @now),
        undone_by = COALESCE(a.undone_by, N'page forget')
    FROM kb.adjudication AS a
    WHERE (a.reason IS NOT NULL OR a.changes <> N'{}' OR a.before <> N'{}' OR a.after <> N'{}' OR a.undone_at IS NULL)
      AND NOT EXISTS (
          SELECT 1 FROM kb.dim_entity AS e WHERE a.kind = N'entity' AND e.entity_id = a.target_id AND e.forgotten_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM kb.bridge_entity_relation AS b WHERE a.kind = N'relation' AND b.entity_relation_id = a.target_id)
      AND NOT EXISTS (SELECT 1 FROM kb.fact_attribute AS f WHERE a.kind = N'fact' AND f.fact_attribute_id = a.target_id)
      AND NOT EXISTS (
          SELECT 1 FROM kb.page_classification AS c WHERE a.kind = N'page_classification' AND c.page_classification_id = a.target_id)
      AND NOT EXISTS (SELECT 1 FROM kb.assertion AS s WHERE a.kind = N'assertion' AND s.assertion_id = a.target_id);
    SET @result = @@ROWCOUNT;

    INSERT INTO #audited_row (kind, target_id)
    SELECT DISTINCT t.kind, t.target_id
    FROM OPENJSON(@entity_ids) AS i
    CROSS APPLY (
        SELECT N'entity' AS kind, e.entity_id AS target_id
        FROM kb.dim_entity AS e
        WHERE e.entity_id = CONVERT(bigint, i.[value]) AND e.forgotten_at IS NULL
        UNION ALL
        SELECT N'relation', b.entity_relation_id FROM kb.bridge_entity_relation AS b WHERE b.from_entity_id = CONVERT(bigint, i.[value])
        UNION ALL
        SELECT N'relation', b.entity_relation_id FROM kb.bridge_entity_relation AS b WHERE b.to_entity_id = CONVERT(bigint, i.[value])
        UNION ALL
        SELECT N'fact', f.fact_attribute_id FROM kb.fact_attribute AS f WHERE f.entity_id = CONVERT(bigint, i.[value])
    ) AS t
    WHERE EXISTS (
        SELECT 1 FROM kb.adjudication AS a WHERE a.kind = t.kind COLLATE Latin1_General_100_BIN2 AND a.target_id = t.target_id);
    UPDATE #audited_row SET doc = kb.fn_decided_row(kind, target_id);
    UPDATE a
    SET before = kb.fn_kept_values(a.before, t.doc), after = kb.fn_kept_values(a.after, t.doc)
    FROM kb.adjudication AS a
    JOIN #audited_row AS t ON t.kind = a.kind AND t.target_id = a.target_id;
END;
