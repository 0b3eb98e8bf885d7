-- Purpose:     items of families that no routing procedure knows: kept as assertions, waiting for one.
-- Columns:     item_kind, job_type, contract_name, contract_version, items, pages, first_seen, last_seen, example (json).
CREATE OR ALTER VIEW kb.vw_unrouted_items AS
SELECT g.item_kind, g.job_type, g.contract_name, g.contract_version, g.items, g.pages, g.first_seen, g.last_seen, e.payload AS example
FROM (
    SELECT a.item_kind, a.job_type, a.contract_name, a.contract_version, CONVERT(bigint, COUNT(*)) AS items,
        CONVERT(bigint, COUNT(DISTINCT a.source_page_id)) AS pages, MIN(a.created_at) AS first_seen, MAX(a.created_at) AS last_seen,
        MIN(a.assertion_id) AS first_assertion_id
    FROM kb.assertion AS a
    WHERE a.retracted_at IS NULL AND NOT EXISTS (SELECT 1 FROM kb.item_kind AS k WHERE k.item_kind = a.item_kind)
    GROUP BY a.item_kind, a.job_type, a.contract_name, a.contract_version
) AS g
JOIN kb.assertion AS e ON e.assertion_id = g.first_assertion_id;
