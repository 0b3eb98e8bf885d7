-- Purpose:     the canonical dump: live pages, assertions and derived rows by natural key, without ids, runs and times.
-- Columns:     kind; sort_key (order by kind, sort_key, both binary); doc json. Two databases that say the same give the same
--              rows, whatever order they were filled in.
CREATE OR ALTER VIEW kb.vw_export AS
SELECT N'page' COLLATE Latin1_General_100_BIN2 AS kind,
    CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), s.source_system), s.external_id) AS sort_key,
    (SELECT N'page' AS kind, s.source_system AS source_system, s.external_id AS external_id, s.title AS title,
        s.content_sha256 AS content_sha256
     FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER) AS doc
FROM ingest.source_page AS s
WHERE s.superseded_at IS NULL
UNION ALL
SELECT N'assertion', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), s.source_system), s.external_id, a.job_type, a.item_kind,
        RIGHT(CONCAT(N'0000000000', a.char_start + 1), 10), RIGHT(CONCAT(N'0000000000', a.char_end + 1), 10), a.item_sha256),
    JSON_MODIFY((
        SELECT N'assertion' AS kind, s.external_id AS external_id, s.content_sha256 AS content_sha256, a.job_type AS job_type,
            a.item_kind AS item_kind, a.char_start AS char_start, a.char_end AS char_end, a.quote AS quote, a.grounding AS grounding,
            a.is_weak AS is_weak, a.quarantine_reason AS quarantine_reason
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.item', JSON_QUERY(a.payload))
FROM kb.assertion AS a
JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
WHERE a.retracted_at IS NULL
UNION ALL
SELECT N'entity', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), e.name_key), e.type_family, e.disambiguator),
    JSON_MODIFY(JSON_MODIFY((
        SELECT N'entity' AS kind, e.name_key AS name_key, e.type_family AS type_family, e.disambiguator AS disambiguator,
            e.entity_name AS entity_name, e.entity_type AS entity_type, e.description AS description, e.confidence AS confidence,
            e.observation_count AS observation_count, e.promotion_state AS promotion_state, e.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.attributes', JSON_QUERY(e.attributes)),
        '$.aliases', JSON_QUERY(COALESCE((
            SELECT k.alias AS alias, k.observation_count AS observation_count
            FROM kb.entity_alias AS k
            WHERE k.entity_id = e.entity_id AND k.retracted_at IS NULL
            ORDER BY k.alias_key
            FOR JSON PATH), N'[]')))
FROM kb.dim_entity AS e
WHERE e.retracted_at IS NULL
UNION ALL
SELECT N'relation', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), f.name_key), f.type_family, f.disambiguator, r.relation_key,
        t.name_key, t.type_family, t.disambiguator, r.start_key, r.end_key, r.from_work_key, r.to_work_key, r.continuity_key),
    JSON_MODIFY(JSON_MODIFY((
        SELECT N'relation' AS kind, r.relation_key AS relation_key, r.relation_type AS relation_type, r.start_text AS [start],
            r.end_text AS [end], r.from_work AS from_work, r.to_work AS to_work, r.continuity AS continuity,
            r.start_earliest AS start_earliest, r.start_latest AS start_latest, r.start_precision AS start_precision,
            r.end_earliest AS end_earliest, r.end_latest AS end_latest, r.end_precision AS end_precision, r.confidence AS confidence,
            r.observation_count AS observation_count, r.promotion_state AS promotion_state, r.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.from', JSON_QUERY(m.names)),
        '$.to', JSON_QUERY(n.names))
FROM kb.bridge_entity_relation AS r
JOIN kb.dim_entity AS f ON f.entity_id = r.from_entity_id
JOIN kb.dim_entity AS t ON t.entity_id = r.to_entity_id
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(f.name_key), N',', llm.fn_json_string(f.type_family), N',',
        llm.fn_json_string(f.disambiguator), N']') AS names
) AS m
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(t.name_key), N',', llm.fn_json_string(t.type_family), N',',
        llm.fn_json_string(t.disambiguator), N']') AS names
) AS n
WHERE r.retracted_at IS NULL
UNION ALL
SELECT N'fact', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), e.name_key), e.type_family, e.disambiguator, f.attribute_key, f.value_key,
        f.unit_key, f.start_key, f.end_key, f.from_work_key, f.to_work_key, f.continuity_key),
    JSON_MODIFY((
        SELECT N'fact' AS kind, f.attribute AS attribute, f.value AS [value], f.unit AS unit, f.value_earliest AS value_earliest,
            f.value_latest AS value_latest, f.value_precision AS value_precision, f.start_text AS [start], f.end_text AS [end],
            f.start_earliest AS start_earliest, f.start_latest AS start_latest, f.start_precision AS start_precision,
            f.end_earliest AS end_earliest, f.end_latest AS end_latest, f.end_precision AS end_precision, f.from_work AS from_work,
            f.to_work AS to_work, f.continuity AS continuity, f.confidence AS confidence, f.observation_count AS observation_count,
            f.promotion_state AS promotion_state, f.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.entity', JSON_QUERY(k.names))
FROM kb.fact_attribute AS f
JOIN kb.dim_entity AS e ON e.entity_id = f.entity_id
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(e.name_key), N',', llm.fn_json_string(e.type_family), N',',
        llm.fn_json_string(e.disambiguator), N']') AS names
) AS k
WHERE f.retracted_at IS NULL
UNION ALL
SELECT N'event', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), e.name_key), e.type_family, e.disambiguator),
    JSON_MODIFY(IIF(l.entity_id IS NULL, j.doc, JSON_MODIFY(j.doc, '$.location', JSON_QUERY(o.names))),
        '$.entity', JSON_QUERY(k.names))
FROM kb.dim_event AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.event_id
LEFT JOIN kb.dim_entity AS l ON l.entity_id = d.location_id
CROSS APPLY (
    SELECT (
        SELECT N'event' AS kind, d.event_name AS event_name, d.event_type AS event_type, d.description AS description,
            d.start_text AS [start], d.start_earliest AS start_earliest, d.start_latest AS start_latest,
            d.start_precision AS start_precision, d.end_text AS [end], d.end_earliest AS end_earliest, d.end_latest AS end_latest,
            d.end_precision AS end_precision, CONVERT(nvarchar(1), NULL) AS location, d.confidence AS confidence,
            d.observation_count AS observation_count, d.promotion_state AS promotion_state, d.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER) AS doc
) AS j
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(e.name_key), N',', llm.fn_json_string(e.type_family), N',',
        llm.fn_json_string(e.disambiguator), N']') AS names
) AS k
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(l.name_key), N',', llm.fn_json_string(l.type_family), N',',
        llm.fn_json_string(l.disambiguator), N']') AS names
) AS o
WHERE d.retracted_at IS NULL
UNION ALL
SELECT N'work', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), e.name_key), e.type_family, e.disambiguator),
    JSON_MODIFY((
        SELECT N'work' AS kind, d.work_name AS work_name, d.work_type AS work_type, d.description AS description,
            d.release_text AS release, d.release_earliest AS release_earliest, d.release_latest AS release_latest,
            d.release_precision AS release_precision, d.canon_status AS canon_status, d.confidence AS confidence,
            d.observation_count AS observation_count, d.promotion_state AS promotion_state, d.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.entity', JSON_QUERY(k.names))
FROM kb.dim_work AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.work_id
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(e.name_key), N',', llm.fn_json_string(e.type_family), N',',
        llm.fn_json_string(e.disambiguator), N']') AS names
) AS k
WHERE d.retracted_at IS NULL
UNION ALL
SELECT N'location', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), e.name_key), e.type_family, e.disambiguator),
    JSON_MODIFY(IIF(l.entity_id IS NULL, j.doc, JSON_MODIFY(j.doc, '$.parent', JSON_QUERY(o.names))),
        '$.entity', JSON_QUERY(k.names))
FROM kb.dim_location AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.location_id
LEFT JOIN kb.dim_entity AS l ON l.entity_id = d.parent_location_id
CROSS APPLY (
    SELECT (
        SELECT N'location' AS kind, d.location_name AS location_name, d.location_type AS location_type,
            d.description AS description, CONVERT(nvarchar(1), NULL) AS parent, d.confidence AS confidence,
            d.observation_count AS observation_count, d.promotion_state AS promotion_state, d.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER) AS doc
) AS j
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(e.name_key), N',', llm.fn_json_string(e.type_family), N',',
        llm.fn_json_string(e.disambiguator), N']') AS names
) AS k
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(l.name_key), N',', llm.fn_json_string(l.type_family), N',',
        llm.fn_json_string(l.disambiguator), N']') AS names
) AS o
WHERE d.retracted_at IS NULL
UNION ALL
SELECT N'period', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), e.name_key), e.type_family, e.disambiguator),
    JSON_MODIFY((
        SELECT N'period' AS kind, d.period_name AS period_name, d.period_type AS period_type, d.description AS description,
            d.start_text AS [start], d.start_earliest AS start_earliest, d.start_latest AS start_latest,
            d.start_precision AS start_precision, d.end_text AS [end], d.end_earliest AS end_earliest, d.end_latest AS end_latest,
            d.end_precision AS end_precision, d.confidence AS confidence, d.observation_count AS observation_count,
            d.promotion_state AS promotion_state, d.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.entity', JSON_QUERY(k.names))
FROM kb.dim_period AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.period_id
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(e.name_key), N',', llm.fn_json_string(e.type_family), N',',
        llm.fn_json_string(e.disambiguator), N']') AS names
) AS k
WHERE d.retracted_at IS NULL
UNION ALL
SELECT N'concept', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), e.name_key), e.type_family, e.disambiguator),
    JSON_MODIFY((
        SELECT N'concept' AS kind, d.concept_name AS concept_name, d.concept_type AS concept_type, d.description AS description,
            d.confidence AS confidence, d.observation_count AS observation_count, d.promotion_state AS promotion_state,
            d.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.entity', JSON_QUERY(k.names))
FROM kb.dim_concept AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.concept_id
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(e.name_key), N',', llm.fn_json_string(e.type_family), N',',
        llm.fn_json_string(e.disambiguator), N']') AS names
) AS k
WHERE d.retracted_at IS NULL
UNION ALL
SELECT N'tag', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), e.name_key), e.type_family, e.disambiguator),
    JSON_MODIFY((
        SELECT N'tag' AS kind, d.tag_name AS tag_name, d.confidence AS confidence, d.observation_count AS observation_count,
            d.promotion_state AS promotion_state, d.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.entity', JSON_QUERY(k.names))
FROM kb.dim_tag AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.tag_id
CROSS APPLY (
    SELECT CONCAT(N'[', llm.fn_json_string(e.name_key), N',', llm.fn_json_string(e.type_family), N',',
        llm.fn_json_string(e.disambiguator), N']') AS names
) AS k
WHERE d.retracted_at IS NULL
UNION ALL
SELECT N'page_classification', CONCAT_WS(NCHAR(31), CONVERT(nvarchar(max), s.source_system), s.external_id),
    JSON_MODIFY(JSON_MODIFY((
        SELECT N'page_classification' AS kind, s.external_id AS external_id, s.content_sha256 AS content_sha256,
            p.primary_type AS primary_type, p.descriptor_sentence AS descriptor_sentence, p.confidence AS confidence,
            p.observation_count AS observation_count, p.promotion_state AS promotion_state, p.needs_review AS needs_review
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER), '$.type_set', JSON_QUERY(p.type_set)), '$.tags', JSON_QUERY(p.tags))
FROM kb.page_classification AS p
JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
WHERE p.retracted_at IS NULL;
