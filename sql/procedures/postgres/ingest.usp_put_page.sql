-- Purpose:     store a page: new, a new version of a known one, or nothing if its content is what is stored.
-- Parameters:  p_source_system, p_external_id identify it; p_title, p_content_type, p_content (text, LF, no NUL),
--              p_content_sha256 hex, p_metadata json; p_now UTC; p_correlation_id of the jobs
--              that a new version makes (null = one of its own).
-- Returns:     source_page_id, version, state ('created', 'changed', 'unchanged'), enqueued (jobs made for a new version:
--              one of every job type of ingest.fn_page_readers; if there is none, one of every entity of
--              ingest.fn_page_subjects, which otherwise waits until the new version has been read).
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: the same content again makes no version and no job, also when raced; title, content type and metadata follow
--              what was given last.
CREATE OR REPLACE FUNCTION ingest.usp_put_page(
    p_source_system text, p_external_id text, p_title text, p_content_type text, p_content text, p_content_sha256 text,
    p_metadata jsonb DEFAULT NULL, p_now timestamptz DEFAULT NULL, p_correlation_id uuid DEFAULT NULL)
RETURNS TABLE (source_page_id bigint, version integer, state text, enqueued integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now      timestamptz := coalesce(p_now, clock_timestamp());
    v_old      ingest.source_page;
    v_new_id   bigint;
    v_version  integer;
    v_enqueued integer := 0;
    v_jobs     jsonb;
    v_correlation_id uuid := coalesce(p_correlation_id, gen_random_uuid());
BEGIN
    IF coalesce(p_external_id, '') = '' OR p_content IS NULL OR p_content_sha256 IS NULL THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: a page needs external_id, content and content_sha256' USING ERRCODE = 'SR004';
    END IF;

    -- Most of a corpus that is ingested again is what is stored: a look tells, without a lock or a write.
    RETURN QUERY
    SELECT s.source_page_id, s.version, 'unchanged'::text, 0
    FROM ingest.source_page AS s
    WHERE s.source_system = p_source_system AND s.external_id = p_external_id AND s.superseded_at IS NULL
      AND s.content_sha256 = p_content_sha256
      AND (s.title, s.content_type, s.metadata)
          IS NOT DISTINCT FROM (p_title, p_content_type, coalesce(p_metadata, s.metadata));
    IF FOUND THEN
        RETURN;
    END IF;

    -- Two that store the same page for the first time meet at the unique key; the second looks again.
    FOR v_try IN 1..20 LOOP
        SELECT * INTO v_old FROM ingest.source_page AS s
        WHERE s.source_system = p_source_system AND s.external_id = p_external_id AND s.superseded_at IS NULL
        FOR UPDATE;
        IF v_old.content_sha256 = p_content_sha256 THEN
            UPDATE ingest.source_page AS s
            SET title = p_title, content_type = p_content_type, metadata = coalesce(p_metadata, s.metadata)
            WHERE s.source_page_id = v_old.source_page_id
              AND (s.title, s.content_type, s.metadata)
                  IS DISTINCT FROM (p_title, p_content_type, coalesce(p_metadata, s.metadata));
            RETURN QUERY SELECT v_old.source_page_id, v_old.version, 'unchanged'::text, 0;
            RETURN;
        END IF;
        v_version := coalesce((
            SELECT max(s.version) FROM ingest.source_page AS s
            WHERE s.source_system = p_source_system AND s.external_id = p_external_id), 0) + 1;
        UPDATE ingest.source_page AS s SET superseded_at = v_now WHERE s.source_page_id = v_old.source_page_id;
        INSERT INTO ingest.source_page (source_system, external_id, version, title, content_type, content,
            content_sha256, metadata, ingested_at)
        VALUES (p_source_system, p_external_id, v_version, p_title, p_content_type, p_content,
            p_content_sha256, coalesce(p_metadata, '{}'), v_now)
        ON CONFLICT DO NOTHING
        RETURNING source_page_id INTO v_new_id;
        EXIT WHEN v_new_id IS NOT NULL;
    END LOOP;
    IF v_new_id IS NULL THEN
        RAISE EXCEPTION 'page % % was stored by others again and again', p_source_system, p_external_id
            USING ERRCODE = 'serialization_failure', HINT = 'Nothing was written; call again.';
    END IF;

    IF v_version > 1 THEN
        SELECT jsonb_agg(jsonb_build_object('job_type', r.job_type, 'subject', p_title, 'source_page_id', v_new_id,
            'correlation_id', v_correlation_id)) INTO v_jobs
        FROM ingest.fn_page_readers(p_source_system, p_external_id) AS r;
        IF v_jobs IS NULL THEN
            v_enqueued := kb.usp_enqueue_subjects(ARRAY (
                SELECT u.entity_id FROM ingest.fn_page_subjects(p_source_system, p_external_id) AS u), 'page:' || v_new_id, v_now,
                v_correlation_id);
        ELSE
            SELECT count(*) FILTER (WHERE e.created) INTO v_enqueued FROM llm.usp_enqueue_jobs(v_jobs, v_now) AS e;
        END IF;
    END IF;

    RETURN QUERY SELECT v_new_id, v_version,
        CASE WHEN v_version = 1 THEN 'created' ELSE 'changed' END, v_enqueued;
END
$$;
