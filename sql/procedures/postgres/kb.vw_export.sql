-- Purpose:     the canonical dump: live pages, assertions and derived rows by natural key, without ids, runs and times.
-- Columns:     kind; sort_key (order by kind, sort_key, both "C"); doc json. Two databases that say the same give the same
--              rows, whatever order they were filled in.
CREATE OR REPLACE VIEW kb.vw_export AS
SELECT 'page'::text COLLATE "C" AS kind, (s.source_system || E'\x1f' || s.external_id)::text COLLATE "C" AS sort_key,
    jsonb_build_object('kind', 'page', 'source_system', s.source_system, 'external_id', s.external_id, 'title', s.title,
        'content_sha256', s.content_sha256) AS doc
FROM ingest.source_page AS s
WHERE s.superseded_at IS NULL
UNION ALL
SELECT 'assertion', s.source_system || E'\x1f' || s.external_id || E'\x1f' || a.job_type || E'\x1f' || a.item_kind || E'\x1f'
        || lpad((a.char_start + 1)::text, 10, '0') || E'\x1f' || lpad((a.char_end + 1)::text, 10, '0') || E'\x1f' || a.item_sha256,
    jsonb_build_object('kind', 'assertion', 'external_id', s.external_id, 'content_sha256', s.content_sha256,
        'job_type', a.job_type, 'item_kind', a.item_kind, 'item', a.payload, 'char_start', a.char_start,
        'char_end', a.char_end, 'quote', a.quote, 'grounding', a.grounding, 'is_weak', a.is_weak,
        'quarantine_reason', a.quarantine_reason)
FROM kb.assertion AS a
JOIN ingest.source_page AS s ON s.source_page_id = a.source_page_id
WHERE a.retracted_at IS NULL
UNION ALL
SELECT 'entity', e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator,
    jsonb_build_object('kind', 'entity', 'name_key', e.name_key, 'type_family', e.type_family,
        'disambiguator', e.disambiguator, 'entity_name', e.entity_name, 'entity_type', e.entity_type,
        'description', e.description, 'attributes', e.attributes, 'confidence', e.confidence,
        'observation_count', e.observation_count, 'promotion_state', e.promotion_state, 'needs_review', e.needs_review,
        'aliases', (SELECT coalesce(jsonb_agg(jsonb_build_object('alias', k.alias, 'observation_count', k.observation_count)
                        ORDER BY k.alias_key), '[]')
                    FROM kb.entity_alias AS k WHERE k.entity_id = e.entity_id AND k.retracted_at IS NULL))
FROM kb.dim_entity AS e
WHERE e.retracted_at IS NULL
UNION ALL
SELECT 'relation', f.name_key || E'\x1f' || f.type_family || E'\x1f' || f.disambiguator || E'\x1f' || r.relation_key || E'\x1f'
        || t.name_key || E'\x1f' || t.type_family || E'\x1f' || t.disambiguator || E'\x1f' || r.start_key || E'\x1f'
        || r.end_key || E'\x1f' || r.from_work_key || E'\x1f' || r.to_work_key || E'\x1f' || r.continuity_key,
    jsonb_build_object('kind', 'relation',
        'from', jsonb_build_array(f.name_key, f.type_family, f.disambiguator),
        'to', jsonb_build_array(t.name_key, t.type_family, t.disambiguator),
        'relation_key', r.relation_key, 'relation_type', r.relation_type, 'start', r.start_text, 'end', r.end_text,
        'from_work', r.from_work, 'to_work', r.to_work, 'continuity', r.continuity,
        'start_earliest', r.start_earliest, 'start_latest', r.start_latest, 'start_precision', r.start_precision,
        'end_earliest', r.end_earliest, 'end_latest', r.end_latest, 'end_precision', r.end_precision,
        'confidence', r.confidence, 'observation_count', r.observation_count, 'promotion_state', r.promotion_state,
        'needs_review', r.needs_review)
FROM kb.bridge_entity_relation AS r
JOIN kb.dim_entity AS f ON f.entity_id = r.from_entity_id
JOIN kb.dim_entity AS t ON t.entity_id = r.to_entity_id
WHERE r.retracted_at IS NULL
UNION ALL
SELECT 'fact', e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator || E'\x1f' || f.attribute_key || E'\x1f'
        || f.value_key || E'\x1f' || f.unit_key || E'\x1f' || f.start_key || E'\x1f' || f.end_key || E'\x1f' || f.from_work_key
        || E'\x1f' || f.to_work_key || E'\x1f' || f.continuity_key,
    jsonb_build_object('kind', 'fact', 'entity', jsonb_build_array(e.name_key, e.type_family, e.disambiguator),
        'attribute', f.attribute, 'value', f.value, 'unit', f.unit, 'value_earliest', f.value_earliest,
        'value_latest', f.value_latest, 'value_precision', f.value_precision, 'start', f.start_text, 'end', f.end_text,
        'start_earliest', f.start_earliest, 'start_latest', f.start_latest, 'start_precision', f.start_precision,
        'end_earliest', f.end_earliest, 'end_latest', f.end_latest, 'end_precision', f.end_precision,
        'from_work', f.from_work, 'to_work', f.to_work, 'continuity', f.continuity, 'confidence', f.confidence,
        'observation_count', f.observation_count, 'promotion_state', f.promotion_state, 'needs_review', f.needs_review)
FROM kb.fact_attribute AS f
JOIN kb.dim_entity AS e ON e.entity_id = f.entity_id
WHERE f.retracted_at IS NULL
UNION ALL
SELECT 'event', e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator,
    jsonb_build_object('kind', 'event', 'entity', jsonb_build_array(e.name_key, e.type_family, e.disambiguator),
        'event_name', d.event_name, 'event_type', d.event_type, 'description', d.description, 'start', d.start_text,
        'start_earliest', d.start_earliest, 'start_latest', d.start_latest, 'start_precision', d.start_precision,
        'end', d.end_text, 'end_earliest', d.end_earliest, 'end_latest', d.end_latest, 'end_precision', d.end_precision,
        'location', (SELECT jsonb_build_array(l.name_key, l.type_family, l.disambiguator) FROM kb.dim_entity AS l
                     WHERE l.entity_id = d.location_id),
        'confidence', d.confidence, 'observation_count', d.observation_count, 'promotion_state', d.promotion_state,
        'needs_review', d.needs_review)
FROM kb.dim_event AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.event_id
WHERE d.retracted_at IS NULL
UNION ALL
SELECT 'work', e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator,
    jsonb_build_object('kind', 'work', 'entity', jsonb_build_array(e.name_key, e.type_family, e.disambiguator),
        'work_name', d.work_name, 'work_type', d.work_type, 'description', d.description, 'release', d.release_text,
        'release_earliest', d.release_earliest, 'release_latest', d.release_latest, 'release_precision', d.release_precision,
        'canon_status', d.canon_status, 'confidence', d.confidence, 'observation_count', d.observation_count,
        'promotion_state', d.promotion_state, 'needs_review', d.needs_review)
FROM kb.dim_work AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.work_id
WHERE d.retracted_at IS NULL
UNION ALL
SELECT 'location', e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator,
    jsonb_build_object('kind', 'location', 'entity', jsonb_build_array(e.name_key, e.type_family, e.disambiguator),
        'location_name', d.location_name, 'location_type', d.location_type, 'description', d.description,
        'parent', (SELECT jsonb_build_array(l.name_key, l.type_family, l.disambiguator) FROM kb.dim_entity AS l
                   WHERE l.entity_id = d.parent_location_id),
        'confidence', d.confidence, 'observation_count', d.observation_count, 'promotion_state', d.promotion_state,
        'needs_review', d.needs_review)
FROM kb.dim_location AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.location_id
WHERE d.retracted_at IS NULL
UNION ALL
SELECT 'period', e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator,
    jsonb_build_object('kind', 'period', 'entity', jsonb_build_array(e.name_key, e.type_family, e.disambiguator),
        'period_name', d.period_name, 'period_type', d.period_type, 'description', d.description, 'start', d.start_text,
        'start_earliest', d.start_earliest, 'start_latest', d.start_latest, 'start_precision', d.start_precision,
        'end', d.end_text, 'end_earliest', d.end_earliest, 'end_latest', d.end_latest, 'end_precision', d.end_precision,
        'confidence', d.confidence, 'observation_count', d.observation_count, 'promotion_state', d.promotion_state,
        'needs_review', d.needs_review)
FROM kb.dim_period AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.period_id
WHERE d.retracted_at IS NULL
UNION ALL
SELECT 'concept', e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator,
    jsonb_build_object('kind', 'concept', 'entity', jsonb_build_array(e.name_key, e.type_family, e.disambiguator),
        'concept_name', d.concept_name, 'concept_type', d.concept_type, 'description', d.description,
        'confidence', d.confidence, 'observation_count', d.observation_count, 'promotion_state', d.promotion_state,
        'needs_review', d.needs_review)
FROM kb.dim_concept AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.concept_id
WHERE d.retracted_at IS NULL
UNION ALL
SELECT 'tag', e.name_key || E'\x1f' || e.type_family || E'\x1f' || e.disambiguator,
    jsonb_build_object('kind', 'tag', 'entity', jsonb_build_array(e.name_key, e.type_family, e.disambiguator),
        'tag_name', d.tag_name, 'confidence', d.confidence, 'observation_count', d.observation_count,
        'promotion_state', d.promotion_state, 'needs_review', d.needs_review)
FROM kb.dim_tag AS d
JOIN kb.dim_entity AS e ON e.entity_id = d.tag_id
WHERE d.retracted_at IS NULL
UNION ALL
SELECT 'page_classification', s.source_system || E'\x1f' || s.external_id,
    jsonb_build_object('kind', 'page_classification', 'external_id', s.external_id, 'content_sha256', s.content_sha256,
        'primary_type', p.primary_type, 'type_set', p.type_set, 'descriptor_sentence', p.descriptor_sentence,
        'tags', p.tags, 'confidence', p.confidence, 'observation_count', p.observation_count,
        'promotion_state', p.promotion_state, 'needs_review', p.needs_review)
FROM kb.page_classification AS p
JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
WHERE p.retracted_at IS NULL;
