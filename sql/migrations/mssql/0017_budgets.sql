-- Limits of the whole fleet: slots that are handed out ahead, what a day's money was spent on, limits of dags, caps of
-- jobs, and costs that are not known.

-- A level may be below 0: then that much is promised to requests that wait for their slots. The money of a day is counted
-- as it is reserved and settled, so that nobody sums rows; refused_* say which limit was found too small, and when.
ALTER TABLE llm.rate_limit ADD paced_requests_per_minute int NULL;
ALTER TABLE llm.rate_limit ADD paced_tokens_per_minute bigint NULL;
ALTER TABLE llm.rate_limit ADD usd_day date NULL;
ALTER TABLE llm.rate_limit ADD usd_used decimal(18, 8) NOT NULL CONSTRAINT df_rate_limit_usd_used DEFAULT 0;
ALTER TABLE llm.rate_limit ADD refused_day date NULL;
ALTER TABLE llm.rate_limit ADD refused_limit decimal(14, 6) NULL;
ALTER TABLE llm.rate_limit ADD updated_at datetime2(3) NOT NULL CONSTRAINT df_rate_limit_updated_at DEFAULT SYSUTCDATETIME();
GO
ALTER TABLE llm.rate_limit SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE llm.budget_reservation SET (LOCK_ESCALATION = DISABLE);
GO

CREATE TABLE llm.dag_budget (
    dag_id         bigint         NOT NULL,
    usd_limit      decimal(14, 6) NOT NULL CONSTRAINT ck_dag_budget_usd_limit CHECK (usd_limit >= 0),
    usd_used       decimal(18, 8) NOT NULL CONSTRAINT df_dag_budget_usd_used DEFAULT 0,
    refused_limit  decimal(14, 6) NULL,
    updated_at     datetime2(3)   NOT NULL CONSTRAINT df_dag_budget_updated_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT pk_dag_budget PRIMARY KEY (dag_id),
    CONSTRAINT fk_dag_budget_dag FOREIGN KEY (dag_id) REFERENCES llm.dag (dag_id) ON DELETE CASCADE
);
GO

-- A reservation is a row only while its request is under way.
DELETE FROM llm.budget_reservation;
DROP INDEX ix_budget_reservation_day ON llm.budget_reservation;
DROP INDEX ix_budget_reservation_run ON llm.budget_reservation;
ALTER TABLE llm.budget_reservation DROP COLUMN settled_at;
ALTER TABLE llm.budget_reservation ADD dag_id bigint NULL;
GO
CREATE INDEX ix_budget_reservation_model ON llm.budget_reservation (model, reservation_id);
CREATE INDEX ix_budget_reservation_dag ON llm.budget_reservation (dag_id, reservation_id) WHERE dag_id IS NOT NULL;

ALTER TABLE llm.job_type ADD token_cap bigint NULL CONSTRAINT ck_job_type_token_cap CHECK (token_cap > 0);
GO

-- Jobs that wait for money or for a limit: few, for a runner claims no more of them.
CREATE INDEX ix_job_budget ON llm.job (last_error_code, job_id)
    WHERE status = N'SCHEDULED' AND last_error_code IN (N'BUDGET_EXHAUSTED', N'LIMIT_REACHED');

-- What nobody knows the price of costs null, not nothing (cost_usd may be null from the beginning).
ALTER TABLE llm.call ADD asked_model nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL;
GO
INSERT INTO llm.model_price (model, input_usd_per_m, output_usd_per_m, cached_usd_per_m)
SELECT N'builtin-rules-1', 0, 0, 0
WHERE NOT EXISTS (SELECT 1 FROM llm.model_price AS p WHERE p.model = N'builtin-rules-1');
UPDATE c
SET cost_usd = NULL
FROM llm.call AS c
WHERE c.cost_usd = 0 AND c.cache_hit = 0 AND c.input_tokens + c.output_tokens > 0
  AND NOT EXISTS (SELECT 1 FROM llm.model_price AS p WHERE p.model = c.model);
UPDATE r
SET cost_usd = NULL
FROM llm.run AS r
WHERE r.cost_usd = 0 AND r.input_tokens + r.output_tokens > 0
  AND NOT EXISTS (SELECT 1 FROM llm.model_price AS p WHERE p.model = r.model)
  AND EXISTS (SELECT 1 FROM llm.call AS c WHERE c.run_id = r.run_id AND c.cost_usd IS NULL);
GO

EXEC sys.sp_addextendedproperty N'MS_Description', N'Setting: the most USD that a dag may cost; its jobs wait when it is spent.',
    N'SCHEMA', N'llm', N'TABLE', N'dag_budget';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the dag (llm.dag)',
    N'SCHEMA', N'llm', N'TABLE', N'dag_budget', N'COLUMN', N'dag_id';
EXEC sys.sp_addextendedproperty N'MS_Description', N'USD that its jobs may cost together',
    N'SCHEMA', N'llm', N'TABLE', N'dag_budget', N'COLUMN', N'usd_limit';
EXEC sys.sp_addextendedproperty N'MS_Description', N'USD spent and reserved so far',
    N'SCHEMA', N'llm', N'TABLE', N'dag_budget', N'COLUMN', N'usd_used';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the limit that was too small for the last request; null: none was refused',
    N'SCHEMA', N'llm', N'TABLE', N'dag_budget', N'COLUMN', N'refused_limit';
EXEC sys.sp_addextendedproperty N'MS_Description', N'when the limit was set',
    N'SCHEMA', N'llm', N'TABLE', N'dag_budget', N'COLUMN', N'updated_at';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'What a request under way has reserved of the limits of its model and dag.',
    N'SCHEMA', N'llm', N'TABLE', N'budget_reservation';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the dag whose money it is (llm.dag); null: none with a limit',
    N'SCHEMA', N'llm', N'TABLE', N'budget_reservation', N'COLUMN', N'dag_id';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'tokens that the request is expected to use',
    N'SCHEMA', N'llm', N'TABLE', N'budget_reservation', N'COLUMN', N'tokens';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'USD that it is expected to cost',
    N'SCHEMA', N'llm', N'TABLE', N'budget_reservation', N'COLUMN', N'usd';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'requests that may be sent at bucket_at; below 0: promised to requests that wait',
    N'SCHEMA', N'llm', N'TABLE', N'rate_limit', N'COLUMN', N'requests_level';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'tokens that may be used at bucket_at; below 0: promised to requests that wait',
    N'SCHEMA', N'llm', N'TABLE', N'rate_limit', N'COLUMN', N'tokens_level';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the limit that requests_level was reckoned with',
    N'SCHEMA', N'llm', N'TABLE', N'rate_limit', N'COLUMN', N'paced_requests_per_minute';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the limit that tokens_level was reckoned with',
    N'SCHEMA', N'llm', N'TABLE', N'rate_limit', N'COLUMN', N'paced_tokens_per_minute';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the day (UTC) of usd_used; null: not counted yet',
    N'SCHEMA', N'llm', N'TABLE', N'rate_limit', N'COLUMN', N'usd_day';
EXEC sys.sp_addextendedproperty N'MS_Description', N'USD spent and reserved on that day',
    N'SCHEMA', N'llm', N'TABLE', N'rate_limit', N'COLUMN', N'usd_used';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the day (UTC) on which the money was found to be spent; null: it is not',
    N'SCHEMA', N'llm', N'TABLE', N'rate_limit', N'COLUMN', N'refused_day';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the limit of USD that was too small then',
    N'SCHEMA', N'llm', N'TABLE', N'rate_limit', N'COLUMN', N'refused_limit';
EXEC sys.sp_addextendedproperty N'MS_Description', N'when the limit was set by llm.usp_put_rate_limit',
    N'SCHEMA', N'llm', N'TABLE', N'rate_limit', N'COLUMN', N'updated_at';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the most tokens that a job may use over all its attempts; null: no cap',
    N'SCHEMA', N'llm', N'TABLE', N'job_type', N'COLUMN', N'token_cap';
EXEC sys.sp_addextendedproperty N'MS_Description', N'the model that was asked for where the answer names another; null: the same',
    N'SCHEMA', N'llm', N'TABLE', N'call', N'COLUMN', N'asked_model';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'cost in USD by llm.model_price; null: its price is not known',
    N'SCHEMA', N'llm', N'TABLE', N'call', N'COLUMN', N'cost_usd';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'cost in USD by llm.model_price; null: the price of some call is not known',
    N'SCHEMA', N'llm', N'TABLE', N'run', N'COLUMN', N'cost_usd';

-- Changed signatures: CREATE OR ALTER takes them as they are.
