-- Of which entities, by natural key, an enrichment was when it was routed: the entity's own and those of all that had been
-- merged into it. Where they are one no more, what it said rests on the evidence of somebody else too.
ALTER TABLE kb.extraction ADD subject_group nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT df_extraction_subject_group DEFAULT N'[]'
    CONSTRAINT ck_extraction_subject_group CHECK (ISJSON(subject_group) = 1);
GO
EXEC sys.sp_addextendedproperty N'MS_Description', N'natural keys of the subject and of all that was one with it then; [] of a page',
    N'SCHEMA', N'kb', N'TABLE', N'extraction', N'COLUMN', N'subject_group';

-- An entity that only pages spoke of that were erased, and that decisions were about: its row stands for it in
-- kb.identity_decision and says nothing else.
ALTER TABLE kb.dim_entity ADD forgotten_at datetime2(3) NULL;
GO
EXEC sys.sp_addextendedproperty N'MS_Description', N'when the only pages that spoke of it were erased: the row is there for past decisions alone and says nothing',
    N'SCHEMA', N'kb', N'TABLE', N'dim_entity', N'COLUMN', N'forgotten_at';

-- Erasing looks for all resolutions of an assertion or of an entity, superseded ones too, and so do the foreign keys.
CREATE INDEX ix_resolution_assertion ON kb.resolution (assertion_id);
DROP INDEX ix_resolution_entity ON kb.resolution;
CREATE INDEX ix_resolution_entity ON kb.resolution (entity_id, superseded_at);

-- Changed signatures: CREATE OR ALTER takes them as they are.
