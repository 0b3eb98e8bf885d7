-- Purpose:     read an entity and where the pages speak of it; the runner's way to the evidence of an enrichment job.
-- Parameters:  @entity_id; @max_items passages at most.
-- Returns:     one row: entity_id (the master, where the entity was merged), entity_name, name_key, entity_type,
--              type_family, aliases (json array of texts), evidence (see kb.fn_entity_evidence). Names and type are those that
--              pages and people give it, without what an enrichment said.
-- Errors:      UNKNOWN_ENTITY.
-- Idempotency: reads only; waits for routing that is about to change what it reads.
CREATE OR ALTER PROCEDURE kb.usp_get_entity_evidence @entity_id bigint, @max_items int = 40
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @master bigint, @held bigint, @entity_name nvarchar(max), @name_key nvarchar(1000), @entity_type nvarchar(max),
        @type_family nvarchar(1000), @aliases nvarchar(max), @evidence nvarchar(max), @message nvarchar(2048);
    BEGIN TRY
        BEGIN TRANSACTION;
        SET @master = kb.fn_master_entity(@entity_id);
        IF @master IS NULL
        BEGIN
            SET @message = CONCAT(N'UNKNOWN_ENTITY: no entity has the id ', @entity_id, NCHAR(10),
                N'HINT: SELECT entity_id, entity_name FROM kb.dim_entity lists the known ones.');
            THROW 50009, @message, 1;
        END;
        -- Routing locks the names that it touches: who reads before it is seen running by it, who reads after it sees its work.
        -- A shared lock would not wait for its update lock.
        SELECT @held = n.name_id
        FROM kb.dim_entity AS e
        JOIN kb.name AS n WITH (UPDLOCK, ROWLOCK) ON n.name_key_sha256 = e.name_key_sha256
        WHERE e.entity_id = @master;
        SELECT @entity_name = COALESCE(d.entity_name COLLATE Latin1_General_100_BIN2, n.name COLLATE Latin1_General_100_BIN2, e.entity_name), @name_key = e.name_key,
            @entity_type = COALESCE(d.entity_type COLLATE Latin1_General_100_BIN2, y.type COLLATE Latin1_General_100_BIN2, e.entity_type), @type_family = e.type_family, @aliases = a.aliases
        FROM kb.dim_entity AS e
        OUTER APPLY (
            SELECT TOP (1) g.name
            FROM kb.fn_entity_mentions(@master) AS g
            ORDER BY g.confidence DESC, g.name COLLATE Latin1_General_100_BIN2
        ) AS n
        OUTER APPLY (
            SELECT TOP (1) g.type
            FROM kb.fn_entity_mentions(@master) AS g
            WHERE g.type_family <> N'unknown'
            ORDER BY g.confidence DESC, g.type COLLATE Latin1_General_100_BIN2
        ) AS y
        OUTER APPLY (
            SELECT c.entity_name, c.entity_type
            FROM kb.fn_entity_decision(@master) AS s
            CROSS APPLY OPENJSON(s.changes) WITH (entity_name nvarchar(max) '$.entity_name',
                entity_type nvarchar(max) '$.entity_type') AS c
        ) AS d
        CROSS APPLY (
            SELECT CONCAT(N'[', STRING_AGG(llm.fn_json_string(x.alias), N',') WITHIN GROUP (ORDER BY x.alias_key), N']') AS aliases
            FROM kb.entity_alias AS x
            WHERE x.entity_id = e.entity_id AND x.retracted_at IS NULL AND EXISTS (
                SELECT 1
                FROM kb.assertion_link AS l
                JOIN kb.assertion AS s ON s.assertion_id = l.assertion_id AND s.subject_key = N''
                WHERE l.target_table = N'entity_alias' AND l.target_id = x.entity_alias_id)
        ) AS a
        WHERE e.entity_id = @master;
        SET @evidence = kb.fn_entity_evidence(@master, @max_items);
        COMMIT TRANSACTION;
        SELECT @master AS entity_id, @entity_name AS entity_name, @name_key AS name_key, @entity_type AS entity_type,
            @type_family AS type_family, @aliases AS aliases, @evidence AS evidence;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
