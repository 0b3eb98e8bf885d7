-- Purpose:     what was decided about a fact, or about those that it took the place of when its subject was merged; internal.
-- Parameters:  @run_id whose kb.stage_fact may hold the fact before its row is there; @fact_attribute_id.
-- Returns:     decision and changes as kb.fn_standing_decision; decided_attribute_key, null unless the attribute was named
--              otherwise; the days of the start and the end that were set; no row if there is none, or the id is null.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_fact_decision (@run_id uniqueidentifier, @fact_attribute_id bigint)
RETURNS TABLE
AS RETURN (
    SELECT d.decision, d.changes, kb.fn_bounded_key(c.attribute_key, 200) AS decided_attribute_key,
        s.earliest AS start_earliest, s.latest AS start_latest, s.time_precision AS start_precision,
        e.earliest AS end_earliest, e.latest AS end_latest, e.time_precision AS end_precision
    FROM (
        SELECT CONCAT(N'[', STRING_AGG(CONVERT(nvarchar(max), i.fact_attribute_id), N','), N']') AS target_ids
        FROM (
            SELECT @fact_attribute_id AS fact_attribute_id
            UNION
            SELECT o.fact_attribute_id
            FROM (
                SELECT TOP (1) x.entity_id, x.attribute_key, x.value_key, x.unit_key, x.start_key, x.end_key, x.from_work_key,
                    x.to_work_key, x.continuity_key
                FROM (
                    SELECT 0 AS place, b.entity_id, b.attribute_key, b.value_key, b.unit_key, b.start_key, b.end_key, b.from_work_key,
                        b.to_work_key, b.continuity_key
                    FROM kb.fact_attribute AS b
                    WHERE b.fact_attribute_id = @fact_attribute_id
                    UNION ALL
                    SELECT 1, g.entity_id, g.attribute_key, g.value_key, g.unit_key, g.start_key, g.end_key, g.from_work_key,
                        g.to_work_key, g.continuity_key
                    FROM kb.stage_fact AS g
                    WHERE g.run_id = @run_id AND g.fact_attribute_id = @fact_attribute_id
                ) AS x
                ORDER BY x.place
            ) AS k
            CROSS APPLY kb.fn_merge_group(k.entity_id) AS m
            JOIN kb.fact_attribute AS o ON o.entity_id = m.entity_id AND o.attribute_key = k.attribute_key
                AND o.value_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', k.value_key)) AND o.value_key = k.value_key
                AND o.unit_key = k.unit_key AND o.start_key = k.start_key AND o.end_key = k.end_key
                AND o.from_work_key = k.from_work_key AND o.to_work_key = k.to_work_key AND o.continuity_key = k.continuity_key
            WHERE @fact_attribute_id IS NOT NULL
        ) AS i
    ) AS r
    CROSS APPLY kb.fn_standing_decision(N'fact', r.target_ids) AS d
    OUTER APPLY OPENJSON(d.changes) WITH (
        attribute_key nvarchar(max) '$.attribute_key', start_text nvarchar(max) '$.start', end_text nvarchar(max) '$.end') AS c
    OUTER APPLY kb.fn_time_bound(c.start_text) AS s
    OUTER APPLY kb.fn_time_bound(c.end_text) AS e
);
