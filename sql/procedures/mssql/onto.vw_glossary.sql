-- Purpose:     terms of the business and how they are computed.
-- Columns:     those of onto.glossary_term; datasource; aliases, a list of texts.
CREATE OR ALTER VIEW onto.vw_glossary AS
SELECT o.datasource, g.ontology_id, g.glossary_term_id, g.term_key, g.term, g.definition, g.sql_pattern, g.sql_is_valid,
    g.sql_error, g.base_table, g.columns_used, g.filters, g.aggregation,
    COALESCE((
        SELECT N'[' + STRING_AGG(llm.fn_json_string(a.alias), N',') WITHIN GROUP (ORDER BY a.alias) + N']'
        FROM onto.glossary_alias AS a WHERE a.glossary_term_id = g.glossary_term_id), N'[]') AS aliases,
    g.source, g.run_id, g.created_by, g.created_at, g.updated_by, g.updated_at
FROM onto.glossary_term AS g
JOIN onto.ontology AS o ON o.ontology_id = g.ontology_id;
