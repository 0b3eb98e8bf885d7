-- Purpose:     of the entities that something was decided about or enriched, those whose mentions kb.type_map gives another
--              family now; internal.
-- Parameters:  none.
-- Returns:     entity_id, name_key; type_family and disambiguator of the entity that its mentions belong to now.
-- Errors:      none.
-- Idempotency: reads only. A pure function of assertions and settings: setting them back takes every move back.
-- An entity stays where it is while any mention of its name has its family. Else it is where most of the mentions are that
-- were its own when something was last decided about it, live ones if there are any: what came later may have been its own by a
-- setting that is taken back. One that never had a mention goes with its namesakes, and one whose mentions were all erased stays
-- where it had moved to.
CREATE OR ALTER FUNCTION kb.fn_family_moves ()
RETURNS @moves TABLE (
    entity_id      bigint         NOT NULL PRIMARY KEY,
    name_key       nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    type_family    nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    disambiguator  nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL
)
AS
BEGIN
    DECLARE @held TABLE (
        entity_id           bigint         NOT NULL PRIMARY KEY,
        name_key            nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        name_key_sha256     binary(32)     NOT NULL,
        type_family         nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        disambiguator       nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        decided_at          datetime2(3)   NOT NULL,
        moved_to_entity_id  bigint         NULL
    );
    DECLARE @mention TABLE (
        name_key_sha256  binary(32)     NOT NULL,
        row_no           int            IDENTITY(1, 1) NOT NULL,
        entity_id        bigint         NOT NULL,
        name_key         nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        was              nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        decided_at       datetime2(3)   NOT NULL,
        assertion_id     bigint         NOT NULL,
        mention          nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
        is_current       bit            NOT NULL,
        is_live          bit            NOT NULL,
        family           nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
        PRIMARY KEY (name_key_sha256, row_no)
    );
    DECLARE @gone TABLE (entity_id bigint NOT NULL PRIMARY KEY);

    INSERT INTO @held (entity_id, name_key, name_key_sha256, type_family, disambiguator, decided_at, moved_to_entity_id)
    SELECT e.entity_id, e.name_key, e.name_key_sha256, e.type_family, e.disambiguator, MAX(h.decided_at), e.moved_to_entity_id
    FROM (
        SELECT d.target_id AS entity_id, d.decided_at FROM kb.adjudication AS d WHERE d.kind = N'entity' AND d.undone_at IS NULL
        UNION
        SELECT x.entity_id, d.decided_at
        FROM kb.adjudication AS d
        JOIN kb.bridge_entity_relation AS b ON b.entity_relation_id = d.target_id
        CROSS APPLY (VALUES (b.from_entity_id), (b.to_entity_id)) AS x (entity_id)
        WHERE d.kind = N'relation' AND d.undone_at IS NULL
        UNION
        SELECT f.entity_id, d.decided_at
        FROM kb.adjudication AS d
        JOIN kb.fact_attribute AS f ON f.fact_attribute_id = d.target_id
        WHERE d.kind = N'fact' AND d.undone_at IS NULL
        UNION
        SELECT x.entity_id, d.decided_at
        FROM kb.identity_decision AS d
        CROSS APPLY (VALUES (d.entity_id), (d.other_entity_id)) AS x (entity_id)
        WHERE d.undone_at IS NULL
        UNION
        SELECT x.entity_id, c.found_at
        FROM kb.identity_candidate AS c
        CROSS APPLY (VALUES (c.first_entity_id), (c.second_entity_id)) AS x (entity_id)
        WHERE c.status <> N'decided'
        UNION
        SELECT n.entity_id, s.routed_at
        FROM (SELECT x.subject_key, MAX(x.routed_at) AS routed_at FROM kb.extraction AS x WHERE x.subject_key <> N''
              GROUP BY x.subject_key) AS s
        JOIN kb.dim_entity AS n
            ON n.name_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256',
                CONVERT(nvarchar(1000), LEFT(s.subject_key, CHARINDEX(NCHAR(31), s.subject_key + NCHAR(31)) - 1))))
            AND n.name_key + NCHAR(31) + n.type_family + NCHAR(31) + n.disambiguator = s.subject_key
    ) AS h
    JOIN kb.dim_entity AS e ON e.entity_id = h.entity_id
    WHERE e.type_family NOT IN (N'unknown', N'tag')
    GROUP BY e.entity_id, e.name_key, e.name_key_sha256, e.type_family, e.disambiguator, e.moved_to_entity_id;

    INSERT INTO @mention (entity_id, name_key_sha256, name_key, was, decided_at, assertion_id, mention, is_current, is_live, family)
    SELECT DISTINCT r.entity_id, r.name_key_sha256, r.name_key, r.type_family, r.decided_at, r.assertion_id, r.mention,
        IIF(r.superseded_at IS NULL, 1, 0), IIF(a.retracted_at IS NULL AND a.quarantine_reason IS NULL, 1, 0),
        CONVERT(nvarchar(1000), kb.fn_mention_family(e.family, m.family, m.type_key, t.family, f.dimension)) COLLATE Latin1_General_100_BIN2
    FROM kb.resolution AS r
    JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id
    CROSS APPLY kb.fn_mentions(a.item_kind, a.keys, a.payload) AS m
    OUTER APPLY (
        SELECT k.[value] AS family
        FROM OPENJSON(CASE a.grounding WHEN N'loaded' THEN a.keys END) AS k
        WHERE k.[key] = (r.mention + N'_family') COLLATE Latin1_General_100_BIN2) AS e
    LEFT JOIN kb.type_map AS t ON t.kind = N'entity' AND t.type_key = CASE WHEN LEN(m.type_key) <= 400 THEN CONVERT(nvarchar(400), m.type_key) END
    LEFT JOIN kb.type_family AS f ON f.family = t.family
    WHERE EXISTS (SELECT 1 FROM @held AS o WHERE o.name_key_sha256 = r.name_key_sha256 AND o.name_key = r.name_key)
      AND m.mention = r.mention
      -- What a decision loaded about an entity is no evidence of it.
      AND NOT EXISTS (SELECT 1 FROM kb.identity_decision AS d WHERE d.assertion_id = a.assertion_id AND d.assertion_id IS NOT NULL);

    INSERT INTO @gone (entity_id)
    SELECT o.entity_id
    FROM @held AS o
    WHERE NOT EXISTS (
        SELECT 1 FROM @mention AS m
        WHERE m.name_key_sha256 = o.name_key_sha256 AND m.name_key = o.name_key AND m.family = o.type_family
          AND m.is_live = 1 AND m.is_current = 1);

    INSERT INTO @moves (entity_id, name_key, type_family, disambiguator)
    SELECT g.entity_id, o.name_key, COALESCE(b.family, n.type_family),
        CASE COALESCE(b.family, n.type_family) WHEN N'unknown' THEN N'' ELSE o.disambiguator END
    FROM @gone AS g
    JOIN @held AS o ON o.entity_id = g.entity_id
    LEFT JOIN kb.dim_entity AS n ON n.entity_id = o.moved_to_entity_id
    OUTER APPLY (
        SELECT TOP (1) c.family
        FROM (
            -- One mention may have been resolved more than once.
            SELECT k.is_early, m.family, m.is_live, m.assertion_id, m.mention, MAX(k.is_own) AS is_own
            FROM @mention AS m
            CROSS APPLY (
                SELECT IIF(m.decided_at <= o.decided_at, 1, 0) AS is_early, IIF(m.entity_id = g.entity_id, 1, 0) AS is_own) AS k
            WHERE m.name_key_sha256 = o.name_key_sha256 AND m.name_key = o.name_key AND m.was = o.type_family
            GROUP BY k.is_early, m.family, m.is_live, m.assertion_id, m.mention) AS c
        GROUP BY c.is_early, c.family, c.is_live
        ORDER BY c.is_early DESC, MAX(c.is_own) DESC, c.is_live DESC, SUM(c.is_own) DESC, COUNT(*) DESC, c.family
    ) AS b
    WHERE COALESCE(b.family, n.type_family) <> o.type_family
      -- Nobody moves to where somebody else has left.
      AND NOT EXISTS (
          SELECT 1
          FROM @gone AS w
          JOIN @held AS l ON l.entity_id = w.entity_id
          WHERE l.name_key = o.name_key AND l.type_family = COALESCE(b.family, n.type_family));
    RETURN;
END;
