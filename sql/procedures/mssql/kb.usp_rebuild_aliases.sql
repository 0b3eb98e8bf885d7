-- Purpose:     recompute the aliases that the changed entity assertions give; internal.
-- Parameters:  @run_id; @now UTC.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: a row whose values are right is not written.
-- The alias is shown as the first of its spellings in binary order.
CREATE OR ALTER PROCEDURE kb.usp_rebuild_aliases @run_id uniqueidentifier, @now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @linked int, @locked int;
    -- The entities are locked, so nobody else inserts an alias of theirs.
    CREATE TABLE #rebuilt_alias_given (
        entity_id         bigint         NOT NULL,
        alias_key         nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        alias             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        assertion_id      bigint         NOT NULL,
        alias_key_sha256  binary(32)     NOT NULL
    );
    INSERT INTO #rebuilt_alias_given (entity_id, alias_key, alias, assertion_id, alias_key_sha256)
    SELECT g.entity_id, g.alias_key, g.alias, s.assertion_id, CONVERT(binary(32), HASHBYTES('SHA2_256', g.alias_key))
    FROM kb.stage_link AS s
    CROSS APPLY kb.fn_aliases(s.target_id, s.assertion_id) AS g
    WHERE s.run_id = @run_id AND s.target_table = N'dim_entity';
    INSERT INTO kb.entity_alias (entity_id, alias_key, alias, created_at, updated_at, retracted_at)
    SELECT n.entity_id, n.alias_key, n.alias, @now, @now, @now
    FROM (
        SELECT g.entity_id, g.alias_key, g.alias, ROW_NUMBER() OVER (PARTITION BY g.entity_id, g.alias_key
            ORDER BY g.alias COLLATE Latin1_General_100_BIN2, DATALENGTH(g.alias)) AS place
        FROM #rebuilt_alias_given AS g
        WHERE NOT EXISTS (
            SELECT 1 FROM kb.entity_alias AS e WHERE e.entity_id = g.entity_id AND e.alias_key_sha256 = g.alias_key_sha256)
    ) AS n
    WHERE n.place = 1
    ORDER BY n.entity_id, n.alias_key
    OPTION (LOOP JOIN);
    INSERT INTO kb.stage_link (run_id, target_table, target_id, assertion_id)
    SELECT DISTINCT @run_id, N'entity_alias', e.entity_alias_id, g.assertion_id
    FROM #rebuilt_alias_given AS g
    JOIN kb.entity_alias AS e ON e.entity_id = g.entity_id AND e.alias_key_sha256 = g.alias_key_sha256;
    EXEC kb.usp_sync_links @run_id = @run_id, @target_table = N'entity_alias', @result = @linked OUTPUT;
    IF NOT EXISTS (SELECT 1 FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'entity_alias')
        RETURN;

    SELECT @locked = COUNT(*)
    FROM (
        SELECT DISTINCT t.target_id FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'entity_alias') AS k
    JOIN kb.entity_alias AS e WITH (UPDLOCK, ROWLOCK) ON e.entity_alias_id = k.target_id
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);

    EXEC kb.usp_stage_evidence @run_id = @run_id, @target_table = N'entity_alias';
    CREATE TABLE #rebuilt_alias (
        entity_alias_id    bigint         NOT NULL PRIMARY KEY,
        is_full            bit            NOT NULL,
        observation_count  int            NULL,
        alias              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
    );
    INSERT INTO #rebuilt_alias (entity_alias_id, is_full)
    SELECT t.target_id, MAX(IIF(t.change <= 0, 1, 0))
    FROM kb.stage_touched AS t
    WHERE t.run_id = @run_id AND t.target_table = N'entity_alias'
    GROUP BY t.target_id;
    -- Without a count: nothing supports it any more.
    UPDATE w
    SET observation_count = s.observation_count, alias = s.alias
    FROM #rebuilt_alias AS w
    JOIN (
        SELECT o.entity_alias_id, SUM(o.observations) AS observation_count, MAX(CASE WHEN o.place = 1 THEN o.alias END) AS alias
        FROM (
            SELECT u.entity_alias_id, u.observations, u.alias, ROW_NUMBER() OVER (PARTITION BY u.entity_alias_id
                ORDER BY IIF(u.alias IS NULL, 1, 0), u.alias COLLATE Latin1_General_100_BIN2, DATALENGTH(u.alias)) AS place
            FROM (
                SELECT v.target_id AS entity_alias_id, 1 AS observations, g.alias
                FROM (
                    SELECT t.target_id, t.assertion_id
                    FROM kb.stage_touched AS t
                    WHERE t.run_id = @run_id AND t.target_table = N'entity_alias'
                    GROUP BY t.target_id, t.assertion_id
                    HAVING MIN(t.change) >= 0
                ) AS v
                JOIN kb.entity_alias AS e ON e.entity_alias_id = v.target_id
                OUTER APPLY (
                    SELECT TOP (1) x.alias
                    FROM kb.fn_aliases(e.entity_id, v.assertion_id) AS x
                    WHERE x.alias_key = e.alias_key
                    ORDER BY x.alias COLLATE Latin1_General_100_BIN2, DATALENGTH(x.alias)
                ) AS g
                UNION ALL
                SELECT e.entity_alias_id, e.observation_count, e.alias
                FROM #rebuilt_alias AS t
                JOIN kb.entity_alias AS e ON e.entity_alias_id = t.entity_alias_id
                WHERE t.is_full = 0 AND e.retracted_at IS NULL
            ) AS u
        ) AS o
        GROUP BY o.entity_alias_id
    ) AS s ON s.entity_alias_id = w.entity_alias_id;

    UPDATE e
    SET alias = COALESCE(w.alias, e.alias), observation_count = COALESCE(w.observation_count, 0),
        retracted_at = CASE WHEN w.observation_count IS NULL THEN COALESCE(e.retracted_at, @now) END, updated_at = @now
    FROM #rebuilt_alias AS w
    JOIN kb.entity_alias AS e ON e.entity_alias_id = w.entity_alias_id
    WHERE (w.observation_count IS NULL AND e.retracted_at IS NULL)
       OR (w.observation_count IS NOT NULL AND (e.retracted_at IS NOT NULL OR NOT EXISTS (
           SELECT e.alias, DATALENGTH(e.alias), e.observation_count
           INTERSECT
           SELECT w.alias, DATALENGTH(w.alias), w.observation_count)))
    OPTION (LOOP JOIN, FORCE ORDER);
END;
