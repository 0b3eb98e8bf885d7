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
        'start_earliest', r.start_earliest, 'start_latest', r.start_latest, 'start_precision', r.start_precision,
        'end_earliest', r.end_earliest, 'end_latest', r.end_latest, 'end_precision', r.end_precision,
        'confidence', r.confidence, 'observation_count', r.observation_count, 'promotion_state', r.promotion_state,
        'needs_review', r.needs_review)
FROM kb.bridge_entity_relation AS r
JOIN kb.dim_entity AS f ON f.entity_id = r.from_entity_id
JOIN kb.dim_entity AS t ON t.entity_id = r.to_entity_id
WHERE r.retracted_at IS NULL
UNION ALL
SELECT 'page_classification', s.source_system || E'\x1f' || s.external_id,
    jsonb_build_object('kind', 'page_classification', 'external_id', s.external_id, 'content_sha256', s.content_sha256,
        'primary_type', p.primary_type, 'type_set', p.type_set, 'descriptor_sentence', p.descriptor_sentence,
        'tags', p.tags, 'confidence', p.confidence, 'observation_count', p.observation_count,
        'promotion_state', p.promotion_state, 'needs_review', p.needs_review)
FROM kb.page_classification AS p
JOIN ingest.source_page AS s ON s.source_page_id = p.source_page_id
WHERE p.retracted_at IS NULL;
