-- Purpose:     erase old attempts with their calls and the rows of their artifacts.
-- Parameters:  p_older_than UTC instant of ending; p_limit most runs that this call looks at; p_after only runs with a
--              higher run_id (they grow with time); p_dry_run counts those of this step and erases nothing.
-- Returns:     purged; seen; last_run_id of those seen: the next call goes on after it; none seen: it was the last.
-- Errors:      INVALID_PAYLOAD for a negative limit.
-- Idempotency: yes. Never a run of a job that is not archived yet, of which live knowledge, a standing decision about
--              identity or an answer about a database holds something, whose answers a replay would apply or applied, or of
--              which a file is still in the lake (llm.usp_prune_artifacts goes before).
CREATE OR REPLACE FUNCTION llm.usp_purge_runs(
    p_older_than timestamptz, p_limit integer DEFAULT 1000, p_after uuid DEFAULT NULL, p_dry_run boolean DEFAULT false)
RETURNS TABLE (purged bigint, seen bigint, last_run_id uuid)
-- Index access only: the statistics of what is being erased are never right.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
DECLARE
    v_seen uuid[];
    v_gone uuid[];
BEGIN
    PERFORM llm.fn_checked_limit(p_limit);
    v_seen := ARRAY (
        SELECT r.run_id FROM llm.run AS r
        WHERE r.run_id > coalesce(p_after, '00000000-0000-0000-0000-000000000000')
        ORDER BY r.run_id
        LIMIT p_limit);

    v_gone := ARRAY (
        SELECT r.run_id FROM llm.run AS r
        WHERE r.run_id = ANY (v_seen) AND r.finished_at < p_older_than
          AND (SELECT true FROM llm.job AS j WHERE j.job_id = r.job_id) IS NULL
          AND (SELECT true FROM kb.assertion AS a WHERE a.run_id = r.run_id AND a.retracted_at IS NULL LIMIT 1) IS NULL
          AND (SELECT true FROM kb.identity_decision AS d
               WHERE d.run_id = r.run_id AND d.undone_at IS NULL LIMIT 1) IS NULL
          -- What was computed is computed again; what a model said of a database counts until it says something else.
          AND (SELECT true FROM onto.answer AS o WHERE o.run_id = r.run_id AND o.model IS NOT NULL LIMIT 1) IS NULL
          -- What a replay would start from: the last answers of a current page, or about an entity.
          AND (SELECT true FROM kb.extraction AS x
               WHERE x.run_id = r.run_id AND CASE
                   WHEN x.source_page_id IS NOT NULL THEN
                       (SELECT s.superseded_at FROM ingest.source_page AS s WHERE s.source_page_id = x.source_page_id) IS NULL
                       AND (SELECT true FROM kb.extraction AS n
                            WHERE n.source_page_id = x.source_page_id AND n.job_type = x.job_type
                              AND n.extraction_id > x.extraction_id LIMIT 1) IS NULL
                   ELSE (SELECT true FROM kb.extraction AS n
                         WHERE n.subject_key = x.subject_key AND n.subject_key <> '' AND n.job_type = x.job_type
                           AND n.extraction_id > x.extraction_id LIMIT 1) IS NULL END) IS NULL
          -- What a replay applied is told by the key of its job.
          AND (SELECT true FROM kb.extraction AS x
               CROSS JOIN LATERAL (SELECT ('replay:' || x.job_type || ':' || r.run_id) COLLATE "C" AS prefix) AS k
               WHERE x.run_id = r.run_id AND (
                   (SELECT true FROM llm.job AS j
                    WHERE j.dedupe_key >= k.prefix || ':' AND j.dedupe_key < k.prefix || ';' LIMIT 1)
                   OR (SELECT true FROM llm.job_archive AS j
                       WHERE j.status = 'SUCCEEDED' AND j.dedupe_key >= k.prefix || ':' AND j.dedupe_key < k.prefix || ';'
                       LIMIT 1))) IS NULL
          -- Of a run without rows nobody could tell whether its files may go; those of a cached answer stay.
          AND (SELECT true FROM llm.artifact AS f WHERE f.run_id = r.run_id AND f.pruned_at IS NULL LIMIT 1) IS NULL
        ORDER BY r.run_id);

    IF NOT p_dry_run THEN
        DELETE FROM llm.call AS c WHERE c.run_id = ANY (v_gone);
        DELETE FROM llm.artifact AS a WHERE a.run_id = ANY (v_gone);
        DELETE FROM llm.run AS r WHERE r.run_id = ANY (v_gone);
    END IF;
    RETURN QUERY SELECT cardinality(v_gone)::bigint, cardinality(v_seen)::bigint, v_seen[cardinality(v_seen)];
END
$$;
