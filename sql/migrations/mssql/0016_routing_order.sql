-- What the evidence alone says of a row that people decided about; null where nobody did. So such a row can be combined
-- with new evidence like any other, instead of being computed from all of it again.
ALTER TABLE kb.dim_entity ADD undecided nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    CONSTRAINT ck_dim_entity_undecided CHECK (ISJSON(undecided) = 1);
GO
ALTER TABLE kb.bridge_entity_relation ADD undecided nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    CONSTRAINT ck_bridge_entity_relation_undecided CHECK (ISJSON(undecided) = 1);
GO
ALTER TABLE kb.fact_attribute ADD undecided nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
    CONSTRAINT ck_fact_attribute_undecided CHECK (ISJSON(undecided) = 1);
GO
EXEC sys.sp_addextendedproperty N'MS_Description', N'of a row that people decided about, the values that it would have without',
    N'SCHEMA', N'kb', N'TABLE', N'dim_entity', N'COLUMN', N'undecided';
EXEC sys.sp_addextendedproperty N'MS_Description', N'of a row that people decided about, the values that it would have without',
    N'SCHEMA', N'kb', N'TABLE', N'bridge_entity_relation', N'COLUMN', N'undecided';
EXEC sys.sp_addextendedproperty N'MS_Description', N'of a row that people decided about, the values that it would have without',
    N'SCHEMA', N'kb', N'TABLE', N'fact_attribute', N'COLUMN', N'undecided';

-- By how many a transaction changes the typed mentions of an entity; written when its rows are locked, all at once.
CREATE TABLE kb.stage_count (
    run_id     uniqueidentifier NOT NULL,
    entity_id  bigint           NOT NULL,
    change     int              NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_count_run ON kb.stage_count (run_id, entity_id) WITH (ALLOW_PAGE_LOCKS = OFF);
ALTER TABLE kb.stage_count SET (LOCK_ESCALATION = DISABLE);
EXEC sys.sp_addextendedproperty N'MS_Description', N'Internal: rows that the steps of one routing transaction hand to each other; empty between.',
    N'SCHEMA', N'kb', N'TABLE', N'stage_count';

-- An item's assertion gets its id beforehand, so that its mentions are read once: names are locked before it is written.
ALTER TABLE kb.stage_item ADD assertion_id bigint NULL;
GO

-- That two entities are related, as a decision says, is no evidence of either: it mentions no name, its ends are those
-- of the decision.
INSERT INTO kb.item_kind (item_kind, description)
SELECT v.item_kind, v.description
FROM (VALUES (N'decided_relation', N'what one entity has to do with another, by decision')) AS v (item_kind, description)
WHERE NOT EXISTS (SELECT 1 FROM kb.item_kind AS k WHERE k.item_kind = v.item_kind COLLATE Latin1_General_100_BIN2);
UPDATE a
SET item_kind = N'decided_relation'
FROM kb.assertion AS a
JOIN kb.identity_decision AS d ON d.assertion_id = a.assertion_id AND d.kind = N'relate'
WHERE a.item_kind = N'relationship';
GO
CREATE INDEX ix_identity_decision_relate ON kb.identity_decision (entity_id)
    WHERE kind = N'relate' AND undone_at IS NULL;
CREATE INDEX ix_identity_decision_assertion ON kb.identity_decision (assertion_id) WHERE assertion_id IS NOT NULL;

-- Changed signatures: CREATE OR ALTER takes them as they are.
