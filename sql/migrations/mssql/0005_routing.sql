-- A mention whose family changed (kb.type_map was edited) is counted out of the old family and into the new.
ALTER TABLE kb.stage_mention ADD old_type_family nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL;
GO
-- Looked up by key in payloads of many items.
DROP INDEX ix_stage_mention_run ON kb.stage_mention;
CREATE CLUSTERED INDEX ix_stage_mention_run ON kb.stage_mention (run_id, name_key_sha256) WITH (ALLOW_PAGE_LOCKS = OFF);
-- An assertion without a type may belong to a typed entity; its confidence says nothing about the type. Null where no
-- assertion has one.
ALTER TABLE kb.dim_entity ADD type_confidence decimal(5, 4) NULL;
GO
UPDATE kb.dim_entity SET type_confidence = confidence WHERE type_family <> N'unknown';
