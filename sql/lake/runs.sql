-- Purpose:     runs of the lake: what each manifest says.
-- Parameters:  $files the manifest.json files.
-- Columns:     run_id, date (the UTC day of its folder), job_id, job_type, correlation_id, subject, attempt,
--              contract_name, contract_version, prompt_sha256, model, started_at, finished_at (UTC), duration_ms,
--              is_failed (it left an error.json), chunk_count, file_count, byte_count (of its files but the manifest).
SELECT
    f.run_id, f.date, m.job_id, m.job_type, m.correlation_id, m.subject, m.attempt,
    m.contract.name AS contract_name, m.contract.version AS contract_version, m.prompt_sha256, m.model,
    m.started_at, m.finished_at, m.duration_ms,
    list_contains(list_transform(m.files, lambda x: x.path), 'error.json') AS is_failed,
    len(m.chunks) AS chunk_count,
    len(m.files) AS file_count,
    CAST(list_sum(list_transform(m.files, lambda x: x.byte_count)) AS BIGINT) AS byte_count
FROM (
    SELECT
        $run_id AS run_id, $date AS date,
        from_json(content, '{"job_id": "BIGINT", "job_type": "VARCHAR", "correlation_id": "VARCHAR", "subject": "VARCHAR",
            "attempt": "INTEGER", "contract": {"name": "VARCHAR", "version": "VARCHAR"}, "prompt_sha256": "VARCHAR",
            "model": "VARCHAR", "started_at": "TIMESTAMP", "finished_at": "TIMESTAMP", "duration_ms": "BIGINT",
            "chunks": ["JSON"], "files": [{"path": "VARCHAR", "byte_count": "BIGINT"}]}') AS m
    FROM read_text($files)
    -- A torn file is no row.
    WHERE json_valid(content)
) AS f
