-- The queue: job types, jobs, runs, calls, artifacts, contracts, workers, schedules, budgets, dags.
-- Jobs carry no foreign key to job_type: enqueueing checks it once a statement, and 60 000 inserts a second do not pay
-- for a row lock each. Rows that say what a run did carry run_id without a foreign key: the run row is written once,
-- when the attempt ends, and llm.vw_invariant_violations looks for orphans.

CREATE SCHEMA IF NOT EXISTS llm;

CREATE TABLE llm.contract (
    name         text        COLLATE "C" NOT NULL,
    version      text        COLLATE "C" NOT NULL CHECK (version ~ '^\d+\.\d+\.\d+$'),
    kind         text        NOT NULL CHECK (kind IN ('input', 'output')),
    sha256       text        NOT NULL CHECK (length(sha256) = 64),
    schema       jsonb       NOT NULL,
    deployed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_contract PRIMARY KEY (name, version)
);

CREATE TABLE llm.job_type (
    job_type              text        COLLATE "C" NOT NULL CHECK (job_type ~ '^[a-z][a-z0-9_]{0,99}$'),
    contract_name         text        COLLATE "C" NOT NULL,
    contract_version      text        COLLATE "C" NOT NULL,
    input_contract        text        COLLATE "C" NOT NULL,
    route_procedure       text        NOT NULL,
    handler               text        NOT NULL,
    default_priority      integer     NOT NULL DEFAULT 100,
    max_attempts          integer     NOT NULL DEFAULT 3 CHECK (max_attempts >= 1),
    backoff_base_seconds  integer     NOT NULL DEFAULT 10 CHECK (backoff_base_seconds >= 0),
    backoff_max_seconds   integer     NOT NULL DEFAULT 3600 CHECK (backoff_max_seconds >= 0),
    lease_seconds         integer     NOT NULL DEFAULT 60 CHECK (lease_seconds >= 1),
    timeout_seconds       integer     NOT NULL DEFAULT 600 CHECK (timeout_seconds >= 1),
    max_running           integer     CHECK (max_running >= 0),
    model                 text,
    sla_seconds           integer     CHECK (sla_seconds > 0),
    grounding_policy      text        NOT NULL DEFAULT 'quarantine' CHECK (grounding_policy IN ('quarantine', 'review')),
    paused                boolean     NOT NULL DEFAULT false,
    description           text        NOT NULL DEFAULT '',
    created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_job_type PRIMARY KEY (job_type),
    CONSTRAINT fk_job_type_contract FOREIGN KEY (contract_name, contract_version) REFERENCES llm.contract (name, version)
);

CREATE TABLE llm.dag (
    dag_id          bigint      GENERATED ALWAYS AS IDENTITY,
    kind            text        COLLATE "C" NOT NULL,
    subject         text        COLLATE "C" NOT NULL,
    status          text        NOT NULL DEFAULT 'RUNNING' CHECK (status IN ('RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
    options         jsonb       NOT NULL DEFAULT '{}',
    correlation_id  uuid        NOT NULL DEFAULT gen_random_uuid(),
    created_by      text        NOT NULL DEFAULT session_user,
    started_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at     timestamptz,
    error           text,
    CONSTRAINT pk_dag PRIMARY KEY (dag_id)
);
CREATE UNIQUE INDEX ux_dag_running ON llm.dag (kind, subject) WHERE status = 'RUNNING';

CREATE TABLE llm.dag_node (
    dag_node_id       bigint      GENERATED ALWAYS AS IDENTITY,
    dag_id            bigint      NOT NULL,
    ordinal           integer     NOT NULL,
    name              text        COLLATE "C" NOT NULL,
    status            text        NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'SKIPPED')),
    blocking          boolean     NOT NULL DEFAULT true,
    max_failed_share  numeric(5, 4) NOT NULL DEFAULT 1 CHECK (max_failed_share BETWEEN 0 AND 1),
    plan_job_type     text        COLLATE "C" NOT NULL,
    plan_input        jsonb       NOT NULL DEFAULT '{}',
    plan_job_id       bigint,
    total             integer,
    message           text,
    started_at        timestamptz,
    finished_at       timestamptz,
    CONSTRAINT pk_dag_node PRIMARY KEY (dag_node_id),
    CONSTRAINT fk_dag_node_dag FOREIGN KEY (dag_id) REFERENCES llm.dag (dag_id),
    CONSTRAINT ux_dag_node_ordinal UNIQUE (dag_id, ordinal),
    CONSTRAINT ux_dag_node_name UNIQUE (dag_id, name)
);

CREATE TABLE llm.job (
    job_id             bigint      GENERATED ALWAYS AS IDENTITY,
    job_type           text        COLLATE "C" NOT NULL,
    subject            text        NOT NULL,
    status             text        COLLATE "C" NOT NULL
        CHECK (status IN ('NEW', 'SCHEDULED', 'RUNNING', 'SUCCEEDED', 'DEADLETTER', 'CANCELLED')),
    priority           integer     NOT NULL,
    dedupe_key         text        COLLATE "C" NOT NULL,
    correlation_id     uuid        NOT NULL,
    source_page_id     bigint,
    dag_node_id        bigint,
    input              jsonb       NOT NULL,
    contract_version   text        COLLATE "C" NOT NULL,
    available_at       timestamptz NOT NULL,
    attempt_count      integer     NOT NULL DEFAULT 0,
    max_attempts       integer     NOT NULL,
    abandon_count      integer     NOT NULL DEFAULT 0,
    max_abandons       integer     NOT NULL DEFAULT 10,
    run_id             uuid,
    locked_by          uuid,
    lease_expires_at   timestamptz,
    cancel_requested   boolean     NOT NULL DEFAULT false,
    outcome            jsonb,
    last_error_code    text,
    last_error         text,
    last_escalated_at  timestamptz,
    created_at         timestamptz NOT NULL,
    started_at         timestamptz,
    finished_at        timestamptz,
    CONSTRAINT pk_job PRIMARY KEY (job_id),
    CONSTRAINT ux_job_dedupe_key UNIQUE (dedupe_key),
    CONSTRAINT ck_job_dedupe_key CHECK (dedupe_key <> '' AND octet_length(dedupe_key) <= 1600),
    CONSTRAINT ck_job_lease CHECK (status <> 'RUNNING' OR (run_id IS NOT NULL AND locked_by IS NOT NULL AND lease_expires_at IS NOT NULL))
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
-- The claim reads it in order, one type at a time; it holds the jobs that are due and no others.
CREATE INDEX ix_job_claim ON llm.job (job_type, priority DESC, available_at, job_id) WHERE status = 'NEW';
-- The claim promotes from it what has come due.
CREATE INDEX ix_job_scheduled ON llm.job (available_at) WHERE status = 'SCHEDULED';
-- Rescue and the caps read the running jobs; without the lease in the key a renewal is a heap-only update.
CREATE INDEX ix_job_running ON llm.job (job_type, job_id) WHERE status = 'RUNNING';
CREATE INDEX ix_job_dead ON llm.job (finished_at) WHERE status = 'DEADLETTER';
CREATE INDEX ix_job_dag_node ON llm.job (dag_node_id, status) WHERE dag_node_id IS NOT NULL;
CREATE INDEX ix_job_source_page ON llm.job (source_page_id, job_type) WHERE source_page_id IS NOT NULL;
-- Retention walks the finished jobs, oldest first.
CREATE INDEX ix_job_finished ON llm.job (finished_at) WHERE status IN ('SUCCEEDED', 'CANCELLED', 'DEADLETTER');

CREATE TABLE llm.job_archive (
    job_id           bigint      NOT NULL,
    job_type         text        COLLATE "C" NOT NULL,
    subject          text        NOT NULL,
    status           text        COLLATE "C" NOT NULL,
    dedupe_key       text        COLLATE "C" NOT NULL,
    correlation_id   uuid        NOT NULL,
    source_page_id   bigint,
    dag_node_id      bigint,
    input            jsonb       NOT NULL,
    contract_version text        COLLATE "C" NOT NULL,
    attempt_count    integer     NOT NULL,
    abandon_count    integer     NOT NULL,
    run_id           uuid,
    outcome          jsonb,
    last_error_code  text,
    last_error       text,
    created_at       timestamptz NOT NULL,
    started_at       timestamptz,
    finished_at      timestamptz NOT NULL,
    archived_at      timestamptz NOT NULL,
    CONSTRAINT pk_job_archive PRIMARY KEY (job_id)
);
-- Enqueueing finds the key of an archived job that succeeded here; keys of the others are free again.
CREATE UNIQUE INDEX ux_job_archive_dedupe_key ON llm.job_archive (dedupe_key) WHERE status = 'SUCCEEDED';
CREATE INDEX ix_job_archive_finished ON llm.job_archive (finished_at);

CREATE TABLE llm.run (
    run_id            uuid        NOT NULL,
    job_id            bigint      NOT NULL,
    attempt           integer     NOT NULL,
    worker_id         uuid        NOT NULL,
    correlation_id    uuid        NOT NULL,
    contract_name     text        NOT NULL,
    contract_version  text        NOT NULL,
    prompt_sha256     text,
    model             text,
    started_at        timestamptz NOT NULL,
    finished_at       timestamptz NOT NULL,
    status            text        COLLATE "C" NOT NULL CHECK (status IN ('SUCCEEDED', 'FAILED', 'RELEASED', 'ABANDONED', 'CANCELLED')),
    input_tokens      bigint      NOT NULL DEFAULT 0,
    output_tokens     bigint      NOT NULL DEFAULT 0,
    cached_tokens     bigint      NOT NULL DEFAULT 0,
    cost_usd          numeric(14, 8) NOT NULL DEFAULT 0,
    duration_ms       bigint      NOT NULL,
    error_code        text,
    error             text,
    CONSTRAINT pk_run PRIMARY KEY (run_id)
);
CREATE INDEX ix_run_job ON llm.run (job_id);
CREATE INDEX ix_run_finished ON llm.run (finished_at);

CREATE TABLE llm.call (
    run_id          uuid        NOT NULL,
    call_no         integer     NOT NULL,
    chunk_index     integer     NOT NULL,
    purpose         text        NOT NULL CHECK (purpose IN ('extract', 'reask', 'glean')),
    request_sha256  text        NOT NULL,
    cache_hit       boolean     NOT NULL,
    model           text        NOT NULL,
    input_tokens    bigint      NOT NULL DEFAULT 0,
    output_tokens   bigint      NOT NULL DEFAULT 0,
    cached_tokens   bigint      NOT NULL DEFAULT 0,
    cost_usd        numeric(14, 8) NOT NULL DEFAULT 0,
    duration_ms     bigint      NOT NULL,
    http_status     integer,
    finish_reason   text,
    error_code      text,
    started_at      timestamptz NOT NULL,
    CONSTRAINT pk_call PRIMARY KEY (run_id, call_no)
);
CREATE INDEX ix_call_started ON llm.call (started_at);

CREATE TABLE llm.artifact (
    run_id          uuid        NOT NULL,
    artifact_type   text        NOT NULL CHECK (artifact_type IN ('manifest', 'input', 'output', 'error', 'call')),
    lake_uri        text        COLLATE "C" NOT NULL,
    content_sha256  text        NOT NULL CHECK (length(content_sha256) = 64),
    byte_count      bigint      NOT NULL CHECK (byte_count >= 0),
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_artifact PRIMARY KEY (run_id, lake_uri)
);

CREATE TABLE llm.response_cache (
    request_sha256  text        COLLATE "C" NOT NULL CHECK (length(request_sha256) = 64),
    lake_uri        text        NOT NULL,
    model           text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at      timestamptz,
    hits            bigint      NOT NULL DEFAULT 0,
    CONSTRAINT pk_response_cache PRIMARY KEY (request_sha256)
);

CREATE TABLE llm.worker (
    worker_id     uuid        NOT NULL,
    host          text        NOT NULL,
    pid           integer     NOT NULL,
    version       text        NOT NULL,
    started_at    timestamptz NOT NULL,
    heartbeat_at  timestamptz NOT NULL,
    job_types     jsonb       NOT NULL,
    concurrency   integer     NOT NULL,
    running       integer     NOT NULL,
    CONSTRAINT pk_worker PRIMARY KEY (worker_id)
);

CREATE TABLE llm.schedule (
    name           text        COLLATE "C" NOT NULL,
    cron           text        NOT NULL,
    timezone       text        NOT NULL,
    action         text        NOT NULL CHECK (action IN ('enqueue', 'procedure', 'pipeline')),
    payload        jsonb       NOT NULL DEFAULT '{}',
    misfire        text        NOT NULL DEFAULT 'coalesce' CHECK (misfire IN ('coalesce', 'skip')),
    enabled        boolean     NOT NULL DEFAULT true,
    last_fired_at  timestamptz,
    next_fire_at   timestamptz NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_schedule PRIMARY KEY (name)
);

CREATE TABLE llm.schedule_fire (
    name      text        COLLATE "C" NOT NULL,
    fire_at   timestamptz NOT NULL,
    fired_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    result    jsonb,
    CONSTRAINT pk_schedule_fire PRIMARY KEY (name, fire_at)
);

CREATE TABLE llm.model_price (
    model               text        COLLATE "C" NOT NULL,
    input_usd_per_m     numeric(12, 6) NOT NULL CHECK (input_usd_per_m >= 0),
    output_usd_per_m    numeric(12, 6) NOT NULL CHECK (output_usd_per_m >= 0),
    cached_usd_per_m    numeric(12, 6) NOT NULL CHECK (cached_usd_per_m >= 0),
    updated_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_model_price PRIMARY KEY (model)
);

-- Limits of the whole fleet for one model; null means no limit. The *_level columns are token buckets: what may be
-- spent at bucket_at. A bucket holds 5 % of the limit and refills with 95 % of it a minute.
CREATE TABLE llm.rate_limit (
    model                text        COLLATE "C" NOT NULL,
    requests_per_minute  integer     CHECK (requests_per_minute > 0),
    tokens_per_minute    bigint      CHECK (tokens_per_minute > 0),
    usd_per_day          numeric(14, 6) CHECK (usd_per_day >= 0),
    requests_level       double precision,
    tokens_level         double precision,
    bucket_at            timestamptz,
    CONSTRAINT pk_rate_limit PRIMARY KEY (model)
);

CREATE TABLE llm.budget_reservation (
    reservation_id  bigint      GENERATED ALWAYS AS IDENTITY,
    model           text        COLLATE "C" NOT NULL,
    run_id          uuid        NOT NULL,
    tokens          bigint      NOT NULL,
    usd             numeric(14, 8) NOT NULL,
    reserved_at     timestamptz NOT NULL,
    settled_at      timestamptz,
    CONSTRAINT pk_budget_reservation PRIMARY KEY (reservation_id)
);
CREATE INDEX ix_budget_reservation_day ON llm.budget_reservation (model, reserved_at);
CREATE INDEX ix_budget_reservation_run ON llm.budget_reservation (run_id) WHERE settled_at IS NULL;
