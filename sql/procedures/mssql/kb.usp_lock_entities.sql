-- Purpose:     lock every entity that a transaction is going to touch, or whose bridges, facts or dimensions it is; internal.
-- Parameters:  @run_id whose kb.stage_mention, kb.stage_change, kb.stage_touched and kb.stage_count say which.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: locks are held to the end of the transaction.
-- Names are locked before, but of an assertion whose mention was looked at again the other mentions' names are not: two
-- transactions may move the two ends of a bridge. Both lock both ends, here, once and in the order of their keys' hashes; what
-- hangs on an entity (aliases, bridges, facts, dimensions) is waited for nowhere else. An entity that is new cannot be seen by
-- others.
CREATE OR ALTER PROCEDURE kb.usp_lock_entities @run_id uniqueidentifier
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @locked int;
    CREATE TABLE #own_entity (entity_id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE #locked_entity (
        name_key_sha256     binary(32)    NOT NULL,
        type_family_sha256  binary(32)    NOT NULL,
        disambiguator       nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
        entity_id           bigint        NOT NULL,
        PRIMARY KEY (name_key_sha256, type_family_sha256, disambiguator)
    );
    INSERT INTO #own_entity (entity_id)
    SELECT t.target_id FROM kb.stage_touched AS t WHERE t.run_id = @run_id AND t.target_table = N'dim_entity'
    UNION
    SELECT s.entity_id FROM kb.stage_count AS s WHERE s.run_id = @run_id
    UNION
    SELECT i.entity_id
    FROM kb.stage_mention AS m
    CROSS APPLY (VALUES (CASE WHEN m.is_new = 0 THEN m.new_entity_id END), (m.old_entity_id)) AS i (entity_id)
    WHERE m.run_id = @run_id AND i.entity_id IS NOT NULL
    UNION
    SELECT r.entity_id
    FROM kb.stage_change AS c
    JOIN kb.resolution AS r ON r.assertion_id = c.assertion_id AND r.superseded_at IS NULL
    WHERE c.run_id = @run_id AND c.change = 0
    UNION
    SELECT i.entity_id
    FROM kb.stage_change AS c
    JOIN kb.identity_decision AS d ON d.assertion_id = c.assertion_id AND d.assertion_id IS NOT NULL
    CROSS APPLY (VALUES (d.entity_id), (d.other_entity_id)) AS i (entity_id)
    WHERE c.run_id = @run_id AND c.item_kind = N'decided_relation' AND i.entity_id IS NOT NULL;

    INSERT INTO #locked_entity (name_key_sha256, type_family_sha256, disambiguator, entity_id)
    SELECT e.name_key_sha256, e.type_family_sha256, e.disambiguator, e.entity_id
    FROM (
        SELECT o.entity_id FROM #own_entity AS o
        UNION
        SELECT kb.fn_master_entity(x.entity_id)
        FROM #own_entity AS o
        JOIN kb.dim_entity AS x ON x.entity_id = o.entity_id AND x.merged_into_entity_id IS NOT NULL) AS k
    JOIN kb.dim_entity AS e ON e.entity_id = k.entity_id;
    SELECT @locked = COUNT(*)
    FROM #locked_entity AS k
    JOIN kb.dim_entity AS e WITH (UPDLOCK, ROWLOCK) ON e.entity_id = k.entity_id
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    DROP TABLE #own_entity;
    DROP TABLE #locked_entity;
END;
