-- A mention whose family changed (kb.type_map was edited) is counted out of the old family and into the new.
ALTER TABLE kb.stage_mention ADD COLUMN old_type_family text COLLATE "C";
-- Looked up by key in payloads of many items.
DROP INDEX kb.ix_stage_mention_run;
CREATE INDEX ix_stage_mention_run ON kb.stage_mention (run_id, name_key);
-- An assertion without a type may belong to a typed entity; its confidence says nothing about the type. Null where no
-- assertion has one.
ALTER TABLE kb.dim_entity ADD COLUMN type_confidence numeric(5, 4);
UPDATE kb.dim_entity SET type_confidence = confidence WHERE type_family <> 'unknown';
