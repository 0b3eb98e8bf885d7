-- What people decided follows what it is about: through other versions of a page, other families of a type, other decisions.

-- A relation or attribute that somebody named otherwise counts under this key; null: under the one of its evidence, which
-- stays the row's identity.
ALTER TABLE kb.bridge_entity_relation ADD COLUMN decided_relation_key text COLLATE "C";
CREATE INDEX ix_bridge_entity_relation_decided ON kb.bridge_entity_relation (from_entity_id, decided_relation_key)
    WHERE decided_relation_key IS NOT NULL;
ALTER TABLE kb.fact_attribute ADD COLUMN decided_attribute_key text COLLATE "C";
CREATE INDEX ix_fact_attribute_decided ON kb.fact_attribute (entity_id, decided_attribute_key)
    WHERE decided_attribute_key IS NOT NULL;

-- An answer without evidence can be decided about too.
ALTER TABLE kb.adjudication DROP CONSTRAINT adjudication_kind_check;
ALTER TABLE kb.adjudication ADD CONSTRAINT ck_adjudication_kind
    CHECK (kind IN ('entity', 'relation', 'fact', 'page_classification', 'assertion'));
CREATE INDEX ix_assertion_ungrounded ON kb.assertion (item_sha256) WHERE grounding = 'none';

-- A decision holds its own changes only; those of all that stand are folded where they count. What a decision repeated of
-- the one that stood when it was made was that one's.
UPDATE kb.adjudication AS a
SET changes = CASE WHEN a.decision <> 'override' THEN '{}' ELSE coalesce(o.changes, a.changes) END
FROM (
    SELECT d.adjudication_id, (
        SELECT jsonb_object_agg(c.key, c.value)
        FROM jsonb_each(d.changes) AS c
        WHERE NOT coalesce((
            SELECT e.changes FROM kb.adjudication AS e
            WHERE e.kind = d.kind AND e.target_id = d.target_id AND e.adjudication_id < d.adjudication_id
              AND (e.undone_at IS NULL OR e.undone_at > d.decided_at)
            ORDER BY e.adjudication_id DESC LIMIT 1), '{}') @> jsonb_build_object(c.key, c.value)) AS changes
    FROM kb.adjudication AS d
) AS o
WHERE o.adjudication_id = a.adjudication_id;
UPDATE kb.adjudication AS a
SET changes = a.changes || jsonb_build_object(k.key,
    regexp_replace(lower(btrim(a.changes ->> k.name)), '[[:space:]_-]+', '_', 'g'))
FROM (VALUES ('relation', 'relation_type', 'relation_type_key'), ('fact', 'attribute', 'attribute_key')) AS k (kind, name, key)
WHERE a.kind = k.kind AND a.changes ->> k.name IS NOT NULL;

-- An entity whose mentions belong to another one of its name since kb.type_map gives their types another family: what was
-- decided about it counts for that one.
ALTER TABLE kb.dim_entity ADD COLUMN moved_to_entity_id bigint;
ALTER TABLE kb.dim_entity ADD CONSTRAINT fk_dim_entity_moved_to
    FOREIGN KEY (moved_to_entity_id) REFERENCES kb.dim_entity (entity_id) ON DELETE SET NULL;
CREATE INDEX ix_dim_entity_moved ON kb.dim_entity (moved_to_entity_id) WHERE moved_to_entity_id IS NOT NULL;
-- Entities that became one in this way may each have been merged before.
DROP INDEX kb.ux_identity_decision_merge;

-- Who is married is so from both ends.
INSERT INTO kb.relation_inverse (canonical, inverse) VALUES ('married', 'married'), ('divorced', 'divorced')
ON CONFLICT (canonical) DO NOTHING;

-- Changed signatures.
DROP FUNCTION IF EXISTS kb.fn_relation_decision(uuid, bigint);
DROP FUNCTION IF EXISTS kb.fn_fact_decision(uuid, bigint);
DROP FUNCTION IF EXISTS kb.usp_rebuild_all(timestamptz);
