-- The lake is pruned: a row whose file was removed says so, and a cached answer is found by its file.
ALTER TABLE llm.artifact ADD pruned_at datetime2(3) NULL;
GO
CREATE INDEX ix_response_cache_lake_uri ON llm.response_cache (lake_uri_sha256);
CREATE INDEX ix_identity_decision_run ON kb.identity_decision (run_id) WHERE run_id IS NOT NULL;

EXEC sys.sp_addextendedproperty N'MS_Description', N'since when nobody needs the file any more: it is removed, or about to be; null: it is kept',
    N'SCHEMA', N'llm', N'TABLE', N'artifact', N'COLUMN', N'pruned_at';
