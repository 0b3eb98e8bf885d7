-- Purpose:     what is known to have happened to an entity, in time: ORDER BY at_earliest, at_latest.
-- Columns:     entity_id, entity_name, at_earliest, at_latest (days), at_text, kind ('event', 'start', 'end', 'fact', 'release'),
--              what (a sentence of names), other_id (the event or the other end, null for a fact), confidence.
CREATE OR ALTER VIEW kb.vw_timeline AS
SELECT e.entity_id, e.entity_name, d.start_earliest AS at_earliest, COALESCE(d.end_latest, d.start_latest) AS at_latest,
    CONCAT_WS(N' to ', CONVERT(nvarchar(max), d.start_text), d.end_text) AS at_text, N'event' AS kind,
    CONCAT(CONVERT(nvarchar(max), b.relation_type), N' in ', d.event_name) AS what, d.event_id AS other_id,
    IIF(d.confidence < b.confidence, d.confidence, b.confidence) AS confidence
FROM kb.bridge_entity_relation AS b
JOIN kb.dim_entity AS e ON e.entity_id = b.from_entity_id
JOIN kb.dim_event AS d ON d.event_id = b.to_entity_id AND d.retracted_at IS NULL AND d.promotion_state <> N'suppressed'
    AND d.start_earliest IS NOT NULL
WHERE b.retracted_at IS NULL AND b.promotion_state <> N'suppressed'
UNION ALL
SELECT e.entity_id, e.entity_name, d.start_earliest, COALESCE(d.end_latest, d.start_latest),
    CONCAT_WS(N' to ', CONVERT(nvarchar(max), d.start_text), d.end_text), N'event', d.event_name, d.event_id, d.confidence
FROM kb.dim_event AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.event_id
WHERE d.retracted_at IS NULL AND d.promotion_state <> N'suppressed' AND d.start_earliest IS NOT NULL
UNION ALL
SELECT e.entity_id, e.entity_name, t.earliest, t.latest, t.[text], t.kind,
    CASE WHEN e.entity_id = b.from_entity_id THEN CONCAT(CONVERT(nvarchar(max), b.relation_type), N' ', o.entity_name)
        ELSE CONCAT(CONVERT(nvarchar(max), o.entity_name), N' ', b.relation_type) END,
    o.entity_id, b.confidence
FROM kb.bridge_entity_relation AS b
CROSS APPLY (VALUES
    (N'start', b.start_earliest, b.start_latest, b.start_text), (N'end', b.end_earliest, b.end_latest, b.end_text)
) AS t (kind, earliest, latest, [text])
CROSS APPLY (
    SELECT b.from_entity_id AS own, b.to_entity_id AS other
    UNION
    SELECT b.to_entity_id, b.from_entity_id
) AS x
JOIN kb.dim_entity AS e ON e.entity_id = x.own
JOIN kb.dim_entity AS o ON o.entity_id = x.other
WHERE b.retracted_at IS NULL AND b.promotion_state <> N'suppressed' AND t.earliest IS NOT NULL
UNION ALL
SELECT e.entity_id, e.entity_name, COALESCE(f.value_earliest, f.start_earliest), COALESCE(f.value_latest, f.end_latest, f.start_latest),
    COALESCE(CASE WHEN f.value_earliest IS NULL THEN f.start_text END, f.value),
    CASE COALESCE(f.decided_attribute_key, f.attribute_key) WHEN N'release_date' THEN N'release' ELSE N'fact' END,
    CONCAT(f.attribute, N': ', f.value, N' ' + f.unit), NULL, f.confidence
FROM kb.fact_attribute AS f
JOIN kb.dim_entity AS e ON e.entity_id = f.entity_id
WHERE f.retracted_at IS NULL AND f.promotion_state <> N'suppressed' AND COALESCE(f.value_earliest, f.start_earliest) IS NOT NULL
  AND NOT (COALESCE(f.decided_attribute_key, f.attribute_key) IN (N'start', N'end')
           AND EXISTS (SELECT 1 FROM kb.dim_event AS d WHERE d.event_id = f.entity_id));
