-- Purpose:     what the answers on record cost when they were given: about what asking for all of them again would cost.
-- Parameters:  p_ontology_id.
-- Returns:     answers of models; calls, input_tokens, output_tokens; cost_usd, null if the price of any call was not known.
-- Errors:      none.
-- Idempotency: reads only. Runs that retention has purged do not count.
CREATE OR REPLACE FUNCTION onto.usp_read_cost(p_ontology_id bigint)
RETURNS TABLE (answers bigint, calls bigint, input_tokens bigint, output_tokens bigint, cost_usd numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(DISTINCT (a.job_type, a.subject_key)), count(c.call_no), coalesce(sum(c.input_tokens), 0)::bigint,
        coalesce(sum(c.output_tokens), 0)::bigint,
        CASE WHEN count(c.call_no) = count(c.cost_usd) THEN coalesce(sum(c.cost_usd), 0) END
    FROM onto.answer AS a
    LEFT JOIN llm.call AS c ON c.run_id = a.run_id
    WHERE a.ontology_id = p_ontology_id AND a.model IS NOT NULL;
$$;
