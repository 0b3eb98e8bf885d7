-- Purpose:     decide which runs of the lake nobody needs any more, and note that their files go. The caller removes the
--              files afterwards; a row that is noted may have its file or not, and a later call decides the same again.
-- Parameters:  p_runs json array of {run_id, lake_uris: [...]}, the runs that the lake holds, 1 000 at most;
--              p_older_than UTC instant of the run's end; p_dry_run notes nothing; p_now UTC, default the server's clock.
-- Returns:     a row a run: run_id; verdict: pruned, or why it stays: running, young, live (assertions, decisions or what is
--              known of a database rest on it), replay (what was routed last for its page or subject), unknown (this database has no such run);
--              kept: json array of those of its lake_uris that stay nevertheless: answers in the response cache and the
--              manifest that speaks of them.
-- Errors:      INVALID_PAYLOAD for more than 1 000 runs.
-- Idempotency: yes.
CREATE OR REPLACE FUNCTION llm.usp_prune_artifacts(
    p_runs jsonb, p_older_than timestamptz, p_dry_run boolean DEFAULT false, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (run_id uuid, verdict text, kept jsonb)
-- Index access only: the statistics of what is being pruned are never right.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
BEGIN
    IF jsonb_array_length(p_runs) > 1000 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: % runs in one call', jsonb_array_length(p_runs) USING ERRCODE = 'SR004',
            HINT = 'At most 1 000 a call.';
    END IF;

    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT g.run_id, g.lake_uris FROM jsonb_to_recordset(p_runs) AS g (run_id uuid, lake_uris jsonb)
    ), file AS MATERIALIZED (
        SELECT g.run_id, u.lake_uri, u.lake_uri LIKE '%/manifest.json' AS is_manifest,
            EXISTS (SELECT 1 FROM llm.response_cache AS c WHERE c.lake_uri COLLATE "C" = u.lake_uri) AS is_cached
        FROM given AS g
        CROSS JOIN LATERAL jsonb_array_elements_text(g.lake_uris) AS u (lake_uri)
    ), stay AS MATERIALIZED (
        SELECT f.run_id, f.lake_uri FROM file AS f
        WHERE f.is_cached
           OR f.is_manifest AND EXISTS (SELECT 1 FROM file AS o WHERE o.run_id = f.run_id AND o.is_cached)
    ), decided AS MATERIALIZED (
        SELECT g.run_id, CASE
            WHEN EXISTS (SELECT 1 FROM llm.job AS j WHERE j.status = 'RUNNING' AND j.run_id = g.run_id) THEN 'running'
            WHEN r.run_id IS NULL AND a.created_at IS NULL THEN 'unknown'
            WHEN coalesce(r.finished_at, a.created_at) >= p_older_than THEN 'young'
            WHEN (SELECT true FROM kb.assertion AS s WHERE s.run_id = g.run_id AND s.retracted_at IS NULL LIMIT 1)
              OR (SELECT true FROM kb.identity_decision AS d WHERE d.run_id = g.run_id AND d.undone_at IS NULL LIMIT 1)
              OR (SELECT true FROM onto.answer AS o WHERE o.run_id = g.run_id AND o.model IS NOT NULL LIMIT 1) THEN 'live'
            WHEN EXISTS (
                SELECT 1 FROM kb.extraction AS x
                LEFT JOIN ingest.source_page AS p ON p.source_page_id = x.source_page_id
                CROSS JOIN LATERAL (
                    -- Adding 0 keeps the plan from walking the primary key backwards.
                    SELECT l.job_id, l.run_id FROM kb.extraction AS l
                    WHERE l.extraction_id = CASE
                        WHEN x.source_page_id IS NOT NULL THEN
                            (SELECT max(m.extraction_id + 0) FROM kb.extraction AS m
                             WHERE m.source_page_id = x.source_page_id AND m.job_type = x.job_type)
                        ELSE (SELECT max(m.extraction_id + 0) FROM kb.extraction AS m
                              WHERE m.subject_key = x.subject_key AND m.subject_key <> '' AND m.job_type = x.job_type)
                        END) AS latest
                WHERE x.run_id = g.run_id AND p.superseded_at IS NULL
                  AND g.run_id IN (latest.run_id, llm.fn_source_run(latest.job_id, latest.run_id))) THEN 'replay'
            ELSE 'pruned' END AS verdict
        FROM given AS g
        LEFT JOIN llm.run AS r ON r.run_id = g.run_id
        LEFT JOIN LATERAL (SELECT max(k.created_at) AS created_at FROM llm.artifact AS k WHERE k.run_id = g.run_id) AS a ON true
    ), noted AS (
        UPDATE llm.artifact AS k SET pruned_at = coalesce(p_now, clock_timestamp())
        FROM file AS f
        JOIN decided AS d ON d.run_id = f.run_id AND d.verdict = 'pruned'
        WHERE NOT p_dry_run AND k.run_id = f.run_id AND k.lake_uri = f.lake_uri AND k.pruned_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM stay AS s WHERE s.run_id = f.run_id AND s.lake_uri = f.lake_uri)
        RETURNING 1
    )
    SELECT d.run_id, d.verdict,
        coalesce((SELECT jsonb_agg(s.lake_uri ORDER BY s.lake_uri) FROM stay AS s WHERE s.run_id = d.run_id), '[]'::jsonb)
    FROM decided AS d
    ORDER BY d.run_id;
END
$$;
