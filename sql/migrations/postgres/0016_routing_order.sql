-- What the evidence alone says of a row that people decided about; null where nobody did. So such a row can be combined
-- with new evidence like any other, instead of being computed from all of it again.
ALTER TABLE kb.dim_entity ADD COLUMN undecided jsonb;
ALTER TABLE kb.bridge_entity_relation ADD COLUMN undecided jsonb;
ALTER TABLE kb.fact_attribute ADD COLUMN undecided jsonb;
COMMENT ON COLUMN kb.dim_entity.undecided IS 'of a row that people decided about, the values that it would have without';
COMMENT ON COLUMN kb.bridge_entity_relation.undecided IS 'of a row that people decided about, the values that it would have without';
COMMENT ON COLUMN kb.fact_attribute.undecided IS 'of a row that people decided about, the values that it would have without';

-- By how many a transaction changes the typed mentions of an entity; written when its rows are locked, all at once.
CREATE UNLOGGED TABLE kb.stage_count (
    run_id     uuid    NOT NULL,
    entity_id  bigint  NOT NULL,
    change     integer NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_count_run ON kb.stage_count (run_id, entity_id);
COMMENT ON TABLE kb.stage_count IS 'Internal: rows that the steps of one routing transaction hand to each other; empty between.';

-- An item's assertion gets its id beforehand, so that its mentions are read once: names are locked before it is written.
ALTER TABLE kb.stage_item ADD COLUMN assertion_id bigint;

-- That two entities are related, as a decision says, is no evidence of either: it mentions no name, its ends are those
-- of the decision.
INSERT INTO kb.item_kind (item_kind, description) VALUES ('decided_relation', 'what one entity has to do with another, by decision')
ON CONFLICT (item_kind) DO NOTHING;
UPDATE kb.assertion AS a
SET item_kind = 'decided_relation'
FROM kb.identity_decision AS d
WHERE d.kind = 'relate' AND d.assertion_id = a.assertion_id AND a.item_kind = 'relationship';
CREATE INDEX ix_identity_decision_relate ON kb.identity_decision (entity_id) WHERE kind = 'relate' AND undone_at IS NULL;
CREATE INDEX ix_identity_decision_assertion ON kb.identity_decision (assertion_id) WHERE assertion_id IS NOT NULL;

-- Changed signatures.
DROP FUNCTION IF EXISTS kb.usp_load_items(jsonb, bigint, text, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_load_relation_of(bigint, bigint, text, numeric, text, timestamptz);
DROP FUNCTION IF EXISTS kb.fn_loaded_time(text, text);
DROP FUNCTION IF EXISTS kb.usp_batch_insert_entities(jsonb, bigint, text, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_batch_insert_entity_relations(jsonb, bigint, text, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_insert_entity(text, text, text, bigint, numeric, text, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_insert_entity_event(text, text, text, text, text, bigint, numeric, text, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_insert_entity_location(text, text, text, text, text, bigint, numeric, text, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_insert_entity_relation(text, text, text, text, text, text, text, bigint, numeric, text, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_insert_entity_work(text, text, text, text, text, bigint, numeric, text, timestamptz);
