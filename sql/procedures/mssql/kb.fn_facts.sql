-- Purpose:     the attributes of a name that an item states; the one place that knows which.
-- Parameters:  @item_kind; @keys, @payload as in kb.assertion.
-- Returns:     mention as in kb.fn_mentions; attribute, value and unit with their keys; the fact's other key parts ('' where
--              absent) and what they stand for. When an event was, when a work came out are facts like others.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION kb.fn_facts (@item_kind nvarchar(100), @keys nvarchar(max), @payload nvarchar(max))
RETURNS TABLE
AS RETURN (
    SELECT N'subject' COLLATE Latin1_General_100_BIN2 AS mention, p.attribute COLLATE Latin1_General_100_BIN2 AS attribute,
        kb.fn_bounded_key(k.attribute_key, 200) COLLATE Latin1_General_100_BIN2 AS attribute_key,
        p.[value] COLLATE Latin1_General_100_BIN2 AS [value],
        kb.fn_bounded_key(k.value_key, 400) COLLATE Latin1_General_100_BIN2 AS value_key,
        NULLIF(TRIM(p.unit) COLLATE Latin1_General_100_BIN2, N'') AS unit,
        kb.fn_bounded_key(COALESCE(k.unit_key, N''), 120) COLLATE Latin1_General_100_BIN2 AS unit_key,
        kb.fn_bounded_key(COALESCE(k.valid_from_key, N''), 150) COLLATE Latin1_General_100_BIN2 AS start_key,
        kb.fn_bounded_key(COALESCE(k.valid_to_key, N''), 150) COLLATE Latin1_General_100_BIN2 AS end_key,
        kb.fn_bounded_key(COALESCE(k.work_context_from_key, N''), 300) COLLATE Latin1_General_100_BIN2 AS from_work_key,
        kb.fn_bounded_key(COALESCE(k.work_context_to_key, N''), 300) COLLATE Latin1_General_100_BIN2 AS to_work_key,
        kb.fn_bounded_key(COALESCE(k.continuity_key, N''), 200) COLLATE Latin1_General_100_BIN2 AS continuity_key,
        k.value_earliest, k.value_latest, k.value_precision COLLATE Latin1_General_100_BIN2 AS value_precision,
        NULLIF(TRIM(p.valid_from) COLLATE Latin1_General_100_BIN2, N'') AS start_text, k.valid_from_earliest AS start_earliest,
        k.valid_from_latest AS start_latest, k.valid_from_precision COLLATE Latin1_General_100_BIN2 AS start_precision,
        NULLIF(TRIM(p.valid_to) COLLATE Latin1_General_100_BIN2, N'') AS end_text, k.valid_to_earliest AS end_earliest,
        k.valid_to_latest AS end_latest, k.valid_to_precision COLLATE Latin1_General_100_BIN2 AS end_precision,
        NULLIF(TRIM(p.from_work) COLLATE Latin1_General_100_BIN2, N'') AS from_work,
        NULLIF(TRIM(p.to_work) COLLATE Latin1_General_100_BIN2, N'') AS to_work,
        NULLIF(TRIM(p.continuity) COLLATE Latin1_General_100_BIN2, N'') AS continuity
    FROM OPENJSON(@keys) WITH (
        attribute_key nvarchar(max) '$.attribute_key', value_key nvarchar(max) '$.value_key', unit_key nvarchar(max) '$.unit_key',
        valid_from_key nvarchar(max) '$.valid_from_key', valid_to_key nvarchar(max) '$.valid_to_key',
        work_context_from_key nvarchar(max) '$.work_context_from_key', work_context_to_key nvarchar(max) '$.work_context_to_key',
        continuity_key nvarchar(max) '$.continuity_key', value_earliest date '$.value_earliest', value_latest date '$.value_latest',
        value_precision nvarchar(max) '$.value_precision', valid_from_earliest date '$.valid_from_earliest',
        valid_from_latest date '$.valid_from_latest', valid_from_precision nvarchar(max) '$.valid_from_precision',
        valid_to_earliest date '$.valid_to_earliest', valid_to_latest date '$.valid_to_latest',
        valid_to_precision nvarchar(max) '$.valid_to_precision') AS k
    CROSS JOIN OPENJSON(@payload) WITH (
        attribute nvarchar(max) '$.attribute', [value] nvarchar(max) '$.value', unit nvarchar(max) '$.unit',
        valid_from nvarchar(max) '$.valid_from', valid_to nvarchar(max) '$.valid_to',
        from_work nvarchar(max) '$.work_context.from', to_work nvarchar(max) '$.work_context.to',
        continuity nvarchar(max) '$.continuity') AS p
    WHERE @item_kind = N'fact'
    UNION ALL
    SELECT N'self', v.attribute, v.attribute, TRIM(v.[value]), kb.fn_bounded_key(v.value_key, 400), NULL, N'', N'', N'', N'', N'',
        kb.fn_bounded_key(COALESCE(k.continuity_key, N''), 200), v.earliest, v.latest, v.time_precision, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULLIF(TRIM(p.continuity) COLLATE Latin1_General_100_BIN2, N'')
    FROM OPENJSON(@keys) WITH (
        start_key nvarchar(max) '$.start_key', start_earliest date '$.start_earliest', start_latest date '$.start_latest',
        start_precision nvarchar(max) '$.start_precision', end_key nvarchar(max) '$.end_key', end_earliest date '$.end_earliest',
        end_latest date '$.end_latest', end_precision nvarchar(max) '$.end_precision',
        release_date_key nvarchar(max) '$.release_date_key', release_date_earliest date '$.release_date_earliest',
        release_date_latest date '$.release_date_latest', release_date_precision nvarchar(max) '$.release_date_precision',
        canon_status_key nvarchar(max) '$.canon_status_key', continuity_key nvarchar(max) '$.continuity_key') AS k
    CROSS JOIN OPENJSON(@payload) WITH (
        [start] nvarchar(max) '$.start', [end] nvarchar(max) '$.end', release_date nvarchar(max) '$.release_date',
        canon_status nvarchar(max) '$.canon_status', continuity nvarchar(max) '$.continuity') AS p
    CROSS APPLY (VALUES
        (N'start', p.[start], k.start_key, k.start_earliest, k.start_latest, k.start_precision),
        (N'end', p.[end], k.end_key, k.end_earliest, k.end_latest, k.end_precision),
        (N'release_date', p.release_date, k.release_date_key, k.release_date_earliest, k.release_date_latest, k.release_date_precision),
        (N'canon_status', p.canon_status, k.canon_status_key, NULL, NULL, NULL)
    ) AS v (attribute, [value], value_key, earliest, latest, time_precision)
    WHERE ((@item_kind IN (N'event', N'period') AND v.attribute IN (N'start', N'end'))
           OR (@item_kind = N'work' AND v.attribute IN (N'release_date', N'canon_status')))
      AND TRIM(v.[value]) COLLATE Latin1_General_100_BIN2 <> N'' AND v.value_key COLLATE Latin1_General_100_BIN2 <> N''
);
