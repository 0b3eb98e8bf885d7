-- Limits of the whole fleet: slots that are handed out ahead, what a day's money was spent on, limits of dags, caps of
-- jobs, and costs that are not known.

-- A level may be below 0: then that much is promised to requests that wait for their slots. The money of a day is counted
-- as it is reserved and settled, so that nobody sums rows; refused_* say which limit was found too small, and when.
ALTER TABLE llm.rate_limit
    ADD COLUMN paced_requests_per_minute integer,
    ADD COLUMN paced_tokens_per_minute bigint,
    ADD COLUMN usd_day date,
    ADD COLUMN usd_used numeric(18, 8) NOT NULL DEFAULT 0,
    ADD COLUMN refused_day date,
    ADD COLUMN refused_limit numeric(14, 6),
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT clock_timestamp();
ALTER TABLE llm.rate_limit SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

CREATE TABLE llm.dag_budget (
    dag_id         bigint         NOT NULL,
    usd_limit      numeric(14, 6) NOT NULL CONSTRAINT ck_dag_budget_usd_limit CHECK (usd_limit >= 0),
    usd_used       numeric(18, 8) NOT NULL DEFAULT 0,
    refused_limit  numeric(14, 6),
    updated_at     timestamptz    NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_dag_budget PRIMARY KEY (dag_id),
    CONSTRAINT fk_dag_budget_dag FOREIGN KEY (dag_id) REFERENCES llm.dag (dag_id) ON DELETE CASCADE
) WITH (fillfactor = 50);

-- A reservation is a row only while its request is under way.
DELETE FROM llm.budget_reservation;
DROP INDEX llm.ix_budget_reservation_day;
DROP INDEX llm.ix_budget_reservation_run;
ALTER TABLE llm.budget_reservation DROP COLUMN settled_at;
ALTER TABLE llm.budget_reservation ADD COLUMN dag_id bigint;
CREATE INDEX ix_budget_reservation_model ON llm.budget_reservation (model, reservation_id);
CREATE INDEX ix_budget_reservation_dag ON llm.budget_reservation (dag_id, reservation_id) WHERE dag_id IS NOT NULL;
ALTER TABLE llm.budget_reservation SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);

ALTER TABLE llm.job_type ADD COLUMN token_cap bigint CONSTRAINT ck_job_type_token_cap CHECK (token_cap > 0);

-- Jobs that wait for money or for a limit: few, for a runner claims no more of them.
CREATE INDEX ix_job_budget ON llm.job (last_error_code, job_id)
    WHERE status = 'SCHEDULED' AND last_error_code IN ('BUDGET_EXHAUSTED', 'LIMIT_REACHED');

-- What nobody knows the price of costs null, not nothing.
ALTER TABLE llm.call ADD COLUMN asked_model text;
ALTER TABLE llm.call ALTER COLUMN cost_usd DROP NOT NULL, ALTER COLUMN cost_usd DROP DEFAULT;
ALTER TABLE llm.run ALTER COLUMN cost_usd DROP NOT NULL, ALTER COLUMN cost_usd DROP DEFAULT;
INSERT INTO llm.model_price (model, input_usd_per_m, output_usd_per_m, cached_usd_per_m)
VALUES ('builtin-rules-1', 0, 0, 0)
ON CONFLICT (model) DO NOTHING;
UPDATE llm.call AS c SET cost_usd = NULL
WHERE c.cost_usd = 0 AND NOT c.cache_hit AND c.input_tokens + c.output_tokens > 0
  AND NOT EXISTS (SELECT 1 FROM llm.model_price AS p WHERE p.model = c.model);
UPDATE llm.run AS r SET cost_usd = NULL
WHERE r.cost_usd = 0 AND r.input_tokens + r.output_tokens > 0
  AND NOT EXISTS (SELECT 1 FROM llm.model_price AS p WHERE p.model = r.model)
  AND EXISTS (SELECT 1 FROM llm.call AS c WHERE c.run_id = r.run_id AND c.cost_usd IS NULL);

COMMENT ON TABLE llm.dag_budget IS 'Setting: the most USD that a dag may cost; its jobs wait when it is spent.';
COMMENT ON COLUMN llm.dag_budget.dag_id IS 'the dag (llm.dag)';
COMMENT ON COLUMN llm.dag_budget.usd_limit IS 'USD that its jobs may cost together';
COMMENT ON COLUMN llm.dag_budget.usd_used IS 'USD spent and reserved so far';
COMMENT ON COLUMN llm.dag_budget.refused_limit IS 'the limit that was too small for the last request; null: none was refused';
COMMENT ON COLUMN llm.dag_budget.updated_at IS 'when the limit was set';
COMMENT ON TABLE llm.budget_reservation IS 'What a request under way has reserved of the limits of its model and dag.';
COMMENT ON COLUMN llm.budget_reservation.dag_id IS 'the dag whose money it is (llm.dag); null: none with a limit';
COMMENT ON COLUMN llm.budget_reservation.tokens IS 'tokens that the request is expected to use';
COMMENT ON COLUMN llm.budget_reservation.usd IS 'USD that it is expected to cost';
COMMENT ON COLUMN llm.rate_limit.requests_level IS 'requests that may be sent at bucket_at; below 0: promised to requests that wait';
COMMENT ON COLUMN llm.rate_limit.tokens_level IS 'tokens that may be used at bucket_at; below 0: promised to requests that wait';
COMMENT ON COLUMN llm.rate_limit.paced_requests_per_minute IS 'the limit that requests_level was reckoned with';
COMMENT ON COLUMN llm.rate_limit.paced_tokens_per_minute IS 'the limit that tokens_level was reckoned with';
COMMENT ON COLUMN llm.rate_limit.usd_day IS 'the day (UTC) of usd_used; null: not counted yet';
COMMENT ON COLUMN llm.rate_limit.usd_used IS 'USD spent and reserved on that day';
COMMENT ON COLUMN llm.rate_limit.refused_day IS 'the day (UTC) on which the money was found to be spent; null: it is not';
COMMENT ON COLUMN llm.rate_limit.refused_limit IS 'the limit of USD that was too small then';
COMMENT ON COLUMN llm.rate_limit.updated_at IS 'when the limit was set by llm.usp_put_rate_limit';
COMMENT ON COLUMN llm.job_type.token_cap IS 'the most tokens that a job may use over all its attempts; null: no cap';
COMMENT ON COLUMN llm.call.asked_model IS 'the model that was asked for where the answer names another; null: the same';
COMMENT ON COLUMN llm.call.cost_usd IS 'cost in USD by llm.model_price; null: its price is not known';
COMMENT ON COLUMN llm.run.cost_usd IS 'cost in USD by llm.model_price; null: the price of some call is not known';

-- Changed signatures.
DROP FUNCTION IF EXISTS llm.usp_reserve_budget(text, uuid, integer, bigint, numeric, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_release_job(bigint, uuid, text, timestamptz, boolean, jsonb, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_list_job_types();
DROP VIEW IF EXISTS llm.vw_run_cost;
