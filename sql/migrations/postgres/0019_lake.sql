-- The lake is pruned: a row whose file was removed says so, and a cached answer is found by its file.
ALTER TABLE llm.artifact ADD COLUMN pruned_at timestamptz;
CREATE INDEX ix_response_cache_lake_uri ON llm.response_cache (lake_uri COLLATE "C");
CREATE INDEX ix_identity_decision_run ON kb.identity_decision (run_id) WHERE run_id IS NOT NULL;

COMMENT ON COLUMN llm.artifact.pruned_at IS
    'since when nobody needs the file any more: it is removed, or about to be; null: it is kept';
