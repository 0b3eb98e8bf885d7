-- What was last said of an entity by a job of many pages: backfills and replays of enrichment look it up.
CREATE INDEX ix_extraction_subject ON kb.extraction (subject_key_sha256, job_type, extraction_id)
    WHERE subject_key <> N'';
