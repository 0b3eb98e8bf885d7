-- Purpose:     what was decided about a bridge, or about those that it took the place of when an end was merged; internal.
-- Parameters:  @run_id whose kb.stage_relation may hold the bridge before its row is there; @entity_relation_id.
-- Returns:     decision and changes as kb.fn_standing_decision; decided_relation_key, null unless the relation was named
--              otherwise; the days of the start and the end that were set; no row if there is none, or the id is null.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_relation_decision (@run_id uniqueidentifier, @entity_relation_id bigint)
RETURNS TABLE
AS RETURN (
    SELECT d.decision, d.changes, kb.fn_bounded_key(c.relation_type_key, 300) AS decided_relation_key,
        s.earliest AS start_earliest, s.latest AS start_latest, s.time_precision AS start_precision,
        e.earliest AS end_earliest, e.latest AS end_latest, e.time_precision AS end_precision
    FROM (
        SELECT CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), i.entity_relation_id), N','), N']') AS target_ids
        FROM (
            SELECT @entity_relation_id AS entity_relation_id
            UNION
            SELECT o.entity_relation_id
            FROM (
                SELECT TOP (1) x.from_entity_id, x.to_entity_id, x.relation_key, x.start_key, x.end_key, x.from_work_key, x.to_work_key,
                    x.continuity_key
                FROM (
                    SELECT 0 AS place, b.from_entity_id, b.to_entity_id, b.relation_key, b.start_key, b.end_key, b.from_work_key,
                        b.to_work_key, b.continuity_key
                    FROM kb.bridge_entity_relation AS b
                    WHERE b.entity_relation_id = @entity_relation_id
                    UNION ALL
                    SELECT 1, g.from_entity_id, g.to_entity_id, g.relation_key, g.start_key, g.end_key, g.from_work_key,
                        g.to_work_key, g.continuity_key
                    FROM kb.stage_relation AS g
                    WHERE g.run_id = @run_id AND g.entity_relation_id = @entity_relation_id
                ) AS x
                ORDER BY x.place
            ) AS k
            CROSS APPLY kb.fn_merge_group(k.from_entity_id) AS f
            CROSS APPLY kb.fn_merge_group(k.to_entity_id) AS t
            JOIN kb.bridge_entity_relation AS o ON o.from_entity_id = f.entity_id AND o.to_entity_id = t.entity_id
                AND o.relation_key = k.relation_key AND o.start_key = k.start_key AND o.end_key = k.end_key
                AND o.from_work_key = k.from_work_key AND o.to_work_key = k.to_work_key AND o.continuity_key = k.continuity_key
            WHERE @entity_relation_id IS NOT NULL
        ) AS i
    ) AS r
    CROSS APPLY kb.fn_standing_decision(N'relation', r.target_ids) AS d
    OUTER APPLY OPENJSON(d.changes) WITH (
        relation_type_key nvarchar(max) '$.relation_type_key', start_text nvarchar(max) '$.start', end_text nvarchar(max) '$.end') AS c
    OUTER APPLY kb.fn_time_bound(c.start_text) AS s
    OUTER APPLY kb.fn_time_bound(c.end_text) AS e
);
