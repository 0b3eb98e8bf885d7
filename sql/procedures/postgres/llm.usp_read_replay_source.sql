-- Purpose:     what a replay job is to apply: where the stored answers of its source run lie.
-- Parameters:  p_job_id of a job whose input says {"replay": {"run_id": ...}}.
-- Returns:     run_id of the source; lake_uri and content_sha256 of its output (null if none was recorded); is_latest:
--              nothing else was routed for the page (or entity, as long as it was one with the same others) and job type
--              since. No row if the job replays nothing.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.usp_read_replay_source(p_job_id bigint)
RETURNS TABLE (run_id uuid, lake_uri text, content_sha256 text, is_latest boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.run_id, a.lake_uri, a.content_sha256,
        coalesce(s.run_id = CASE
            WHEN j.source_page_id IS NOT NULL THEN (
                SELECT llm.fn_source_run(x.job_id, x.run_id) FROM kb.extraction AS x
                WHERE x.source_page_id = j.source_page_id AND x.job_type = j.job_type
                ORDER BY x.extraction_id DESC LIMIT 1)
            ELSE (
                SELECT llm.fn_source_run(x.job_id, x.run_id) FROM kb.extraction AS x
                JOIN kb.dim_entity AS e
                    ON x.subject_key = e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator
                WHERE x.source_page_id IS NULL AND x.job_type = j.job_type
                  -- What was said of it together with others, or of a part of what it is now, is not about it.
                  AND x.subject_group IN ('[]', (SELECT jsonb_agg(k.subject_key ORDER BY k.subject_key)
                                                 FROM kb.fn_subject_keys(e.entity_id) AS k))
                  AND e.entity_id = CASE jsonb_typeof(j.input -> 'entity_id') WHEN 'number' THEN (j.input ->> 'entity_id')::bigint END
                ORDER BY x.extraction_id DESC LIMIT 1) END, false)
    FROM llm.job AS j
    CROSS JOIN LATERAL (SELECT (j.input #>> '{replay,run_id}')::uuid AS run_id) AS s
    LEFT JOIN llm.artifact AS a ON a.run_id = s.run_id AND a.artifact_type = 'output' AND a.pruned_at IS NULL
    WHERE j.job_id = p_job_id AND s.run_id IS NOT NULL
    LIMIT 1;
$$;
