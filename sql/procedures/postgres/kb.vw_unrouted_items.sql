-- Purpose:     items of families that no routing procedure knows: kept as assertions, waiting for one.
-- Columns:     item_kind, job_type, contract_name, contract_version, items, pages, first_seen, last_seen, example (json).
CREATE OR REPLACE VIEW kb.vw_unrouted_items AS
SELECT a.item_kind, a.job_type, a.contract_name, a.contract_version, count(*) AS items,
    count(DISTINCT a.source_page_id) AS pages, min(a.created_at) AS first_seen, max(a.created_at) AS last_seen,
    (array_agg(a.payload ORDER BY a.assertion_id))[1] AS example
FROM kb.assertion AS a
WHERE a.retracted_at IS NULL AND NOT EXISTS (SELECT 1 FROM kb.item_kind AS k WHERE k.item_kind = a.item_kind)
GROUP BY a.item_kind, a.job_type, a.contract_name, a.contract_version;
