-- Purpose:     ask for a request's share of the fleet's limits before it is sent: for its slot, first come first served.
-- Parameters:  p_model; p_run_id; p_requests, p_tokens, p_usd what it is expected to use (p_usd null = its price is not
--              known); p_dag_node_id the step of a dag it is for (null = none); p_horizon_ms how far away the slot may be,
--              milliseconds (0 = at once or not at all); p_now UTC.
-- Returns:     granted; wait_ms from now: if granted, when to send it, else when it is worth asking again;
--              slot_at the same by the server's clock; reservation_id for llm.usp_settle_budget (null if there is nothing to settle); refused_by requests_per_minute,
--              tokens_per_minute, usd_per_day, usd_limit (of the dag) or price (a limit of USD without a price).
-- Errors:      INVALID_PAYLOAD for a negative amount.
-- Idempotency: each call reserves; a reservation ends when it is settled, or with its run.
-- A bucket holds 1/200 of the requests, one at least, or 1/100 of the tokens of a minute, and refills so slowly that a minute never sees more than the limit
-- even if one request is sent 1.2 s after its slot and another one on time.
CREATE OR REPLACE FUNCTION llm.usp_reserve_budget(
    p_model text, p_run_id uuid, p_requests integer DEFAULT 1, p_tokens bigint DEFAULT 0, p_usd numeric DEFAULT 0,
    p_dag_node_id bigint DEFAULT NULL, p_horizon_ms integer DEFAULT 0, p_now timestamptz DEFAULT NULL)
RETURNS TABLE (granted boolean, wait_ms bigint, slot_at timestamptz, reservation_id bigint, refused_by text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    c_minute   CONSTANT double precision := 61200;
    v_now      timestamptz;
    v_limit    llm.rate_limit;
    v_dag      llm.dag_budget;
    v_day      date;
    v_elapsed  double precision;
    v_r_burst  double precision;
    v_r_rate   double precision;
    v_r_level  double precision;
    v_t_burst  double precision;
    v_t_rate   double precision;
    v_t_level  double precision;
    v_t_charge double precision;
    v_wait     double precision := 0;
    v_ms       bigint;
    v_by       text;
    v_id       bigint;
BEGIN
    IF least(p_requests, p_tokens, p_usd, p_horizon_ms) < 0 THEN
        RAISE EXCEPTION 'INVALID_PAYLOAD: p_requests, p_tokens, p_usd or p_horizon_ms is less than 0' USING ERRCODE = 'SR004';
    END IF;
    -- The rows are locked for as long as this takes, not for a write to the disk.
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT * INTO v_limit FROM llm.rate_limit AS l WHERE l.model = p_model FOR NO KEY UPDATE;
    IF p_dag_node_id IS NOT NULL THEN
        SELECT b.* INTO v_dag FROM llm.dag_budget AS b
        WHERE b.dag_id = (SELECT n.dag_id FROM llm.dag_node AS n WHERE n.dag_node_id = p_dag_node_id)
        FOR NO KEY UPDATE;
    END IF;
    IF v_limit.model IS NULL AND v_dag.dag_id IS NULL THEN
        RETURN QUERY SELECT true, 0::bigint, coalesce(p_now, clock_timestamp()), NULL::bigint, NULL::text;
        RETURN;
    END IF;
    -- After the wait for the rows, and never back; but a clock that was far ahead has been set right meanwhile: then
    -- what is in the buckets stays, and they fill from now on.
    v_now := coalesce(p_now, clock_timestamp());
    IF v_limit.bucket_at > v_now + interval '1 minute' THEN
        v_limit.bucket_at := v_now;
    END IF;
    v_now := greatest(v_now, v_limit.bucket_at);
    v_day := (v_now AT TIME ZONE 'UTC')::date;

    IF v_limit.usd_per_day IS NOT NULL THEN
        IF v_limit.usd_day IS DISTINCT FROM v_day THEN
            UPDATE llm.rate_limit AS l
            SET usd_used = llm.fn_usd_of_day(p_model, v_day), usd_day = v_day, refused_day = NULL
            WHERE l.model = p_model
            RETURNING l.usd_used, l.usd_day, l.refused_day INTO v_limit.usd_used, v_limit.usd_day, v_limit.refused_day;
        END IF;
        IF v_limit.usd_used + p_usd > v_limit.usd_per_day THEN
            PERFORM llm.usp_drop_dead_reservations(p_model, NULL, v_now);
            SELECT l.usd_used, l.refused_day INTO v_limit.usd_used, v_limit.refused_day
            FROM llm.rate_limit AS l WHERE l.model = p_model;
            SELECT b.usd_used, b.refused_limit INTO v_dag.usd_used, v_dag.refused_limit
            FROM llm.dag_budget AS b WHERE b.dag_id = v_dag.dag_id;
        END IF;
        IF p_usd IS NULL THEN
            v_by := 'price';
        ELSIF v_limit.usd_used + p_usd > v_limit.usd_per_day THEN
            v_by := 'usd_per_day';
            v_limit.refused_day := v_day;
            v_limit.refused_limit := v_limit.usd_per_day;
            v_wait := extract(epoch FROM (v_day + 1)::timestamp AT TIME ZONE 'UTC' - v_now) * 1000;
        END IF;
    ELSE
        v_limit.usd_day := NULL;
    END IF;
    IF v_dag.dag_id IS NOT NULL AND v_by IS NULL THEN
        IF v_dag.usd_used + p_usd > v_dag.usd_limit THEN
            PERFORM llm.usp_drop_dead_reservations(NULL, v_dag.dag_id, v_now);
            SELECT l.refused_day INTO v_limit.refused_day FROM llm.rate_limit AS l WHERE l.model = p_model;
            SELECT b.usd_used, b.refused_limit INTO v_dag.usd_used, v_dag.refused_limit
            FROM llm.dag_budget AS b WHERE b.dag_id = v_dag.dag_id;
        END IF;
        IF p_usd IS NULL THEN
            v_by := 'price';
        ELSIF v_dag.usd_used + p_usd > v_dag.usd_limit THEN
            v_by := 'usd_limit';
            v_dag.refused_limit := v_dag.usd_limit;
        END IF;
    END IF;
    IF v_by IN ('price', 'usd_limit') THEN
        v_wait := 3600000;
    END IF;

    IF v_by IS NULL AND v_limit.model IS NOT NULL THEN
        v_elapsed := coalesce(extract(epoch FROM v_now - v_limit.bucket_at) * 1000, 0);
        v_r_burst := greatest(1, v_limit.requests_per_minute * 0.005);
        v_r_rate := (v_limit.requests_per_minute + 1 - v_r_burst) / c_minute;
        v_r_level := coalesce(v_limit.requests_level, v_r_burst);
        IF v_limit.paced_requests_per_minute IS DISTINCT FROM v_limit.requests_per_minute THEN
            -- Slots that were given at the former rate are used for some seconds more, then given back.
            v_r_level := greatest(v_r_level, -coalesce(v_limit.paced_requests_per_minute, 0) / 10.0);
        END IF;
        v_r_level := least(v_r_burst, v_r_level + v_elapsed * v_r_rate);
        v_t_burst := v_limit.tokens_per_minute * 0.01;
        v_t_rate := (v_limit.tokens_per_minute - v_t_burst) / c_minute;
        v_t_level := coalesce(v_limit.tokens_level, v_t_burst);
        IF v_limit.paced_tokens_per_minute IS DISTINCT FROM v_limit.tokens_per_minute THEN
            v_t_level := greatest(v_t_level, -coalesce(v_limit.paced_tokens_per_minute, 0) / 10.0);
        END IF;
        v_t_level := least(v_t_burst, v_t_level + v_elapsed * v_t_rate);
        v_t_charge := llm.fn_token_charge(p_tokens, v_limit.tokens_per_minute);
        -- What wants more than a bucket holds goes when it is full, and leaves it in debt.
        IF v_r_level < least(p_requests, v_r_burst) THEN
            v_wait := (least(p_requests, v_r_burst) - v_r_level) / v_r_rate;
            v_by := 'requests_per_minute';
        END IF;
        IF v_t_level < least(v_t_charge, v_t_burst) AND (least(v_t_charge, v_t_burst) - v_t_level) / v_t_rate > v_wait THEN
            v_wait := (least(v_t_charge, v_t_burst) - v_t_level) / v_t_rate;
            v_by := 'tokens_per_minute';
        END IF;
        IF v_wait <= coalesce(p_horizon_ms, 0) THEN
            v_by := NULL;
            -- Levels as they are at the slot, reckoned back to now.
            v_limit.requests_level := least(v_r_level, v_r_burst - v_wait * v_r_rate) - p_requests;
            v_limit.tokens_level := least(v_t_level, v_t_burst - v_wait * v_t_rate) - v_t_charge;
        ELSE
            v_limit.requests_level := v_r_level;
            v_limit.tokens_level := v_t_level;
            -- Half a horizon at least, or the same jobs would come again and again.
            v_wait := greatest(v_wait - coalesce(p_horizon_ms, 0), coalesce(p_horizon_ms, 0) / 2);
        END IF;
        v_limit.bucket_at := v_now;
        v_limit.paced_requests_per_minute := v_limit.requests_per_minute;
        v_limit.paced_tokens_per_minute := v_limit.tokens_per_minute;
    END IF;
    v_ms := ceil(v_wait);
    UPDATE llm.rate_limit AS l
    SET requests_level = v_limit.requests_level, tokens_level = v_limit.tokens_level, bucket_at = v_limit.bucket_at,
        paced_requests_per_minute = v_limit.paced_requests_per_minute,
        paced_tokens_per_minute = v_limit.paced_tokens_per_minute, usd_day = v_limit.usd_day,
        usd_used = l.usd_used + CASE WHEN v_by IS NULL THEN coalesce(p_usd, 0) ELSE 0 END,
        refused_day = v_limit.refused_day, refused_limit = v_limit.refused_limit
    WHERE l.model = p_model;
    UPDATE llm.dag_budget AS b
    SET usd_used = b.usd_used + CASE WHEN v_by IS NULL THEN coalesce(p_usd, 0) ELSE 0 END, refused_limit = v_dag.refused_limit
    WHERE b.dag_id = v_dag.dag_id;
    -- A limit of requests alone leaves nothing to settle.
    IF v_by IS NULL AND (v_dag.dag_id IS NOT NULL OR num_nonnulls(v_limit.tokens_per_minute, v_limit.usd_per_day) > 0) THEN
        INSERT INTO llm.budget_reservation AS b (model, run_id, tokens, usd, reserved_at, dag_id)
        VALUES (p_model, p_run_id, p_tokens, coalesce(p_usd, 0), v_now, v_dag.dag_id)
        RETURNING b.reservation_id INTO v_id;
    END IF;
    RETURN QUERY SELECT v_by IS NULL, v_ms, v_now + v_ms * interval '1 millisecond', v_id, v_by;
END
$$;
