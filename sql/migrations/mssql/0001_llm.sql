-- The queue: job types, jobs, runs, calls, artifacts, contracts, workers, schedules, budgets, dags.
-- Jobs carry no foreign key to job_type: enqueueing checks it once a statement, and 60 000 inserts a second do not pay
-- for a row lock each. Rows that say what a run did carry run_id without a foreign key: the run row is written once,
-- when the attempt ends, and llm.vw_invariant_violations looks for orphans.
--
-- What holds for every table on SQL Server (docs/sql-server.md has the lengths):
-- - Texts are nvarchar under Latin1_General_100_BIN2, so equal is equal to the byte and
--   order that of UTF-16, whatever the database says. (Trailing blanks do not count in a comparison; what is compared is trimmed.)
-- - Keys are as long as what makes them allows. One that an index could not hold (1 700 bytes, 900 in a clustered one) is
--   there by its hash, <name>_sha256: compare that and the text itself.
-- - JSON is nvarchar(max) with an ISJSON check, times are datetime2(3) in UTC.
-- - Columns whose numbers procedures take beforehand have a sequence, the others IDENTITY.
-- - What a later migration only loosens (NOT NULL, a default) is loose from the beginning: no older database exists here.

-- Every schema has one owner: procedures reach the tables of all of them by ownership chaining.
IF SCHEMA_ID(N'llm') IS NULL EXEC (N'CREATE SCHEMA llm AUTHORIZATION dbo;');
GO

CREATE TABLE llm.contract (
    name         nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version      nvarchar(50)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_contract_version CHECK (version LIKE N'[0-9]%.[0-9]%.[0-9]%' AND version NOT LIKE N'%[^0-9.]%'
            AND version NOT LIKE N'%..%' AND version NOT LIKE N'%.%.%.%' AND version NOT LIKE N'%.'),
    kind         nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_contract_kind CHECK (kind IN (N'input', N'output')),
    sha256       nvarchar(64)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_contract_sha256 CHECK (LEN(sha256) = 64),
    [schema]     nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_contract_schema CHECK (ISJSON([schema]) = 1),
    deployed_at  datetime2(3)  NOT NULL CONSTRAINT df_contract_deployed_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT pk_contract PRIMARY KEY (name, version)
);
GO

CREATE TABLE llm.job_type (
    job_type              nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_job_type_job_type CHECK (job_type LIKE N'[a-z]%' AND job_type NOT LIKE N'%[^a-z0-9_]%'),
    contract_name         nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    contract_version      nvarchar(50)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    input_contract        nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    route_procedure       nvarchar(260) COLLATE Latin1_General_100_BIN2 NOT NULL,
    handler               nvarchar(260) COLLATE Latin1_General_100_BIN2 NOT NULL,
    default_priority      int           NOT NULL CONSTRAINT df_job_type_default_priority DEFAULT 100,
    max_attempts          int           NOT NULL CONSTRAINT df_job_type_max_attempts DEFAULT 3
        CONSTRAINT ck_job_type_max_attempts CHECK (max_attempts >= 1),
    backoff_base_seconds  int           NOT NULL CONSTRAINT df_job_type_backoff_base_seconds DEFAULT 10
        CONSTRAINT ck_job_type_backoff_base_seconds CHECK (backoff_base_seconds >= 0),
    backoff_max_seconds   int           NOT NULL CONSTRAINT df_job_type_backoff_max_seconds DEFAULT 3600
        CONSTRAINT ck_job_type_backoff_max_seconds CHECK (backoff_max_seconds >= 0),
    lease_seconds         int           NOT NULL CONSTRAINT df_job_type_lease_seconds DEFAULT 60
        CONSTRAINT ck_job_type_lease_seconds CHECK (lease_seconds >= 1),
    timeout_seconds       int           NOT NULL CONSTRAINT df_job_type_timeout_seconds DEFAULT 600
        CONSTRAINT ck_job_type_timeout_seconds CHECK (timeout_seconds >= 1),
    max_running           int           NULL CONSTRAINT ck_job_type_max_running CHECK (max_running >= 0),
    model                 nvarchar(200) COLLATE Latin1_General_100_BIN2 NULL,
    sla_seconds           int           NULL CONSTRAINT ck_job_type_sla_seconds CHECK (sla_seconds > 0),
    grounding_policy      nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_job_type_grounding_policy DEFAULT N'quarantine'
        CONSTRAINT ck_job_type_grounding_policy CHECK (grounding_policy IN (N'quarantine', N'review')),
    paused                bit           NOT NULL CONSTRAINT df_job_type_paused DEFAULT 0,
    description           nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_job_type_description DEFAULT N'',
    created_at            datetime2(3)  NOT NULL CONSTRAINT df_job_type_created_at DEFAULT SYSUTCDATETIME(),
    updated_at            datetime2(3)  NOT NULL CONSTRAINT df_job_type_updated_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT pk_job_type PRIMARY KEY (job_type),
    CONSTRAINT fk_job_type_contract FOREIGN KEY (contract_name, contract_version)
        REFERENCES llm.contract (name, version)
);
GO

CREATE TABLE llm.dag (
    dag_id          bigint           IDENTITY(1, 1) NOT NULL,
    kind            nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    subject         nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    status          nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_dag_status DEFAULT N'RUNNING'
        CONSTRAINT ck_dag_status CHECK (status IN (N'RUNNING', N'COMPLETED', N'FAILED', N'CANCELLED')),
    options         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_dag_options DEFAULT N'{}'
        CONSTRAINT ck_dag_options CHECK (ISJSON(options) = 1),
    correlation_id  uniqueidentifier NOT NULL CONSTRAINT df_dag_correlation_id DEFAULT NEWID(),
    created_by      nvarchar(256)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_dag_created_by DEFAULT ORIGINAL_LOGIN(),
    started_at      datetime2(3)     NOT NULL CONSTRAINT df_dag_started_at DEFAULT SYSUTCDATETIME(),
    finished_at     datetime2(3)     NULL,
    error           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    subject_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', subject)) PERSISTED NOT NULL,
    CONSTRAINT pk_dag PRIMARY KEY (dag_id)
);
GO
CREATE UNIQUE INDEX ux_dag_running ON llm.dag (kind, subject_sha256) WHERE status = N'RUNNING';

CREATE TABLE llm.dag_node (
    dag_node_id       bigint        IDENTITY(1, 1) NOT NULL,
    dag_id            bigint        NOT NULL,
    ordinal           int           NOT NULL,
    name              nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    status            nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_dag_node_status DEFAULT N'PENDING'
        CONSTRAINT ck_dag_node_status CHECK (status IN (N'PENDING', N'RUNNING', N'COMPLETED', N'FAILED', N'SKIPPED')),
    blocking          bit           NOT NULL CONSTRAINT df_dag_node_blocking DEFAULT 1,
    max_failed_share  decimal(5, 4) NOT NULL CONSTRAINT df_dag_node_max_failed_share DEFAULT 1
        CONSTRAINT ck_dag_node_max_failed_share CHECK (max_failed_share BETWEEN 0 AND 1),
    plan_job_type     nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    plan_input        nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_dag_node_plan_input DEFAULT N'{}'
        CONSTRAINT ck_dag_node_plan_input CHECK (ISJSON(plan_input) = 1),
    plan_job_id       bigint        NULL,
    total             int           NULL,
    message           nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    started_at        datetime2(3)  NULL,
    finished_at       datetime2(3)  NULL,
    CONSTRAINT pk_dag_node PRIMARY KEY (dag_node_id),
    CONSTRAINT fk_dag_node_dag FOREIGN KEY (dag_id) REFERENCES llm.dag (dag_id),
    CONSTRAINT ux_dag_node_ordinal UNIQUE (dag_id, ordinal),
    CONSTRAINT ux_dag_node_name UNIQUE (dag_id, name)
);
GO

CREATE SEQUENCE llm.job_job_id_seq AS bigint START WITH 1 INCREMENT BY 1;
GO
CREATE TABLE llm.job (
    job_id             bigint           NOT NULL CONSTRAINT df_job_job_id DEFAULT NEXT VALUE FOR llm.job_job_id_seq,
    job_type           nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    subject            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    status             nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_job_status CHECK (status IN (
            N'NEW', N'SCHEDULED', N'RUNNING', N'SUCCEEDED', N'DEADLETTER', N'CANCELLED')),
    priority           int              NOT NULL,
    dedupe_key         nvarchar(800)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    correlation_id     uniqueidentifier NOT NULL,
    source_page_id     bigint           NULL,
    dag_node_id        bigint           NULL,
    input              nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_job_input CHECK (ISJSON(input) = 1),
    contract_version   nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    available_at       datetime2(3)     NOT NULL,
    attempt_count      int              NOT NULL CONSTRAINT df_job_attempt_count DEFAULT 0,
    max_attempts       int              NOT NULL,
    abandon_count      int              NOT NULL CONSTRAINT df_job_abandon_count DEFAULT 0,
    max_abandons       int              NOT NULL CONSTRAINT df_job_max_abandons DEFAULT 10,
    run_id             uniqueidentifier NULL,
    locked_by          uniqueidentifier NULL,
    lease_expires_at   datetime2(3)     NULL,
    cancel_requested   bit              NOT NULL CONSTRAINT df_job_cancel_requested DEFAULT 0,
    outcome            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_job_outcome CHECK (ISJSON(outcome) = 1),
    last_error_code    nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
    last_error         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    last_escalated_at  datetime2(3)     NULL,
    created_at         datetime2(3)     NOT NULL,
    started_at         datetime2(3)     NULL,
    finished_at        datetime2(3)     NULL,
    CONSTRAINT pk_job PRIMARY KEY (job_id),
    CONSTRAINT ux_job_dedupe_key UNIQUE (dedupe_key),
    CONSTRAINT ck_job_dedupe_key CHECK (dedupe_key <> N''),
    CONSTRAINT ck_job_lease CHECK (
        status <> N'RUNNING' OR (run_id IS NOT NULL AND locked_by IS NOT NULL AND lease_expires_at IS NOT NULL))
);
GO
-- The claim reads it in order, one type at a time; it holds the jobs that are due and no others.
CREATE INDEX ix_job_claim ON llm.job (job_type, priority DESC, available_at, job_id) WHERE status = N'NEW';
-- The claim promotes from it what has come due. What is counted is in it, so that no row is waited for.
CREATE INDEX ix_job_scheduled ON llm.job (available_at) INCLUDE (job_type, priority) WHERE status = N'SCHEDULED';
-- Rescue and the caps read the running jobs, and who counts them no row; without the lease a renewal writes no index.
CREATE INDEX ix_job_running ON llm.job (job_type, job_id) INCLUDE (priority, run_id, locked_by, started_at, available_at)
    WHERE status = N'RUNNING';
CREATE INDEX ix_job_dead ON llm.job (finished_at) WHERE status = N'DEADLETTER';
CREATE INDEX ix_job_dag_node ON llm.job (dag_node_id, status) WHERE dag_node_id IS NOT NULL;
CREATE INDEX ix_job_source_page ON llm.job (source_page_id, job_type) WHERE source_page_id IS NOT NULL;
-- Retention walks the finished jobs, oldest first.
CREATE INDEX ix_job_finished ON llm.job (finished_at) WHERE status IN (N'SUCCEEDED', N'CANCELLED', N'DEADLETTER');

CREATE TABLE llm.job_archive (
    job_id            bigint           NOT NULL,
    job_type          nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    subject           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    status            nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    dedupe_key        nvarchar(800)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    correlation_id    uniqueidentifier NOT NULL,
    source_page_id    bigint           NULL,
    dag_node_id       bigint           NULL,
    input             nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_job_archive_input CHECK (ISJSON(input) = 1),
    contract_version  nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    attempt_count     int              NOT NULL,
    abandon_count     int              NOT NULL,
    run_id            uniqueidentifier NULL,
    outcome           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_job_archive_outcome CHECK (ISJSON(outcome) = 1),
    last_error_code   nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
    last_error        nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    created_at        datetime2(3)     NOT NULL,
    started_at        datetime2(3)     NULL,
    finished_at       datetime2(3)     NOT NULL,
    archived_at       datetime2(3)     NOT NULL,
    CONSTRAINT pk_job_archive PRIMARY KEY (job_id)
);
GO
-- Enqueueing finds the key of an archived job that succeeded here; keys of the others are free again.
CREATE UNIQUE INDEX ux_job_archive_dedupe_key ON llm.job_archive (dedupe_key) WHERE status = N'SUCCEEDED';
CREATE INDEX ix_job_archive_finished ON llm.job_archive (finished_at);

-- Both are kept in the order in which they are written; a random run_id would scatter them.
CREATE TABLE llm.run (
    run_id            uniqueidentifier NOT NULL,
    job_id            bigint           NOT NULL,
    attempt           int              NOT NULL,
    worker_id         uniqueidentifier NOT NULL,
    correlation_id    uniqueidentifier NOT NULL,
    contract_name     nvarchar(200)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    contract_version  nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    prompt_sha256     nvarchar(64)     COLLATE Latin1_General_100_BIN2 NULL,
    model             nvarchar(200)    COLLATE Latin1_General_100_BIN2 NULL,
    started_at        datetime2(3)     NOT NULL,
    finished_at       datetime2(3)     NOT NULL,
    status            nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_run_status CHECK (status IN (N'SUCCEEDED', N'FAILED', N'RELEASED', N'ABANDONED', N'CANCELLED')),
    input_tokens      bigint           NOT NULL CONSTRAINT df_run_input_tokens DEFAULT 0,
    output_tokens     bigint           NOT NULL CONSTRAINT df_run_output_tokens DEFAULT 0,
    cached_tokens     bigint           NOT NULL CONSTRAINT df_run_cached_tokens DEFAULT 0,
    cost_usd          decimal(14, 8)   NULL,
    duration_ms       bigint           NOT NULL,
    error_code        nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
    error             nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT pk_run PRIMARY KEY NONCLUSTERED (run_id)
);
GO
CREATE INDEX ix_run_job ON llm.run (job_id);
CREATE CLUSTERED INDEX ix_run_finished ON llm.run (finished_at);

CREATE TABLE llm.call (
    run_id          uniqueidentifier NOT NULL,
    call_no         int              NOT NULL,
    chunk_index     int              NOT NULL,
    purpose         nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_call_purpose CHECK (purpose IN (N'extract', N'reask', N'glean')),
    request_sha256  nvarchar(64)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    cache_hit       bit              NOT NULL,
    model           nvarchar(200)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    input_tokens    bigint           NOT NULL CONSTRAINT df_call_input_tokens DEFAULT 0,
    output_tokens   bigint           NOT NULL CONSTRAINT df_call_output_tokens DEFAULT 0,
    cached_tokens   bigint           NOT NULL CONSTRAINT df_call_cached_tokens DEFAULT 0,
    cost_usd        decimal(14, 8)   NULL,
    duration_ms     bigint           NOT NULL,
    http_status     int              NULL,
    finish_reason   nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
    error_code      nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
    started_at      datetime2(3)     NOT NULL,
    CONSTRAINT pk_call PRIMARY KEY NONCLUSTERED (run_id, call_no)
);
GO
CREATE CLUSTERED INDEX ix_call_started ON llm.call (started_at);

CREATE TABLE llm.artifact (
    run_id          uniqueidentifier NOT NULL,
    artifact_type   nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_artifact_artifact_type CHECK (artifact_type IN (N'manifest', N'input', N'output', N'error', N'call')),
    lake_uri        nvarchar(2000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    content_sha256  nvarchar(64)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_artifact_content_sha256 CHECK (LEN(content_sha256) = 64),
    byte_count      bigint           NOT NULL CONSTRAINT ck_artifact_byte_count CHECK (byte_count >= 0),
    created_at      datetime2(3)     NOT NULL CONSTRAINT df_artifact_created_at DEFAULT SYSUTCDATETIME(),
    lake_uri_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', lake_uri)) PERSISTED NOT NULL,
    CONSTRAINT pk_artifact PRIMARY KEY (run_id, lake_uri_sha256)
);
GO

CREATE TABLE llm.response_cache (
    request_sha256  nvarchar(64)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_response_cache_request_sha256 CHECK (LEN(request_sha256) = 64),
    lake_uri        nvarchar(2000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    model           nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    created_at      datetime2(3)   NOT NULL CONSTRAINT df_response_cache_created_at DEFAULT SYSUTCDATETIME(),
    expires_at      datetime2(3)   NULL,
    hits            bigint         NOT NULL CONSTRAINT df_response_cache_hits DEFAULT 0,
    lake_uri_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', lake_uri)) PERSISTED NOT NULL,
    CONSTRAINT pk_response_cache PRIMARY KEY (request_sha256)
);
GO

CREATE TABLE llm.worker (
    worker_id     uniqueidentifier NOT NULL,
    host          nvarchar(256)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    pid           int              NOT NULL,
    version       nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    started_at    datetime2(3)     NOT NULL,
    heartbeat_at  datetime2(3)     NOT NULL,
    job_types     nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_worker_job_types CHECK (ISJSON(job_types) = 1),
    concurrency   int              NOT NULL,
    running       int              NOT NULL,
    CONSTRAINT pk_worker PRIMARY KEY (worker_id)
);
GO

CREATE TABLE llm.schedule (
    name           nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    cron           nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    timezone       nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    action         nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_schedule_action CHECK (action IN (N'enqueue', N'procedure', N'pipeline')),
    payload        nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_schedule_payload DEFAULT N'{}'
        CONSTRAINT ck_schedule_payload CHECK (ISJSON(payload) = 1),
    misfire        nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_schedule_misfire DEFAULT N'coalesce'
        CONSTRAINT ck_schedule_misfire CHECK (misfire IN (N'coalesce', N'skip')),
    enabled        bit           NOT NULL CONSTRAINT df_schedule_enabled DEFAULT 1,
    last_fired_at  datetime2(3)  NULL,
    next_fire_at   datetime2(3)  NOT NULL,
    created_at     datetime2(3)  NOT NULL CONSTRAINT df_schedule_created_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT pk_schedule PRIMARY KEY (name)
);
GO

CREATE TABLE llm.schedule_fire (
    name      nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    fire_at   datetime2(3)  NOT NULL,
    fired_at  datetime2(3)  NOT NULL CONSTRAINT df_schedule_fire_fired_at DEFAULT SYSUTCDATETIME(),
    result    nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_schedule_fire_result CHECK (ISJSON(result) = 1),
    CONSTRAINT pk_schedule_fire PRIMARY KEY (name, fire_at)
);
GO

CREATE TABLE llm.model_price (
    model             nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    input_usd_per_m   decimal(12, 6) NOT NULL CONSTRAINT ck_model_price_input_usd_per_m CHECK (input_usd_per_m >= 0),
    output_usd_per_m  decimal(12, 6) NOT NULL CONSTRAINT ck_model_price_output_usd_per_m CHECK (output_usd_per_m >= 0),
    cached_usd_per_m  decimal(12, 6) NOT NULL CONSTRAINT ck_model_price_cached_usd_per_m CHECK (cached_usd_per_m >= 0),
    updated_at        datetime2(3)   NOT NULL CONSTRAINT df_model_price_updated_at DEFAULT SYSUTCDATETIME(),
    CONSTRAINT pk_model_price PRIMARY KEY (model)
);
GO

-- Limits of the whole fleet for one model; null means no limit. The *_level columns are token buckets: what may be
-- spent at bucket_at. A bucket holds 5 % of the limit and refills with 95 % of it a minute.
CREATE TABLE llm.rate_limit (
    model                nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    requests_per_minute  int            NULL CONSTRAINT ck_rate_limit_requests_per_minute CHECK (requests_per_minute > 0),
    tokens_per_minute    bigint         NULL CONSTRAINT ck_rate_limit_tokens_per_minute CHECK (tokens_per_minute > 0),
    usd_per_day          decimal(14, 6) NULL CONSTRAINT ck_rate_limit_usd_per_day CHECK (usd_per_day >= 0),
    requests_level       float          NULL,
    tokens_level         float          NULL,
    bucket_at            datetime2(3)   NULL,
    CONSTRAINT pk_rate_limit PRIMARY KEY (model)
);
GO

CREATE TABLE llm.budget_reservation (
    reservation_id  bigint           IDENTITY(1, 1) NOT NULL,
    model           nvarchar(200)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    run_id          uniqueidentifier NOT NULL,
    tokens          bigint           NOT NULL,
    usd             decimal(14, 8)   NOT NULL,
    reserved_at     datetime2(3)     NOT NULL,
    settled_at      datetime2(3)     NULL,
    CONSTRAINT pk_budget_reservation PRIMARY KEY (reservation_id)
);
GO
CREATE INDEX ix_budget_reservation_day ON llm.budget_reservation (model, reserved_at);
CREATE INDEX ix_budget_reservation_run ON llm.budget_reservation (run_id) WHERE settled_at IS NULL;
GO

-- A lock of the whole table would stop every runner.
ALTER TABLE llm.job SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE llm.run SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE llm.call SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE llm.artifact SET (LOCK_ESCALATION = DISABLE);
