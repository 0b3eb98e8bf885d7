-- Purpose:     items of the lake: one row an item that a run routed.
-- Parameters:  $files the output.json files.
-- Columns:     run_id, date (the UTC day of the run's folder), source_page_id, contract_name, contract_version, model,
--              item_kind, item_index, chunk_index, payload (json), char_start, char_end, quote, grounding, is_weak,
--              confidence, item_sha256, merge_key.
SELECT
    f.run_id, f.date, f.source_page_id, f.contract_name, f.contract_version, f.model, i.item_kind, i.item_index,
    i.chunk_index, i.payload, i.char_start, i.char_end, i.quote, i.grounding, i.is_weak, i.confidence, i.item_sha256,
    i.merge_key
FROM (
    SELECT
        run_id, date, o.page.source_page_id AS source_page_id, o.contract AS contract_name,
        o.version AS contract_version, o.model, unnest(o.items) AS i
    FROM (
        SELECT
            $run_id AS run_id, $date AS date,
            from_json(content, '{"contract": "VARCHAR", "version": "VARCHAR", "model": "VARCHAR",
                "page": {"source_page_id": "BIGINT"},
                "items": [{"item_kind": "VARCHAR", "item_index": "INTEGER", "chunk_index": "INTEGER", "payload": "JSON",
                    "char_start": "BIGINT", "char_end": "BIGINT", "quote": "VARCHAR", "grounding": "VARCHAR",
                    "is_weak": "BOOLEAN", "confidence": "DOUBLE", "item_sha256": "VARCHAR", "merge_key": "VARCHAR"}]}') AS o
        FROM read_text($files)
        WHERE json_valid(content)
    ) AS g
) AS f
