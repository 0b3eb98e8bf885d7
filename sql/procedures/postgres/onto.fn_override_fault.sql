-- Purpose:     why a value cannot be set by an edit, in a sentence; internal.
-- Parameters:  p_target_kind ontology, column, relationship or entity; p_field; p_value json; p_is_removed only asks
--              whether there is such a field.
-- Returns:     the fault; null if there is none.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION onto.fn_override_fault(p_target_kind text, p_field text, p_value jsonb, p_is_removed boolean DEFAULT false)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_target_kind IN ('ontology', 'column', 'relationship', 'entity') IS NOT TRUE
            THEN 'an edit is about an ontology, a column, a relationship or an entity'
        WHEN s.shape IS NULL THEN 'a field of a ' || p_target_kind || ' that can be edited is one of ' || CASE p_target_kind
            WHEN 'ontology' THEN 'description, primary_domains, conventions'
            WHEN 'column' THEN 'description, semantic_type, purpose, role, fk_role, synonyms, enum_values, is_sensitive'
            WHEN 'relationship' THEN 'status, description, from_role, to_role, cardinality'
            ELSE 'name, description, domain, aliases, key_columns' END
        WHEN p_is_removed THEN NULL
        WHEN s.shape = 'text' AND jsonb_typeof(p_value) IS DISTINCT FROM 'string' THEN p_field || ' is a text'
        WHEN s.shape = 'text' AND length(p_value #>> '{}') > 4000 THEN p_field || ' has 4000 characters at most'
        WHEN s.shape = 'name' AND (jsonb_typeof(p_value) IS DISTINCT FROM 'string' OR btrim(p_value #>> '{}') = '' OR length(p_value #>> '{}') > 200)
            THEN p_field || ' is a text of 1 to 200 characters'
        WHEN s.shape = 'boolean' AND jsonb_typeof(p_value) IS DISTINCT FROM 'boolean' THEN p_field || ' is true or false'
        WHEN s.shape = 'status' AND p_value IN ('"accepted"', '"rejected"') IS NOT TRUE THEN 'status is accepted or rejected, not ' || coalesce(p_value::text, 'nothing')
        WHEN s.shape = 'cardinality' AND p_value IN ('"1:1"', '"N:1"', '"1:N"', '"N:M"') IS NOT TRUE
            THEN 'cardinality is 1:1, N:1, 1:N or N:M, not ' || coalesce(p_value::text, 'nothing')
        WHEN s.shape = 'purpose' AND p_value IN ('"identifier"', '"timestamp"', '"flag"', '"measure"', '"enum"', '"text"', '"json"') IS NOT TRUE
            THEN 'purpose is identifier, timestamp, flag, measure, enum, text or json, not ' || coalesce(p_value::text, 'nothing')
        WHEN s.shape = 'role' AND p_value IN ('""', '"primary_key"', '"foreign_key"', '"identifier"', '"attribute"', '"dimension"', '"measure"') IS NOT TRUE
            THEN 'role is primary_key, foreign_key, identifier, attribute, dimension or measure, not ' || coalesce(p_value::text, 'nothing')
        WHEN s.shape = 'object' AND jsonb_typeof(p_value) IS DISTINCT FROM 'object' THEN p_field || ' is a json object'
        WHEN s.shape IN ('texts', 'values', 'keys') AND jsonb_typeof(p_value) IS DISTINCT FROM 'array' THEN p_field || ' is a json array'
        WHEN s.shape IN ('texts', 'values', 'keys') AND jsonb_array_length(p_value) > 1000 THEN p_field || ' has 1000 entries at most'
        WHEN s.shape = 'texts' AND jsonb_path_exists(p_value, '$[*] ? (@.type() != "string" || @ == "")')
            THEN p_field || ' is a list of texts that are not empty'
        WHEN s.shape = 'values' AND jsonb_path_exists(p_value, '$[*] ? (!exists(@.value) || exists(@.label) && @.label.type() != "string")')
            THEN p_field || ' is a list of {value, label, category?, description?}'
        WHEN s.shape = 'keys' AND jsonb_path_exists(p_value, '$[*] ? (!exists(@.name) || @.name.type() != "string" || exists(@.synonyms) && @.synonyms.type() != "array")')
            THEN p_field || ' is a list of {name, synonyms}'
        END
    FROM (SELECT CASE p_target_kind || '.' || p_field
        WHEN 'ontology.description' THEN 'text'
        WHEN 'ontology.primary_domains' THEN 'texts'
        WHEN 'ontology.conventions' THEN 'object'
        WHEN 'column.description' THEN 'text'
        WHEN 'column.semantic_type' THEN 'text'
        WHEN 'column.purpose' THEN 'purpose'
        WHEN 'column.role' THEN 'role'
        WHEN 'column.fk_role' THEN 'text'
        WHEN 'column.synonyms' THEN 'texts'
        WHEN 'column.enum_values' THEN 'values'
        WHEN 'column.is_sensitive' THEN 'boolean'
        WHEN 'relationship.status' THEN 'status'
        WHEN 'relationship.description' THEN 'text'
        WHEN 'relationship.from_role' THEN 'text'
        WHEN 'relationship.to_role' THEN 'text'
        WHEN 'relationship.cardinality' THEN 'cardinality'
        WHEN 'entity.name' THEN 'name'
        WHEN 'entity.description' THEN 'text'
        WHEN 'entity.domain' THEN 'text'
        WHEN 'entity.aliases' THEN 'texts'
        WHEN 'entity.key_columns' THEN 'keys' END AS shape) AS s;
$$;
