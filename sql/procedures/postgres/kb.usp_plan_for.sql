-- Purpose:     have the steps of a routing transaction planned for as many rows as are staged; internal.
-- Parameters:  p_rows items or mentions.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: holds to the end of the transaction; many stay many.
-- What is staged is taken for a few rows, for most pages have few, and plans are kept: no parameter tells the planner more.
-- Joining thousands of staged rows row by row would cost their square: then they are hashed, and planned for each time.
CREATE OR REPLACE FUNCTION kb.usp_plan_for(p_rows bigint)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_rows > 1000 THEN
        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_nestloop', 'off', true);
    ELSIF current_setting('enable_nestloop') = 'on' THEN
        PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
    END IF;
END
$$;
