-- Purpose:     why an array cannot be read as jobs or runs, in a sentence; internal, for what was refused already.
-- Parameters:  p_items json, as llm.usp_enqueue_jobs, llm.usp_complete_jobs and llm.usp_renew_leases take it.
-- Returns:     the first item (numbered from 1) and field at fault; null if there is none.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR REPLACE FUNCTION llm.fn_item_fault(p_items jsonb)
RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_number bigint;
    v_item   jsonb;
    v_field  text;
    v_value  text;
    v_wanted text;
BEGIN
    IF jsonb_typeof(p_items) IS DISTINCT FROM 'array' THEN
        RETURN 'it is no json array';
    END IF;
    FOR v_number, v_item IN
        SELECT i.number, i.value FROM jsonb_array_elements(p_items) WITH ORDINALITY AS i (value, number) ORDER BY i.number
    LOOP
        IF jsonb_typeof(v_item) <> 'object' THEN
            RETURN format('item %s is no json object', v_number);
        END IF;
        FOR v_field, v_value IN SELECT e.key, e.value FROM jsonb_each_text(v_item) AS e (key, value) ORDER BY e.key LOOP
            BEGIN
                IF v_field IN ('job_id', 'source_page_id', 'dag_node_id') THEN
                    v_wanted := 'a whole number of 8 bytes';
                    PERFORM v_value::bigint;
                ELSIF v_field = 'priority' THEN
                    v_wanted := 'a whole number of 4 bytes';
                    PERFORM v_value::integer;
                ELSIF v_field = 'max_attempts' THEN
                    v_wanted := 'a whole number above 0';
                    IF v_value::integer < 1 OR jsonb_typeof(v_item -> v_field) = 'string' THEN
                        RAISE data_exception;
                    END IF;
                ELSIF v_field = 'rerun' THEN
                    v_wanted := 'a whole number from 0 on';
                    IF v_value::integer < 0 OR jsonb_typeof(v_item -> v_field) = 'string' THEN
                        RAISE data_exception;
                    END IF;
                ELSIF v_field IN ('run_id', 'correlation_id') THEN
                    v_wanted := 'a uuid';
                    PERFORM v_value::uuid;
                ELSIF v_field = 'available_at' THEN
                    v_wanted := 'an instant such as 2026-01-31T12:00:00Z';
                    IF v_value IS NOT NULL AND llm.fn_instant(v_value) IS NULL THEN
                        RAISE data_exception;
                    END IF;
                END IF;
            EXCEPTION WHEN data_exception THEN
                RETURN format('item %s, %s: "%s" is not %s', v_number, v_field, left(v_value, 200), v_wanted);
            END;
        END LOOP;
    END LOOP;
    RETURN NULL;
END
$$;
