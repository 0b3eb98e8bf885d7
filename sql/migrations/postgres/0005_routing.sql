-- A mention whose family changed (kb.type_map was edited) is counted out of the old family and into the new.
ALTER TABLE kb.stage_mention ADD COLUMN old_type_family text COLLATE "C";
-- Looked up by key in payloads of many items.
DROP INDEX kb.ix_stage_mention_run;
CREATE INDEX ix_stage_mention_run ON kb.stage_mention (run_id, name_key);
