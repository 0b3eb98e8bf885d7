-- Purpose:     ask for a request's share of the fleet's limits before it is sent: for its slot, first come first served.
-- Parameters:  @model; @run_id; @requests, @tokens, @usd what it is expected to use (@usd null = its price is not known);
--              @dag_node_id the step of a dag it is for (null = none); @horizon_ms how far away the slot may be, milliseconds
--              (0 = at once or not at all); @now UTC.
-- Returns:     granted; wait_ms from now: if granted, when to send it, else when it is worth asking again;
--              slot_at the same by the server's clock; reservation_id for llm.usp_settle_budget (null if there is nothing to settle); refused_by requests_per_minute,
--              tokens_per_minute, usd_per_day, usd_limit (of the dag) or price (a limit of USD without a price).
-- Errors:      INVALID_PAYLOAD for a negative amount.
-- Idempotency: each call reserves; a reservation ends when it is settled, or with its run.
-- A bucket holds 1/200 of the requests, one at least, or 1/100 of the tokens of a minute, and refills so slowly that a minute never sees more than the limit
-- even if one request is sent 1.2 s after its slot and another one on time.
CREATE OR ALTER PROCEDURE llm.usp_reserve_budget
    @model nvarchar(4000), @run_id uniqueidentifier, @requests int = 1, @tokens bigint = 0, @usd decimal(28, 8) = 0,
    @dag_node_id bigint = NULL, @horizon_ms int = 0, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @minute float = 61200, @horizon int = COALESCE(@horizon_ms, 0), @at datetime2(3), @day date,
        @has_limit bit = 0, @requests_per_minute int, @tokens_per_minute bigint, @usd_per_day decimal(14, 6),
        @requests_level float, @tokens_level float, @bucket_at datetime2(3), @paced_requests int, @paced_tokens bigint,
        @usd_day date, @usd_used decimal(18, 8), @refused_day date, @refused_limit decimal(14, 6),
        @dag_id bigint, @dag_limit decimal(14, 6), @dag_used decimal(18, 8), @dag_refused decimal(14, 6),
        @elapsed float, @r_burst float, @r_rate float, @r_level float, @t_burst float, @t_rate float, @t_level float,
        @t_charge float, @wanted float, @wait float = 0, @ms bigint, @by nvarchar(40), @id bigint;
    IF @requests < 0 OR @tokens < 0 OR @usd < 0 OR @horizon_ms < 0
        THROW 50004, N'INVALID_PAYLOAD: p_requests, p_tokens, p_usd or p_horizon_ms is less than 0', 1;
    BEGIN TRY
        BEGIN TRANSACTION;
        -- Written, for that locks whatever hints are worth; both rows are written at the end anyway.
        UPDATE llm.rate_limit SET updated_at = updated_at WHERE model = @model;
        SELECT @has_limit = 1, @requests_per_minute = l.requests_per_minute, @tokens_per_minute = l.tokens_per_minute,
            @usd_per_day = l.usd_per_day, @requests_level = l.requests_level, @tokens_level = l.tokens_level,
            @bucket_at = l.bucket_at, @paced_requests = l.paced_requests_per_minute, @paced_tokens = l.paced_tokens_per_minute,
            @usd_day = l.usd_day, @usd_used = l.usd_used, @refused_day = l.refused_day, @refused_limit = l.refused_limit
        FROM llm.rate_limit AS l
        WHERE l.model = @model;
        IF @dag_node_id IS NOT NULL
        BEGIN
            SELECT @dag_id = n.dag_id FROM llm.dag_node AS n WHERE n.dag_node_id = @dag_node_id;
            UPDATE llm.dag_budget SET updated_at = updated_at WHERE dag_id = @dag_id;
            IF @@ROWCOUNT = 0 SET @dag_id = NULL;
            SELECT @dag_limit = b.usd_limit, @dag_used = b.usd_used, @dag_refused = b.refused_limit
            FROM llm.dag_budget AS b
            WHERE b.dag_id = @dag_id;
        END;
        -- After the wait for the rows, and never back; but a clock that was far ahead has been set right meanwhile: then
        -- what is in the buckets stays, and they fill from now on.
        SET @at = COALESCE(@now, SYSUTCDATETIME());
        IF @bucket_at > DATEADD(MINUTE, 1, @at) SET @bucket_at = @at;
        IF @bucket_at > @at SET @at = @bucket_at;
        SET @day = CONVERT(date, @at);

        IF @usd_per_day IS NOT NULL
        BEGIN
            IF @usd_day IS NULL OR @usd_day <> @day
            BEGIN
                SET @usd_used = llm.fn_usd_of_day(@model, @day);
                SET @usd_day = @day;
                SET @refused_day = NULL;
                UPDATE llm.rate_limit
                SET usd_used = @usd_used, usd_day = @usd_day, refused_day = NULL
                WHERE model = @model;
            END;
            IF @usd_used + @usd > @usd_per_day
            BEGIN
                EXEC llm.usp_drop_dead_reservations @model = @model, @dag_id = NULL, @now = @at;
                SELECT @usd_used = l.usd_used, @refused_day = l.refused_day FROM llm.rate_limit AS l WHERE l.model = @model;
                SELECT @dag_used = b.usd_used, @dag_refused = b.refused_limit FROM llm.dag_budget AS b WHERE b.dag_id = @dag_id;
            END;
            IF @usd IS NULL SET @by = N'price';
            ELSE IF @usd_used + @usd > @usd_per_day
            BEGIN
                SET @by = N'usd_per_day';
                SET @refused_day = @day;
                SET @refused_limit = @usd_per_day;
                SET @wait = DATEDIFF_BIG(MILLISECOND, @at, DATEADD(DAY, 1, CONVERT(datetime2(3), @day)));
            END;
        END;
        ELSE SET @usd_day = NULL;
        IF @dag_id IS NOT NULL AND @by IS NULL
        BEGIN
            IF @dag_used + @usd > @dag_limit
            BEGIN
                EXEC llm.usp_drop_dead_reservations @model = NULL, @dag_id = @dag_id, @now = @at;
                SELECT @refused_day = l.refused_day FROM llm.rate_limit AS l WHERE l.model = @model;
                SELECT @dag_used = b.usd_used, @dag_refused = b.refused_limit FROM llm.dag_budget AS b WHERE b.dag_id = @dag_id;
            END;
            IF @usd IS NULL SET @by = N'price';
            ELSE IF @dag_used + @usd > @dag_limit
            BEGIN
                SET @by = N'usd_limit';
                SET @dag_refused = @dag_limit;
            END;
        END;
        IF @by IN (N'price', N'usd_limit') SET @wait = 3600000;

        IF @by IS NULL AND @has_limit = 1
        BEGIN
            SET @elapsed = COALESCE(DATEDIFF_BIG(MILLISECOND, @bucket_at, @at), 0);
            SET @r_burst = IIF(@requests_per_minute * 0.005 > 1, @requests_per_minute * 0.005, 1);
            SET @r_rate = (@requests_per_minute + 1 - @r_burst) / @minute;
            SET @r_level = COALESCE(@requests_level, @r_burst);
            -- Slots that were given at the former rate are used for some seconds more, then given back.
            IF NOT EXISTS (SELECT @paced_requests INTERSECT SELECT @requests_per_minute)
                AND @r_level < -COALESCE(@paced_requests, 0) / CONVERT(float, 10)
                SET @r_level = -COALESCE(@paced_requests, 0) / CONVERT(float, 10);
            SET @r_level = @r_level + @elapsed * @r_rate;
            SET @r_level = IIF(@r_level < @r_burst, @r_level, @r_burst);
            SET @t_burst = @tokens_per_minute * 0.01;
            SET @t_rate = (@tokens_per_minute - @t_burst) / @minute;
            SET @t_level = COALESCE(@tokens_level, @t_burst);
            IF NOT EXISTS (SELECT @paced_tokens INTERSECT SELECT @tokens_per_minute)
                AND @t_level < -COALESCE(@paced_tokens, 0) / CONVERT(float, 10)
                SET @t_level = -COALESCE(@paced_tokens, 0) / CONVERT(float, 10);
            SET @t_level = @t_level + @elapsed * @t_rate;
            SET @t_level = IIF(@t_level < @t_burst, @t_level, @t_burst);
            SET @t_charge = llm.fn_token_charge(@tokens, @tokens_per_minute);
            -- What wants more than a bucket holds goes when it is full, and leaves it in debt.
            SET @wanted = IIF(@requests < @r_burst, @requests, @r_burst);
            IF @r_level < @wanted
            BEGIN
                SET @wait = (@wanted - @r_level) / @r_rate;
                SET @by = N'requests_per_minute';
            END;
            SET @wanted = IIF(@t_charge < @t_burst, @t_charge, @t_burst);
            IF @t_level < @wanted AND (@wanted - @t_level) / @t_rate > @wait
            BEGIN
                SET @wait = (@wanted - @t_level) / @t_rate;
                SET @by = N'tokens_per_minute';
            END;
            IF @wait <= @horizon
            BEGIN
                SET @by = NULL;
                -- Levels as they are at the slot, reckoned back to now.
                SET @requests_level = IIF(@r_burst - @wait * @r_rate < @r_level, @r_burst - @wait * @r_rate, @r_level) - @requests;
                SET @tokens_level = IIF(@t_burst - @wait * @t_rate < @t_level, @t_burst - @wait * @t_rate, @t_level) - @t_charge;
            END;
            ELSE
            BEGIN
                SET @requests_level = @r_level;
                SET @tokens_level = @t_level;
                -- Half a horizon at least, or the same jobs would come again and again.
                SET @wait = IIF(@wait - @horizon > @horizon / 2, @wait - @horizon, @horizon / 2);
            END;
            SET @bucket_at = @at;
            SET @paced_requests = @requests_per_minute;
            SET @paced_tokens = @tokens_per_minute;
        END;
        SET @ms = CONVERT(bigint, CEILING(@wait));
        UPDATE llm.rate_limit
        SET requests_level = @requests_level, tokens_level = @tokens_level, bucket_at = @bucket_at,
            paced_requests_per_minute = @paced_requests, paced_tokens_per_minute = @paced_tokens, usd_day = @usd_day,
            usd_used = usd_used + IIF(@by IS NULL, COALESCE(@usd, 0), 0), refused_day = @refused_day,
            refused_limit = @refused_limit
        WHERE model = @model;
        UPDATE llm.dag_budget
        SET usd_used = usd_used + IIF(@by IS NULL, COALESCE(@usd, 0), 0), refused_limit = @dag_refused
        WHERE dag_id = @dag_id;
        -- A limit of requests alone leaves nothing to settle, no limit nothing at all.
        IF @by IS NULL AND (@dag_id IS NOT NULL OR @tokens_per_minute IS NOT NULL OR @usd_per_day IS NOT NULL)
        BEGIN
            INSERT INTO llm.budget_reservation (model, run_id, tokens, usd, reserved_at, dag_id)
            VALUES (@model, @run_id, @tokens, COALESCE(@usd, 0), @at, @dag_id);
            SET @id = SCOPE_IDENTITY();
        END;
        COMMIT TRANSACTION;
        SELECT CONVERT(bit, IIF(@by IS NULL, 1, 0)) AS granted, @ms AS wait_ms,
            DATEADD(MILLISECOND, @ms % 1000, DATEADD(SECOND, @ms / 1000, @at)) AS slot_at, @id AS reservation_id, @by AS refused_by;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
