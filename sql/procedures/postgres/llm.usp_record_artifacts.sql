-- Purpose:     record where a run's files lie in the lake.
-- Parameters:  p_run_id; p_artifacts json array of {artifact_type, lake_uri, content_sha256, byte_count}.
-- Returns:     the number of rows that were new.
-- Errors:      none; not fenced: it only says what happened.
-- Idempotency: a known file stays as it is, unless it was written again with other content.
CREATE OR REPLACE FUNCTION llm.usp_record_artifacts(p_run_id uuid, p_artifacts jsonb)
RETURNS TABLE (inserted bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH placed AS (
        INSERT INTO llm.artifact AS k (run_id, artifact_type, lake_uri, content_sha256, byte_count)
        SELECT p_run_id, a.artifact_type, a.lake_uri, a.content_sha256, a.byte_count
        FROM jsonb_to_recordset(p_artifacts) AS a (artifact_type text, lake_uri text, content_sha256 text, byte_count bigint)
        ORDER BY a.lake_uri COLLATE "C"
        ON CONFLICT (run_id, lake_uri) DO UPDATE
            SET content_sha256 = EXCLUDED.content_sha256, byte_count = EXCLUDED.byte_count, pruned_at = NULL
            WHERE k.content_sha256 <> EXCLUDED.content_sha256 OR k.pruned_at IS NOT NULL
        RETURNING 1
    )
    SELECT count(*) FROM placed;
$$;
