-- Purpose:     lock every name that a routing transaction is going to touch; internal.
-- Parameters:  @run_id whose kb.stage_mention rows bring names; @assertion_ids json array of those that will be retracted.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: locks are held to the end of the transaction.
-- Names are inserted and locked in the order of their hashes, before any assertion, dimension or bridge: no two runners can
-- deadlock. The names of what a name was merged into are locked with it, for its rows are touched too. An UPDATE that changes
-- nothing is the lock: unlike a hint it is one everywhere, and nobody else reads this table.
CREATE OR ALTER PROCEDURE kb.usp_lock_names @run_id uniqueidentifier, @assertion_ids nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    CREATE TABLE #locked_name (
        name_key_sha256  binary(32)     NOT NULL PRIMARY KEY,
        name_key         nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL
    );
    INSERT INTO #locked_name (name_key_sha256, name_key)
    SELECT m.name_key_sha256, m.name_key FROM kb.stage_mention AS m WHERE m.run_id = @run_id
    UNION
    SELECT r.name_key_sha256, r.name_key
    FROM OPENJSON(@assertion_ids) AS a
    JOIN kb.resolution AS r ON r.assertion_id = CONVERT(bigint, a.[value])
    WHERE r.superseded_at IS NULL;
    INSERT INTO #locked_name (name_key_sha256, name_key)
    SELECT DISTINCT x.name_key_sha256, x.name_key
    FROM #locked_name AS k
    JOIN kb.dim_entity AS e
        ON e.name_key_sha256 = k.name_key_sha256 AND e.name_key = k.name_key AND e.merged_into_entity_id IS NOT NULL
    JOIN kb.dim_entity AS x ON x.entity_id = kb.fn_master_entity(e.entity_id)
    WHERE NOT EXISTS (SELECT 1 FROM #locked_name AS y WHERE y.name_key_sha256 = x.name_key_sha256);

    INSERT INTO kb.name (name_key)
    SELECT k.name_key
    FROM #locked_name AS k
    WHERE NOT EXISTS (
        SELECT 1 FROM kb.name AS n WITH (UPDLOCK, HOLDLOCK) WHERE n.name_key_sha256 = k.name_key_sha256)
    ORDER BY k.name_key_sha256
    -- Name by name: a scan would lock all the ranges that there are.
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    UPDATE n
    SET name_key = n.name_key
    FROM #locked_name AS k
    JOIN kb.name AS n WITH (ROWLOCK) ON n.name_key_sha256 = k.name_key_sha256
    OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
    DROP TABLE #locked_name;
END;
