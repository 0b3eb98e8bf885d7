-- Purpose:     read two entities with what is known of them; the runner's way to the material of a dedupe job.
-- Parameters:  @first_entity_id, @second_entity_id; @max_items passages at most, each.
-- Returns:     two rows, in the order of the parameters: requested_entity_id, entity_id (the master, where it was merged),
--              entity_name, entity_type, type_family, description, aliases (json array of texts), attributes (json array
--              of {key, value, unit}), relations (json array of {relation_type, entity_name, is_from}, the surest 10),
--              evidence (see kb.fn_entity_evidence), is_live (false: retracted or suppressed).
-- Errors:      UNKNOWN_ENTITY.
-- Idempotency: reads only; waits for erasing that is about to change what it reads.
CREATE OR ALTER PROCEDURE kb.usp_get_entity_pair @first_entity_id bigint, @second_entity_id bigint, @max_items int = 5
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @held int, @message nvarchar(2048);
    DECLARE @asked TABLE (ordinal int NOT NULL PRIMARY KEY, requested_entity_id bigint NULL, entity_id bigint NULL);
    DECLARE @pair TABLE (
        ordinal              int            NOT NULL PRIMARY KEY,
        requested_entity_id  bigint         NOT NULL,
        entity_id            bigint         NOT NULL,
        entity_name          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        entity_type          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        type_family          nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        description          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        aliases              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        attributes           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        relations            nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        evidence             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
        is_live              bit            NOT NULL
    );
    BEGIN TRY
        BEGIN TRANSACTION;
        INSERT INTO @asked (ordinal, requested_entity_id, entity_id)
        SELECT i.ordinal, i.entity_id, kb.fn_master_entity(i.entity_id)
        FROM (VALUES (1, @first_entity_id), (2, @second_entity_id)) AS i (ordinal, entity_id);
        SELECT TOP (1) @message = CONCAT(N'UNKNOWN_ENTITY: no entity has the id ', i.requested_entity_id, NCHAR(10),
            N'HINT: SELECT entity_id, entity_name FROM kb.dim_entity lists the known ones.')
        FROM @asked AS i
        WHERE i.entity_id IS NULL
        ORDER BY i.ordinal;
        IF @message IS NOT NULL
            THROW 50009, @message, 1;
        -- In key order; a shared lock would not wait for the update lock of those who erase.
        SELECT @held = COUNT(*)
        FROM (
            SELECT TOP (2) e.name_key_sha256
            FROM @asked AS i
            JOIN kb.dim_entity AS e ON e.entity_id = i.entity_id
            GROUP BY e.name_key_sha256
            ORDER BY e.name_key_sha256
        ) AS k
        JOIN kb.name AS n WITH (UPDLOCK, ROWLOCK) ON n.name_key_sha256 = k.name_key_sha256
        OPTION (LOOP JOIN, FORCE ORDER, MAXDOP 1);
        INSERT INTO @pair (ordinal, requested_entity_id, entity_id, entity_name, entity_type, type_family, description, aliases, attributes,
            relations, evidence, is_live)
        SELECT i.ordinal, i.requested_entity_id, e.entity_id, e.entity_name, e.entity_type, e.type_family, e.description, a.aliases,
            e.attributes, r.relations, kb.fn_entity_evidence(e.entity_id, @max_items),
            IIF(e.retracted_at IS NULL AND e.promotion_state <> N'suppressed', 1, 0)
        FROM @asked AS i
        JOIN kb.dim_entity AS e ON e.entity_id = i.entity_id
        CROSS APPLY (
            SELECT CONCAT(N'[', STRING_AGG(llm.fn_json_string(x.alias), N',') WITHIN GROUP (ORDER BY x.alias_key), N']') AS aliases
            FROM kb.entity_alias AS x
            WHERE x.entity_id = e.entity_id AND x.retracted_at IS NULL
        ) AS a
        CROSS APPLY (
            SELECT CONCAT(N'[', STRING_AGG(CONCAT(N'{"relation_type":', llm.fn_json_string(n.relation_type), N',"entity_name":',
                llm.fn_json_string(n.entity_name), N',"is_from":', IIF(n.is_from = 1, N'true', N'false'), N'}'), N',')
                WITHIN GROUP (ORDER BY n.place), N']') AS relations
            FROM (
                SELECT b.relation_type, o.entity_name, b.is_from, ROW_NUMBER() OVER (
                    ORDER BY b.confidence DESC, b.relation_type, o.entity_name, b.is_from) AS place
                FROM (
                    SELECT f.relation_type, f.confidence, f.to_entity_id AS other_entity_id, 1 AS is_from
                    FROM kb.bridge_entity_relation AS f
                    WHERE f.from_entity_id = e.entity_id AND f.retracted_at IS NULL
                    UNION ALL
                    SELECT t.relation_type, t.confidence, t.from_entity_id, 0
                    FROM kb.bridge_entity_relation AS t
                    WHERE t.to_entity_id = e.entity_id AND t.from_entity_id <> e.entity_id AND t.retracted_at IS NULL
                ) AS b
                JOIN kb.dim_entity AS o ON o.entity_id = b.other_entity_id
            ) AS n
            WHERE n.place <= 10
        ) AS r;
        COMMIT TRANSACTION;
        SELECT p.requested_entity_id, p.entity_id, p.entity_name, p.entity_type, p.type_family, p.description, p.aliases, p.attributes,
            p.relations, p.evidence, p.is_live
        FROM @pair AS p
        ORDER BY p.ordinal;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
