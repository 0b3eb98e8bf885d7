-- What people decided follows what it is about: through other versions of a page, other families of a type, other decisions.

-- A relation or attribute that somebody named otherwise counts under this key; null: under the one of its evidence, which
-- stays the row's identity.
ALTER TABLE kb.bridge_entity_relation ADD decided_relation_key nvarchar(300) COLLATE Latin1_General_100_BIN2 NULL;
GO
CREATE INDEX ix_bridge_entity_relation_decided ON kb.bridge_entity_relation (from_entity_id, decided_relation_key)
    WHERE decided_relation_key IS NOT NULL;
ALTER TABLE kb.fact_attribute ADD decided_attribute_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL;
GO
CREATE INDEX ix_fact_attribute_decided ON kb.fact_attribute (entity_id, decided_attribute_key)
    WHERE decided_attribute_key IS NOT NULL;

-- An answer without evidence can be decided about too.
ALTER TABLE kb.adjudication DROP CONSTRAINT ck_adjudication_kind;
ALTER TABLE kb.adjudication ADD CONSTRAINT ck_adjudication_kind
    CHECK (kind IN (N'entity', N'relation', N'fact', N'page_classification', N'assertion'));
CREATE INDEX ix_assertion_ungrounded ON kb.assertion (item_sha256) WHERE grounding = N'none';

-- A decision holds its own changes only; those of all that stand are folded where they count. What a decision repeated of
-- the one that stood when it was made was that one's.
-- Values are compared as OPENJSON shows them, in one collation.
UPDATE a
SET changes = CASE WHEN a.decision <> N'override' THEN N'{}' ELSE COALESCE(o.changes, a.changes) END
FROM kb.adjudication AS a
OUTER APPLY (
    SELECT TOP (1) e.changes
    FROM kb.adjudication AS e
    WHERE e.kind = a.kind AND e.target_id = a.target_id AND e.adjudication_id < a.adjudication_id
      AND (e.undone_at IS NULL OR e.undone_at > a.decided_at)
    ORDER BY e.adjudication_id DESC
) AS stood
OUTER APPLY (
    SELECT N'{' + STRING_AGG(CONCAT(N'"', STRING_ESCAPE(c.name, 'json'), N'":', CASE c.[type]
            WHEN 0 THEN N'null'
            WHEN 1 THEN N'"' + STRING_ESCAPE(c.said, 'json') + N'"'
            ELSE c.said END), N',') + N'}' AS changes
    FROM (
        SELECT j.[type], j.[key] COLLATE Latin1_General_100_BIN2 AS name, j.[value] COLLATE Latin1_General_100_BIN2 AS said
        FROM OPENJSON(a.changes) AS j
    ) AS c
    WHERE NOT EXISTS (
        SELECT 1
        FROM OPENJSON(stood.changes) AS p
        WHERE p.[key] COLLATE Latin1_General_100_BIN2 = c.name AND p.[type] = c.[type]
          AND (p.[value] COLLATE Latin1_General_100_BIN2 = c.said OR c.[type] = 0))
) AS o;
GO
-- The key of a name is the name in lower case, trimmed, with runs of white space, hyphens and underscores as one '_': each
-- becomes '<>', '><' goes, and the '<>' that is left of a run becomes '_'.
UPDATE kb.adjudication
SET changes = JSON_MODIFY(changes, N'$.relation_type_key', REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
    LOWER(TRIM(JSON_VALUE(changes, N'$.relation_type'))),
    NCHAR(9), N' '), NCHAR(10), N' '), NCHAR(13), N' '), N' ', N'<>'), N'-', N'<>'), N'_', N'<>'), N'><', N''), N'<>', N'_'))
WHERE kind = N'relation' AND JSON_VALUE(changes, N'$.relation_type') IS NOT NULL;
UPDATE kb.adjudication
SET changes = JSON_MODIFY(changes, N'$.attribute_key', REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
    LOWER(TRIM(JSON_VALUE(changes, N'$.attribute'))),
    NCHAR(9), N' '), NCHAR(10), N' '), NCHAR(13), N' '), N' ', N'<>'), N'-', N'<>'), N'_', N'<>'), N'><', N''), N'<>', N'_'))
WHERE kind = N'fact' AND JSON_VALUE(changes, N'$.attribute') IS NOT NULL;
GO

-- An entity whose mentions belong to another one of its name since kb.type_map gives their types another family: what was
-- decided about it counts for that one.
ALTER TABLE kb.dim_entity ADD moved_to_entity_id bigint NULL;
GO
-- A table may not set its own rows to null when one is deleted: who deletes an entity does so first.
ALTER TABLE kb.dim_entity ADD CONSTRAINT fk_dim_entity_moved_to
    FOREIGN KEY (moved_to_entity_id) REFERENCES kb.dim_entity (entity_id);
CREATE INDEX ix_dim_entity_moved ON kb.dim_entity (moved_to_entity_id) WHERE moved_to_entity_id IS NOT NULL;
-- Entities that became one in this way may each have been merged before.
DROP INDEX ux_identity_decision_merge ON kb.identity_decision;

-- Who is married is so from both ends.
INSERT INTO kb.relation_inverse (canonical, inverse)
SELECT v.canonical, v.inverse
FROM (VALUES (N'married', N'married'), (N'divorced', N'divorced')) AS v (canonical, inverse)
WHERE NOT EXISTS (SELECT 1 FROM kb.relation_inverse AS r WHERE r.canonical = v.canonical COLLATE Latin1_General_100_BIN2);
GO

-- Changed signatures: CREATE OR ALTER takes them as they are.
