-- Purpose:     what asking again for all answers on record would cost, judging by what they cost when they were asked for.
-- Parameters:  p_ontology_id; p_tables a json array of table keys, whose columns and relationships are meant too; null for all.
-- Returns:     answers of models; calls, input_tokens, output_tokens; cost_usd, null if the price of a call was not known, or
--              no call is on record.
-- Errors:      none.
-- Idempotency: reads only. An answer that came from the cache, or whose run was purged, counts as the mean of its job type, and
--              without that as the mean of all.
CREATE OR REPLACE FUNCTION onto.usp_read_cost(p_ontology_id bigint, p_tables jsonb DEFAULT NULL)
RETURNS TABLE (answers bigint, calls bigint, input_tokens bigint, output_tokens bigint, cost_usd numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH asked AS (
        SELECT a.job_type, a.subject_key, count(c.call_no) AS calls, sum(c.input_tokens) AS input_tokens,
            sum(c.output_tokens) AS output_tokens, sum(c.cost_usd) AS cost_usd,
            count(c.call_no) > count(c.cost_usd) AS is_unpriced
        FROM onto.answer AS a
        LEFT JOIN llm.call AS c ON c.run_id = a.run_id AND NOT c.cache_hit
        WHERE a.ontology_id = p_ontology_id AND a.model IS NOT NULL
          AND (p_tables IS NULL OR EXISTS (
              SELECT 1
              FROM jsonb_array_elements_text(p_tables) AS t (table_key)
              WHERE a.subject_key = t.table_key
                 OR left(a.subject_key, length(t.table_key) + 1) IN (t.table_key || '.', t.table_key || '(')
                 OR strpos(a.subject_key, '->' || t.table_key || '(') > 0))
        GROUP BY a.job_type, a.subject_key
    ), mean AS (
        SELECT q.job_type, count(*) AS answers, bool_or(q.is_unpriced) AS is_unpriced,
            avg(q.calls) FILTER (WHERE q.calls > 0) AS calls, avg(q.input_tokens) AS input_tokens,
            avg(q.output_tokens) AS output_tokens, avg(q.cost_usd) AS cost_usd
        FROM asked AS q
        GROUP BY q.job_type
    ), general AS (
        SELECT avg(m.calls) AS calls, avg(m.input_tokens) AS input_tokens, avg(m.output_tokens) AS output_tokens,
            avg(m.cost_usd) AS cost_usd
        FROM mean AS m
    )
    SELECT coalesce(sum(m.answers), 0)::bigint, coalesce(round(sum(m.answers * coalesce(m.calls, g.calls, 1))), 0)::bigint,
        coalesce(round(sum(m.answers * coalesce(m.input_tokens, g.input_tokens, 0))), 0)::bigint,
        coalesce(round(sum(m.answers * coalesce(m.output_tokens, g.output_tokens, 0))), 0)::bigint,
        CASE WHEN bool_or(m.is_unpriced OR g.cost_usd IS NULL) IS NOT TRUE
             THEN round(coalesce(sum(m.answers * coalesce(m.cost_usd, g.cost_usd, 0)), 0), 6) END
    FROM mean AS m
    CROSS JOIN general AS g;
$$;
