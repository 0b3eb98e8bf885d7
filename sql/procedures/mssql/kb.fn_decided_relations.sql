-- Purpose:     the bridge that an assertion of a decision to relate two entities supports; internal.
-- Parameters:  @assertion_id.
-- Returns:     as kb.fn_assertion_relations; the ends are those of the decision (they follow merges), and there is a row only
--              while both are there. Any other assertion gives none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_decided_relations (@assertion_id bigint)
RETURNS TABLE
AS RETURN (
    SELECT x.entity_id AS from_entity_id, y.entity_id AS to_entity_id, k.relation_type_key COLLATE Latin1_General_100_BIN2 AS relation_key,
        N'' COLLATE Latin1_General_100_BIN2 AS start_key, N'' COLLATE Latin1_General_100_BIN2 AS end_key, N'' COLLATE Latin1_General_100_BIN2 AS from_work_key,
        N'' COLLATE Latin1_General_100_BIN2 AS to_work_key, N'' COLLATE Latin1_General_100_BIN2 AS continuity_key,
        p.relation_type COLLATE Latin1_General_100_BIN2 AS relation_type,
        CONVERT(nvarchar(max), NULL) COLLATE Latin1_General_100_BIN2 AS start_text, CONVERT(date, NULL) AS start_earliest,
        CONVERT(date, NULL) AS start_latest, CONVERT(nvarchar(40), NULL) COLLATE Latin1_General_100_BIN2 AS start_precision,
        CONVERT(nvarchar(max), NULL) COLLATE Latin1_General_100_BIN2 AS end_text, CONVERT(date, NULL) AS end_earliest,
        CONVERT(date, NULL) AS end_latest, CONVERT(nvarchar(40), NULL) COLLATE Latin1_General_100_BIN2 AS end_precision,
        CONVERT(nvarchar(max), NULL) COLLATE Latin1_General_100_BIN2 AS from_work,
        CONVERT(nvarchar(max), NULL) COLLATE Latin1_General_100_BIN2 AS to_work,
        CONVERT(nvarchar(max), NULL) COLLATE Latin1_General_100_BIN2 AS continuity, a.confidence, 0 AS state_rank
    FROM kb.assertion AS a
    JOIN kb.identity_decision AS d ON d.assertion_id = a.assertion_id AND d.assertion_id IS NOT NULL
    JOIN kb.dim_entity AS x ON x.entity_id = kb.fn_master_entity(d.entity_id) AND x.retracted_at IS NULL
    JOIN kb.dim_entity AS y ON y.entity_id = kb.fn_master_entity(d.other_entity_id) AND y.retracted_at IS NULL
    OUTER APPLY OPENJSON(a.keys) WITH (relation_type_key nvarchar(max) '$.relation_type_key') AS k
    OUTER APPLY OPENJSON(a.payload) WITH (relation_type nvarchar(max) '$.relation_type') AS p
    WHERE a.assertion_id = @assertion_id AND a.item_kind = N'decided_relation' AND a.retracted_at IS NULL
);
