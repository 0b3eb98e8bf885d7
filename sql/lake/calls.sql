-- Purpose:     calls of the lake: one row a request to a model, or an answer from the cache.
-- Parameters:  $files the calls/NNNN.json files.
-- Columns:     run_id, date (the UTC day of the run's folder), call_no, chunk_index, purpose, request_sha256, cache_hit,
--              model, input_tokens, output_tokens, cached_tokens, duration_ms, http_status, finish_reason, error_code,
--              error, started_at (UTC), raw_text (the answer).
SELECT
    f.run_id, f.date, c.call_no, c.chunk_index, c.purpose, c.request_sha256, c.cache_hit, c.model, c.input_tokens,
    c.output_tokens, c.cached_tokens, c.duration_ms, c.http_status, c.finish_reason, c.error_code, c.error, c.started_at,
    c.raw_text
FROM (
    SELECT
        $run_id AS run_id, $date AS date,
        from_json(content, '{"call_no": "INTEGER", "chunk_index": "INTEGER", "purpose": "VARCHAR",
            "request_sha256": "VARCHAR", "cache_hit": "BOOLEAN", "model": "VARCHAR", "input_tokens": "BIGINT",
            "output_tokens": "BIGINT", "cached_tokens": "BIGINT", "duration_ms": "BIGINT", "http_status": "INTEGER",
            "finish_reason": "VARCHAR", "error_code": "VARCHAR", "error": "VARCHAR", "started_at": "TIMESTAMP",
            "raw_text": "VARCHAR"}') AS c
    FROM read_text($files)
    WHERE json_valid(content)
) AS f
