-- Of which entities, by natural key, an enrichment was when it was routed: the entity's own and those of all that had been
-- merged into it. Where they are one no more, what it said rests on the evidence of somebody else too.
ALTER TABLE kb.extraction ADD COLUMN subject_group jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN kb.extraction.subject_group IS 'natural keys of the subject and of all that was one with it then; [] of a page';

-- An entity that only pages spoke of that were erased, and that decisions were about: its row stands for it in
-- kb.identity_decision and says nothing else.
ALTER TABLE kb.dim_entity ADD COLUMN forgotten_at timestamptz;
COMMENT ON COLUMN kb.dim_entity.forgotten_at IS 'when the only pages that spoke of it were erased: the row is there for past decisions alone and says nothing';

-- Erasing looks for all resolutions of an assertion or of an entity, superseded ones too, and so do the foreign keys.
CREATE INDEX ix_resolution_assertion ON kb.resolution (assertion_id);
DROP INDEX kb.ix_resolution_entity;
CREATE INDEX ix_resolution_entity ON kb.resolution (entity_id, superseded_at);

-- Changed signatures.
DROP FUNCTION IF EXISTS ingest.fn_page_subjects(text, text);
DROP FUNCTION IF EXISTS kb.usp_forget_page(text, text, boolean, timestamptz);
