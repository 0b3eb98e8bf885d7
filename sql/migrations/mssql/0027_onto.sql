-- What is known of customers' databases: their schema and statistics, what a model said of them, what people decided.
-- What a model said is kept as it was (onto.answer), what follows from it in the derived tables, and what people and
-- agents decided apart from both, field by field (onto.override): the views put an edit over what was inferred, so that
-- no run of the pipeline can blank or overwrite one. Objects of the customer's database are known by natural keys, names
-- joined by dots and quoted where they need it, so that edits outlive a table that goes and comes again.

-- The schema and onto.datasource are there since the migration that made the table.

-- What the plan of a node found, in a sentence; message says how the node ended.
ALTER TABLE llm.dag_node ADD plan_message nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL;
GO
-- A node may block by its plan alone: items that fail, be it all of those that were due, keep nobody from going on.
ALTER TABLE llm.dag_node ADD blocking_items bit NOT NULL CONSTRAINT df_dag_node_blocking_items DEFAULT 1;
GO

CREATE TABLE onto.ontology (
    ontology_id            bigint        IDENTITY(1, 1) NOT NULL,
    datasource             nvarchar(63)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    engine                 nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_ontology_engine CHECK (engine IN (N'postgres', N'mssql')),
    version                int           NOT NULL CONSTRAINT df_ontology_version DEFAULT 0
        CONSTRAINT ck_ontology_version CHECK (version >= 0),
    fingerprint            nvarchar(64)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_ontology_fingerprint DEFAULT N'',
    description            nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    primary_domains        nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_ontology_primary_domains DEFAULT N'[]'
        CONSTRAINT ck_ontology_primary_domains CHECK (ISJSON(primary_domains) = 1 AND LEFT(LTRIM(primary_domains), 1) = N'['),
    conventions            nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_ontology_conventions DEFAULT N'{}'
        CONSTRAINT ck_ontology_conventions CHECK (ISJSON(conventions) = 1 AND LEFT(LTRIM(conventions), 1) = N'{'),
    visible_tables         int           NULL CONSTRAINT ck_ontology_visible_tables CHECK (visible_tables >= 0),
    declared_foreign_keys  int           NULL
        CONSTRAINT ck_ontology_declared_foreign_keys CHECK (declared_foreign_keys >= 0),
    skipped                nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_ontology_skipped DEFAULT N'[]'
        CONSTRAINT ck_ontology_skipped CHECK (ISJSON(skipped) = 1 AND LEFT(LTRIM(skipped), 1) = N'['),
    changed_at             datetime2(3)  NULL,
    created_at             datetime2(3)  NOT NULL,
    created_by             nvarchar(256) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_ontology_created_by DEFAULT ORIGINAL_LOGIN(),
    updated_at             datetime2(3)  NOT NULL,
    CONSTRAINT pk_ontology PRIMARY KEY (ontology_id),
    CONSTRAINT ux_ontology_datasource UNIQUE (datasource),
    CONSTRAINT fk_ontology_datasource FOREIGN KEY (datasource) REFERENCES onto.datasource (name)
);
GO

CREATE TABLE onto.schema_table (
    schema_table_id     bigint           IDENTITY(1, 1) NOT NULL,
    ontology_id         bigint           NOT NULL,
    table_key           nvarchar(600)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    schema_name         nvarchar(128)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    table_name          nvarchar(128)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind                nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_schema_table_kind CHECK (kind IN (
            N'table', N'partitioned', N'partition', N'view', N'materialized_view', N'foreign')),
    partition_of        nvarchar(600)    COLLATE Latin1_General_100_BIN2 NULL,
    comment             nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    primary_key         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_schema_table_primary_key DEFAULT N'[]'
        CONSTRAINT ck_schema_table_primary_key CHECK (ISJSON(primary_key) = 1 AND LEFT(LTRIM(primary_key), 1) = N'['),
    unique_keys         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_schema_table_unique_keys DEFAULT N'[]'
        CONSTRAINT ck_schema_table_unique_keys CHECK (ISJSON(unique_keys) = 1 AND LEFT(LTRIM(unique_keys), 1) = N'['),
    foreign_keys        nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_schema_table_foreign_keys DEFAULT N'[]'
        CONSTRAINT ck_schema_table_foreign_keys CHECK (ISJSON(foreign_keys) = 1 AND LEFT(LTRIM(foreign_keys), 1) = N'['),
    indexes             nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_schema_table_indexes DEFAULT N'[]'
        CONSTRAINT ck_schema_table_indexes CHECK (ISJSON(indexes) = 1 AND LEFT(LTRIM(indexes), 1) = N'['),
    row_estimate        bigint           NULL CONSTRAINT ck_schema_table_row_estimate CHECK (row_estimate >= 0),
    structure_sha256    nvarchar(64)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    row_count           bigint           NULL CONSTRAINT ck_schema_table_row_count CHECK (row_count >= 0),
    is_row_count_exact  bit              NULL,
    sampled_rows        bigint           NULL CONSTRAINT ck_schema_table_sampled_rows CHECK (sampled_rows >= 0),
    profile_status      nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_schema_table_profile_status DEFAULT N'PENDING'
        CONSTRAINT ck_schema_table_profile_status CHECK (profile_status IN (N'PENDING', N'PROFILED', N'SKIPPED', N'FAILED')),
    profile_message     nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    profile_sha256      nvarchar(64)     COLLATE Latin1_General_100_BIN2 NULL,
    profile_run_id      uniqueidentifier NULL,
    profiled_at         datetime2(3)     NULL,
    created_at          datetime2(3)     NOT NULL,
    updated_at          datetime2(3)     NOT NULL,
    dropped_at          datetime2(3)     NULL,
    CONSTRAINT pk_schema_table PRIMARY KEY (schema_table_id),
    CONSTRAINT ux_schema_table_key UNIQUE (ontology_id, table_key),
    CONSTRAINT fk_schema_table_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
GO

CREATE TABLE onto.schema_column (
    schema_column_id     bigint         IDENTITY(1, 1) NOT NULL,
    schema_table_id      bigint         NOT NULL,
    column_key           nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    column_name          nvarchar(128)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    ordinal              int            NOT NULL,
    data_type            nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    type_family          nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_schema_column_type_family CHECK (type_family IN (
             N'integer', N'decimal', N'float', N'boolean', N'text', N'uuid', N'timestamp', N'date', N'time', N'interval', N'json', N'binary', N'array', N'enum', N'other')),
    is_nullable          bit            NOT NULL,
    is_computed          bit            NOT NULL CONSTRAINT df_schema_column_is_computed DEFAULT 0,
    is_identity          bit            NOT NULL CONSTRAINT df_schema_column_is_identity DEFAULT 0,
    column_default       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    comment              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    enum_labels          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_schema_column_enum_labels CHECK (ISJSON(enum_labels) = 1 AND LEFT(LTRIM(enum_labels), 1) = N'['),
    structure_sha256     nvarchar(64)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    row_count            bigint         NULL,
    null_count           bigint         NULL,
    distinct_count       bigint         NULL,
    is_distinct_exact    bit            NULL,
    distinct_source      nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_schema_column_distinct_source CHECK (distinct_source IN (N'counted', N'catalog', N'sample')),
    min_value            nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
    max_value            nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
    avg_value            float          NULL,
    min_length           int            NULL,
    max_length           int            NULL,
    samples              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_schema_column_samples CHECK (ISJSON(samples) = 1 AND LEFT(LTRIM(samples), 1) = N'['),
    distribution         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_schema_column_distribution CHECK (ISJSON(distribution) = 1 AND LEFT(LTRIM(distribution), 1) = N'['),
    patterns             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_schema_column_patterns CHECK (ISJSON(patterns) = 1 AND LEFT(LTRIM(patterns), 1) = N'['),
    classification_path  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_schema_column_classification_path CHECK (classification_path IN (
             N'timestamp', N'boolean', N'enum', N'uuid', N'external_id', N'numeric', N'text', N'json', N'unknown')),
    profile_note         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    created_at           datetime2(3)   NOT NULL,
    updated_at           datetime2(3)   NOT NULL,
    dropped_at           datetime2(3)   NULL,
    CONSTRAINT pk_schema_column PRIMARY KEY (schema_column_id),
    CONSTRAINT ux_schema_column_key UNIQUE (schema_table_id, column_key),
    CONSTRAINT fk_schema_column_table FOREIGN KEY (schema_table_id) REFERENCES onto.schema_table (schema_table_id)
);
GO

-- One row for each item that was asked about: the answer that counts now.
CREATE TABLE onto.answer (
    ontology_id       bigint           NOT NULL,
    job_type          nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    subject_key       nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    input_sha256      nvarchar(64)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_answer_input_sha256 CHECK (LEN(input_sha256) = 64),
    contract_name     nvarchar(200)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    contract_version  nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    model             nvarchar(200)    COLLATE Latin1_General_100_BIN2 NULL,
    answer            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_answer_answer CHECK (ISJSON(answer) = 1),
    run_id            uniqueidentifier NOT NULL,
    answered_at       datetime2(3)     NOT NULL,
    subject_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', subject_key)) PERSISTED NOT NULL,
    CONSTRAINT pk_answer PRIMARY KEY (ontology_id, job_type, subject_key_sha256),
    CONSTRAINT fk_answer_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
GO

CREATE TABLE onto.column_feature (
    schema_column_id          bigint           NOT NULL,
    classification_path       nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    purpose                   nvarchar(100)    COLLATE Latin1_General_100_BIN2 NULL,
    semantic_type             nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
    role                      nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
    description               nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    confidence                decimal(5, 4)    NULL
        CONSTRAINT ck_column_feature_confidence CHECK (confidence BETWEEN 0 AND 1),
    details                   nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_column_feature_details DEFAULT N'{}'
        CONSTRAINT ck_column_feature_details CHECK (ISJSON(details) = 1 AND LEFT(LTRIM(details), 1) = N'{'),
    synonyms                  nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_column_feature_synonyms DEFAULT N'[]'
        CONSTRAINT ck_column_feature_synonyms CHECK (ISJSON(synonyms) = 1 AND LEFT(LTRIM(synonyms), 1) = N'['),
    enum_values               nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_column_feature_enum_values DEFAULT N'[]'
        CONSTRAINT ck_column_feature_enum_values CHECK (ISJSON(enum_values) = 1 AND LEFT(LTRIM(enum_values), 1) = N'['),
    fk_role                   nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
    needs_enum_analysis       bit              NOT NULL CONSTRAINT df_column_feature_needs_enum_analysis DEFAULT 0,
    needs_fk_resolution       bit              NOT NULL CONSTRAINT df_column_feature_needs_fk_resolution DEFAULT 0,
    needs_cross_column_check  bit              NOT NULL CONSTRAINT df_column_feature_needs_cross_column_check DEFAULT 0,
    model                     nvarchar(200)    COLLATE Latin1_General_100_BIN2 NULL,
    run_id                    uniqueidentifier NOT NULL,
    analyzed_at               datetime2(3)     NOT NULL,
    updated_at                datetime2(3)     NOT NULL,
    CONSTRAINT pk_column_feature PRIMARY KEY (schema_column_id),
    CONSTRAINT fk_column_feature_column FOREIGN KEY (schema_column_id)
        REFERENCES onto.schema_column (schema_column_id)
);
GO

CREATE TABLE onto.relationship (
    relationship_id   bigint           IDENTITY(1, 1) NOT NULL,
    ontology_id       bigint           NOT NULL,
    relationship_key  nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    from_table_id     bigint           NOT NULL,
    from_columns      nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_relationship_from_columns CHECK (ISJSON(from_columns) = 1 AND LEFT(LTRIM(from_columns), 1) = N'['),
    to_table_id       bigint           NOT NULL,
    to_columns        nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_relationship_to_columns CHECK (ISJSON(to_columns) = 1 AND LEFT(LTRIM(to_columns), 1) = N'['),
    status            nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_relationship_status CHECK (status IN (N'candidate', N'accepted', N'rejected')),
    provenance        nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_relationship_provenance CHECK (provenance IN (N'declared', N'feature', N'inferred', N'manual')),
    rejected_because  nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_relationship_rejected_because CHECK (rejected_because IN (
            N'model', N'low_confidence', N'evidence', N'better_target', N'person')),
    cardinality       nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_relationship_cardinality CHECK (cardinality IN (N'1:1', N'N:1', N'1:N', N'N:M')),
    confidence        decimal(5, 4)    NULL CONSTRAINT ck_relationship_confidence CHECK (confidence BETWEEN 0 AND 1),
    reasoning         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    source_role       nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
    description       nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    from_role         nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
    to_role           nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
    candidate_rank    int              NULL CONSTRAINT ck_relationship_candidate_rank CHECK (candidate_rank >= 1),
    join_count        bigint           NULL,
    source_distinct   bigint           NULL,
    source_matched    bigint           NULL,
    target_matched    bigint           NULL,
    orphan_count      bigint           NULL,
    reverse_orphans   bigint           NULL,
    source_nulls      bigint           NULL,
    is_exact          bit              NULL,
    [statistics]      nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_relationship_statistics DEFAULT N'{}'
        CONSTRAINT ck_relationship_statistics CHECK (ISJSON([statistics]) = 1 AND LEFT(LTRIM([statistics]), 1) = N'{'),
    run_id            uniqueidentifier NULL,
    created_at        datetime2(3)     NOT NULL,
    updated_at        datetime2(3)     NOT NULL,
    dropped_at        datetime2(3)     NULL,
    relationship_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', relationship_key)) PERSISTED NOT NULL,
    CONSTRAINT pk_relationship PRIMARY KEY (relationship_id),
    CONSTRAINT ux_relationship_key UNIQUE (ontology_id, relationship_key_sha256),
    CONSTRAINT fk_relationship_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id),
    CONSTRAINT fk_relationship_from FOREIGN KEY (from_table_id) REFERENCES onto.schema_table (schema_table_id),
    CONSTRAINT fk_relationship_to FOREIGN KEY (to_table_id) REFERENCES onto.schema_table (schema_table_id)
);
GO
CREATE INDEX ix_relationship_from ON onto.relationship (from_table_id);
CREATE INDEX ix_relationship_to ON onto.relationship (to_table_id);

CREATE TABLE onto.entity (
    entity_id        bigint           IDENTITY(1, 1) NOT NULL,
    ontology_id      bigint           NOT NULL,
    schema_table_id  bigint           NOT NULL,
    kind             nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_entity_kind CHECK (kind IN (N'entity', N'bridge', N'subtype', N'staging')),
    subtype_of       nvarchar(600)    COLLATE Latin1_General_100_BIN2 NULL,
    name             nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    description      nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    domain           nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
    confidence       decimal(5, 4)    NULL CONSTRAINT ck_entity_confidence CHECK (confidence BETWEEN 0 AND 1),
    run_id           uniqueidentifier NULL,
    created_at       datetime2(3)     NOT NULL,
    updated_at       datetime2(3)     NOT NULL,
    dropped_at       datetime2(3)     NULL,
    CONSTRAINT pk_entity PRIMARY KEY (entity_id),
    CONSTRAINT ux_entity_table UNIQUE (schema_table_id),
    CONSTRAINT fk_entity_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id),
    CONSTRAINT fk_entity_table FOREIGN KEY (schema_table_id) REFERENCES onto.schema_table (schema_table_id)
);
GO
CREATE INDEX ix_entity_ontology ON onto.entity (ontology_id);

CREATE TABLE onto.entity_alias (
    entity_id   bigint         NOT NULL,
    alias       nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    source      nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_entity_alias_source CHECK (source IN (N'discovery', N'user', N'query')),
    created_at  datetime2(3)   NOT NULL,
    alias_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', alias)) PERSISTED NOT NULL,
    CONSTRAINT pk_entity_alias PRIMARY KEY (entity_id, alias_sha256),
    CONSTRAINT fk_entity_alias_entity FOREIGN KEY (entity_id) REFERENCES onto.entity (entity_id)
);
GO

CREATE TABLE onto.entity_key_column (
    entity_id    bigint        NOT NULL,
    column_name  nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ordinal      int           NOT NULL,
    synonyms     nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_entity_key_column_synonyms DEFAULT N'[]'
        CONSTRAINT ck_entity_key_column_synonyms CHECK (ISJSON(synonyms) = 1 AND LEFT(LTRIM(synonyms), 1) = N'['),
    created_at   datetime2(3)  NOT NULL,
    CONSTRAINT pk_entity_key_column PRIMARY KEY (entity_id, column_name),
    CONSTRAINT fk_entity_key_column_entity FOREIGN KEY (entity_id) REFERENCES onto.entity (entity_id)
);
GO

CREATE TABLE onto.glossary_term (
    glossary_term_id  bigint           IDENTITY(1, 1) NOT NULL,
    ontology_id       bigint           NOT NULL,
    term_key          nvarchar(400)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    term              nvarchar(400)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    definition        nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    sql_pattern       nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    sql_is_valid      bit              NULL,
    sql_error         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    base_table        nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
    columns_used      nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_glossary_term_columns_used DEFAULT N'[]'
        CONSTRAINT ck_glossary_term_columns_used CHECK (ISJSON(columns_used) = 1 AND LEFT(LTRIM(columns_used), 1) = N'['),
    filters           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_glossary_term_filters DEFAULT N'[]'
        CONSTRAINT ck_glossary_term_filters CHECK (ISJSON(filters) = 1 AND LEFT(LTRIM(filters), 1) = N'['),
    aggregation       nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NULL,
    source            nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_glossary_term_source CHECK (source IN (N'user', N'llm_suggested', N'learned')),
    run_id            uniqueidentifier NULL,
    created_by        nvarchar(256)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_glossary_term_created_by DEFAULT ORIGINAL_LOGIN(),
    created_at        datetime2(3)     NOT NULL,
    updated_by        nvarchar(256)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_glossary_term_updated_by DEFAULT ORIGINAL_LOGIN(),
    updated_at        datetime2(3)     NOT NULL,
    CONSTRAINT pk_glossary_term PRIMARY KEY (glossary_term_id),
    CONSTRAINT ux_glossary_term_key UNIQUE (ontology_id, term_key),
    CONSTRAINT fk_glossary_term_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
GO

CREATE TABLE onto.glossary_alias (
    glossary_term_id  bigint         NOT NULL,
    alias             nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    alias_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', alias)) PERSISTED NOT NULL,
    CONSTRAINT pk_glossary_alias PRIMARY KEY (glossary_term_id, alias_sha256),
    CONSTRAINT fk_glossary_alias_term FOREIGN KEY (glossary_term_id)
        REFERENCES onto.glossary_term (glossary_term_id)
);
GO

-- What a person says about the business; it goes into the prompts.
CREATE TABLE onto.knowledge (
    knowledge_id  bigint         IDENTITY(1, 1) NOT NULL,
    ontology_id   bigint         NOT NULL,
    about         nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_knowledge_about DEFAULT N'',
    fact          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT ck_knowledge_fact CHECK (fact <> N''),
    created_by    nvarchar(256)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_knowledge_created_by DEFAULT ORIGINAL_LOGIN(),
    created_at    datetime2(3)   NOT NULL,
    about_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', about)) PERSISTED NOT NULL,
    CONSTRAINT pk_knowledge PRIMARY KEY (knowledge_id),
    CONSTRAINT fk_knowledge_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
GO
CREATE INDEX ix_knowledge_ontology ON onto.knowledge (ontology_id, about_sha256);

-- One field of one thing as a person or an agent wants it. based_on is what was inferred when that was said last.
CREATE TABLE onto.override (
    override_id  bigint         IDENTITY(1, 1) NOT NULL,
    ontology_id  bigint         NOT NULL,
    target_kind  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_override_target_kind CHECK (target_kind IN (N'ontology', N'column', N'relationship', N'entity')),
    target_key   nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    field        nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    source       nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_override_source CHECK (source IN (N'human', N'agent')),
    value        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_override_value CHECK (ISJSON(CONCAT(N'[', value, N']')) = 1),
    based_on     nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_override_based_on CHECK (ISJSON(CONCAT(N'[', based_on, N']')) = 1),
    created_by   nvarchar(256)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_override_created_by DEFAULT ORIGINAL_LOGIN(),
    created_at   datetime2(3)   NOT NULL,
    updated_by   nvarchar(256)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_override_updated_by DEFAULT ORIGINAL_LOGIN(),
    updated_at   datetime2(3)   NOT NULL,
    target_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', target_key)) PERSISTED NOT NULL,
    CONSTRAINT pk_override PRIMARY KEY (override_id),
    CONSTRAINT ux_override_field UNIQUE (ontology_id, target_kind, target_key_sha256, field, source),
    CONSTRAINT fk_override_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
GO

CREATE TABLE onto.change_log (
    change_id    bigint           IDENTITY(1, 1) NOT NULL,
    ontology_id  bigint           NOT NULL,
    target_kind  nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    target_key   nvarchar(4000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    field        nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    before       nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_change_log_before CHECK (ISJSON(CONCAT(N'[', before, N']')) = 1),
    after        nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_change_log_after CHECK (ISJSON(CONCAT(N'[', after, N']')) = 1),
    source       nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_change_log_source CHECK (source IN (N'schema', N'inferred', N'human', N'agent', N'import')),
    run_id       uniqueidentifier NULL,
    dag_id       bigint           NULL,
    changed_by   nvarchar(256)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_change_log_changed_by DEFAULT ORIGINAL_LOGIN(),
    changed_at   datetime2(3)     NOT NULL,
    target_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', target_key)) PERSISTED NOT NULL,
    CONSTRAINT pk_change_log PRIMARY KEY (change_id),
    CONSTRAINT fk_change_log_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
GO
CREATE INDEX ix_change_log_target ON onto.change_log (ontology_id, target_kind, target_key_sha256, change_id);
CREATE INDEX ix_change_log_inferred ON onto.change_log (ontology_id, dag_id) WHERE source = N'inferred';

-- What every table and column is, for clients that show descriptions (MS_Description).
EXEC sys.sp_addextendedproperty N'MS_Description', N'What is known of customers'' databases: datasources, schema and statistics, features, relationships, entities, terms.', N'SCHEMA', N'onto';
EXEC sys.sp_updateextendedproperty N'MS_Description', N'statement_timeout_ms; include_schemas, exclude_schemas, include_tables, exclude_tables: lists of patterns; row_limit, sample_rows',
    N'SCHEMA', N'onto', N'TABLE', N'datasource', N'COLUMN', N'options';
GO

-- place: a table, or * for any; col: a column, or '' for the table itself. What is said of one table wins over what is said of all.
DECLARE @said TABLE (
    place  nvarchar(128)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    col    nvarchar(128)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    about  nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY (place, col)
);
INSERT INTO @said (place, col, about) VALUES
    (N'onto.answer', N'', N'The answer that counts now, one row an item that was asked about or computed.'),
    (N'onto.change_log', N'', N'Every change of a field, by the schema, a run, a person or an agent: before and after.'),
    (N'onto.column_feature', N'', N'What was inferred about a column from its statistics by its classification path. Edits are in onto.override; read onto.vw_column.'),
    (N'onto.entity', N'', N'What a table stands for in the business. Edits are in onto.override; read onto.vw_entity.'),
    (N'onto.entity_alias', N'', N'Other names of an entity.'),
    (N'onto.entity_key_column', N'', N'The columns by which people know an entity, in order.'),
    (N'onto.glossary_alias', N'', N'Other names of a term.'),
    (N'onto.glossary_term', N'', N'Terms of the business and how they are computed.'),
    (N'onto.knowledge', N'', N'What people say about the business; it goes into the prompts.'),
    (N'onto.ontology', N'', N'What is known of a datasource as a whole: one row a datasource. Read onto.vw_ontology.'),
    (N'onto.override', N'', N'One field of one thing as a person or an agent wants it; it wins over what is inferred, a person over an agent.'),
    (N'onto.relationship', N'', N'Which columns of a table refer to which of another: candidates, accepted and rejected, each with its evidence. Read onto.vw_relationship.'),
    (N'onto.schema_column', N'', N'Columns of the tables of customers with their statistics; dropped ones stay, with dropped_at.'),
    (N'onto.schema_table', N'', N'Tables and views of the databases of customers with their statistics; dropped ones stay, with dropped_at.');
INSERT INTO @said (place, col, about) VALUES
    (N'*', N'ontology_id', N'the ontology (onto.ontology)'),
    (N'*', N'created_at', N'when the row was made'),
    (N'*', N'created_by', N'the login that made it'),
    (N'*', N'updated_at', N'when the row changed last'),
    (N'*', N'updated_by', N'the login that changed it last'),
    (N'*', N'dropped_at', N'since when it is gone, as far as the schema says; null: it is there'),
    (N'*', N'run_id', N'the run that said so (llm.run)'),
    (N'*', N'confidence', N'how sure the model was, from 0 to 1'),
    (N'*', N'description', N'what it is, in a sentence or two'),
    (N'*', N'model', N'the model that said so'),
    (N'*', N'schema_table_id', N'the table (onto.schema_table)'),
    (N'*', N'schema_column_id', N'the column (onto.schema_column)'),
    (N'*', N'entity_id', N'the entity (onto.entity)'),
    (N'*', N'glossary_term_id', N'the term (onto.glossary_term)'),
    (N'*', N'semantic_type', N'what its values mean, in an open vocabulary such as email or order_total'),
    (N'*', N'comment', N'what its own database says about it'),
    (N'*', N'structure_sha256', N'hash of its definition: the same as long as only rows change'),
    (N'*', N'synonyms', N'other words for it, a list of texts'),
    (N'*', N'is_exact', N'whether the counts are of all rows, not of a sample'),
    (N'*', N'target_kind', N'ontology, table, column, relationship, entity, term or knowledge'),
    (N'*', N'target_key', N'the natural key of the target: names joined by dots, quoted where they need it; ontology for the whole'),
    (N'*', N'field', N'which of its fields'),
    (N'onto.answer', N'answer', N'the answer as it was routed; empty where the derived tables hold all of it'),
    (N'onto.answer', N'answered_at', N'when it was routed'),
    (N'onto.answer', N'contract_name', N'its contract'),
    (N'onto.answer', N'contract_version', N'the version of its contract'),
    (N'onto.answer', N'input_sha256', N'hash of what the answer depends on; asked again only if it changes'),
    (N'onto.answer', N'job_type', N'what was asked (llm.job_type)'),
    (N'onto.answer', N'subject_key', N'what it is about: natural key of a table, column or relationship, or ontology'),
    (N'onto.change_log', N'after', N'its value since; null: none'),
    (N'onto.change_log', N'before', N'its value until then; null: none'),
    (N'onto.change_log', N'change_id', N'number of the change, in order'),
    (N'onto.change_log', N'changed_at', N'when'),
    (N'onto.change_log', N'changed_by', N'the login that made the change'),
    (N'onto.change_log', N'dag_id', N'the dag that made the change (llm.dag)'),
    (N'onto.change_log', N'source', N'who changed it: schema, inferred, human, agent, import'),
    (N'onto.column_feature', N'analyzed_at', N'when its answer was routed'),
    (N'onto.column_feature', N'classification_path', N'the path on which it was asked about'),
    (N'onto.column_feature', N'details', N'what else its path says, by name'),
    (N'onto.column_feature', N'enum_values', N'its values with labels, a list of {value, label, category, description}'),
    (N'onto.column_feature', N'fk_role', N'what the row that it refers to is to this one, such as author'),
    (N'onto.column_feature', N'needs_cross_column_check', N'whether it is to be looked at beside its neighbours'),
    (N'onto.column_feature', N'needs_enum_analysis', N'whether its values are to be explained one by one'),
    (N'onto.column_feature', N'needs_fk_resolution', N'whether it may refer to another table'),
    (N'onto.column_feature', N'purpose', N'identifier, timestamp, flag, measure, enum, text or json'),
    (N'onto.column_feature', N'role', N'primary_key, foreign_key, identifier, dimension, attribute or measure'),
    (N'onto.entity', N'domain', N'the part of the business it belongs to, free-form'),
    (N'onto.entity', N'kind', N'entity, bridge, subtype or staging, by structure'),
    (N'onto.entity', N'name', N'what people call one of it'),
    (N'onto.entity', N'subtype_of', N'table_key of the table whose primary key it shares'),
    (N'onto.entity_alias', N'alias', N'another name'),
    (N'onto.entity_alias', N'source', N'who says so: discovery, user, query'),
    (N'onto.entity_key_column', N'column_name', N'column_key of the column'),
    (N'onto.entity_key_column', N'ordinal', N'its place'),
    (N'onto.glossary_alias', N'alias', N'another name'),
    (N'onto.glossary_term', N'aggregation', N'how rows are put together, such as sum or count'),
    (N'onto.glossary_term', N'base_table', N'table_key of the table that it starts from'),
    (N'onto.glossary_term', N'columns_used', N'full keys of columns, a list'),
    (N'onto.glossary_term', N'definition', N'what it means'),
    (N'onto.glossary_term', N'filters', N'a list of {column, operator, values}'),
    (N'onto.glossary_term', N'source', N'who says so: user, llm_suggested, learned'),
    (N'onto.glossary_term', N'sql_error', N'what the datasource said against the statement'),
    (N'onto.glossary_term', N'sql_is_valid', N'whether the datasource takes the statement; null: not tried'),
    (N'onto.glossary_term', N'sql_pattern', N'a SELECT that computes it'),
    (N'onto.glossary_term', N'term', N'what people call it'),
    (N'onto.glossary_term', N'term_key', N'the same in lower case and trimmed; once an ontology'),
    (N'onto.knowledge', N'about', N'what it is about: a table or column by key; empty: everything'),
    (N'onto.knowledge', N'fact', N'what was said'),
    (N'onto.knowledge', N'knowledge_id', N'number of the fact'),
    (N'onto.ontology', N'changed_at', N'when its schema changed last'),
    (N'onto.ontology', N'conventions', N'how the database marks soft deletes, currencies, audit columns'),
    (N'onto.ontology', N'datasource', N'the datasource (onto.datasource)'),
    (N'onto.ontology', N'declared_foreign_keys', N'foreign keys that its catalog declares; null: not looked at yet'),
    (N'onto.ontology', N'engine', N'postgres or mssql'),
    (N'onto.ontology', N'fingerprint', N'hash of the definitions of all tables'),
    (N'onto.ontology', N'primary_domains', N'the parts of the business, sorted'),
    (N'onto.ontology', N'skipped', N'tables that could not be read, a list of {table_key, reason}'),
    (N'onto.ontology', N'version', N'counts the changes of its schema, edits and imports; onto.vw_ontology adds the dags that inferred something else'),
    (N'onto.ontology', N'visible_tables', N'tables that the login may read; null: not looked at yet'),
    (N'onto.override', N'based_on', N'what was inferred when this was said; null: nothing'),
    (N'onto.override', N'override_id', N'number of the edit'),
    (N'onto.override', N'source', N'who says so: human or agent'),
    (N'onto.override', N'value', N'the value that counts; an empty text blanks a text'),
    (N'onto.relationship', N'candidate_rank', N'its place among the candidates of its source, best first'),
    (N'onto.relationship', N'cardinality', N'1:1, N:1, 1:N or N:M, read from the source to the target'),
    (N'onto.relationship', N'from_columns', N'column_keys of the source, in order, paired with to_columns'),
    (N'onto.relationship', N'from_role', N'what the source is to the target'),
    (N'onto.relationship', N'from_table_id', N'table of the source (onto.schema_table)'),
    (N'onto.relationship', N'join_count', N'rows of the join of source and target'),
    (N'onto.relationship', N'orphan_count', N'distinct source values without a target'),
    (N'onto.relationship', N'provenance', N'declared, feature, inferred or manual'),
    (N'onto.relationship', N'reasoning', N'why it was accepted or rejected'),
    (N'onto.relationship', N'rejected_because', N'model, low_confidence, evidence, better_target or person'),
    (N'onto.relationship', N'relationship_id', N'number of the relationship'),
    (N'onto.relationship', N'relationship_key', N'table(column,...)->table(column,...)'),
    (N'onto.relationship', N'reverse_orphans', N'distinct target values without a source'),
    (N'onto.relationship', N'source_distinct', N'distinct values of the source'),
    (N'onto.relationship', N'source_matched', N'distinct source values with a target'),
    (N'onto.relationship', N'source_nulls', N'rows whose source is null'),
    (N'onto.relationship', N'source_role', N'what the model says the source column is for'),
    (N'onto.relationship', N'statistics', N'what else was measured, by name'),
    (N'onto.relationship', N'status', N'candidate, accepted or rejected'),
    (N'onto.relationship', N'target_matched', N'distinct target values with a source'),
    (N'onto.relationship', N'to_columns', N'column_keys of the target, in order'),
    (N'onto.relationship', N'to_role', N'what the target is to the source'),
    (N'onto.relationship', N'to_table_id', N'table of the target (onto.schema_table)'),
    (N'onto.schema_column', N'avg_value', N'mean of its values, for numbers'),
    (N'onto.schema_column', N'classification_path', N'the path on which it is asked about'),
    (N'onto.schema_column', N'profile_note', N'why the column, or what is in it, was not read'),
    (N'onto.schema_column', N'column_default', N'its default, as the catalog writes it'),
    (N'onto.schema_column', N'column_key', N'its name, quoted where it needs it; with table_key and a dot before it, its key as a target'),
    (N'onto.schema_column', N'column_name', N'its name'),
    (N'onto.schema_column', N'data_type', N'its type, as the engine writes it'),
    (N'onto.schema_column', N'distinct_count', N'distinct values of the whole table'),
    (N'onto.schema_column', N'distribution', N'values with counts, most frequent first, where there are 50 at most'),
    (N'onto.schema_column', N'enum_labels', N'labels of an enum type, in order'),
    (N'onto.schema_column', N'is_computed', N'whether its values follow from other columns'),
    (N'onto.schema_column', N'is_distinct_exact', N'whether distinct_count is of all rows, not of a sample or the catalog'),
    (N'onto.schema_column', N'distinct_source', N'where distinct_count is from: counted, catalog (the estimate of the engine) or sample'),
    (N'onto.schema_column', N'is_identity', N'whether the engine numbers new rows here'),
    (N'onto.schema_column', N'is_nullable', N'whether it may be null'),
    (N'onto.schema_column', N'max_length', N'characters, of binary values bytes, of its longest value'),
    (N'onto.schema_column', N'max_value', N'its highest value, as a text'),
    (N'onto.schema_column', N'min_length', N'characters, of binary values bytes, of its shortest value'),
    (N'onto.schema_column', N'min_value', N'its lowest value, as a text'),
    (N'onto.schema_column', N'null_count', N'of the rows that were looked at, those in which it is null'),
    (N'onto.schema_column', N'ordinal', N'its place in the table'),
    (N'onto.schema_column', N'patterns', N'what its samples look like, a list of {pattern, match_rate, matched, examples}'),
    (N'onto.schema_column', N'row_count', N'rows that were looked at'),
    (N'onto.schema_column', N'samples', N'up to 50 distinct values; none of a sensitive column'),
    (N'onto.schema_column', N'type_family', N'its type, whatever the engine calls it'),
    (N'onto.schema_table', N'foreign_keys', N'declared ones, a list of {name, columns, to_table, to_columns}'),
    (N'onto.schema_table', N'indexes', N'a list of {name, columns, is_unique, is_partial}'),
    (N'onto.schema_table', N'is_row_count_exact', N'whether row_count was counted, not estimated'),
    (N'onto.schema_table', N'kind', N'table, partitioned, partition, view, materialized_view or foreign'),
    (N'onto.schema_table', N'partition_of', N'table_key of the table that it is a part of'),
    (N'onto.schema_table', N'primary_key', N'column_keys in order'),
    (N'onto.schema_table', N'profile_message', N'why it was not profiled'),
    (N'onto.schema_table', N'profile_run_id', N'the run that profiled it (llm.run)'),
    (N'onto.schema_table', N'profile_sha256', N'hash of its statistics, rounded: what later items depend on'),
    (N'onto.schema_table', N'profile_status', N'PENDING, PROFILED, SKIPPED or FAILED'),
    (N'onto.schema_table', N'profiled_at', N'when it was profiled'),
    (N'onto.schema_table', N'row_count', N'its rows'),
    (N'onto.schema_table', N'row_estimate', N'its rows, as the catalog has it'),
    (N'onto.schema_table', N'sampled_rows', N'rows that were looked at; null: all'),
    (N'onto.schema_table', N'schema_name', N'name of its schema'),
    (N'onto.schema_table', N'table_key', N'schema.table, each quoted where it needs it: its key as a target'),
    (N'onto.schema_table', N'table_name', N'its name'),
    (N'onto.schema_table', N'unique_keys', N'beside the primary key, a list of {name, columns}'),
    (N'llm.dag_node', N'blocking_items', N'whether failed items block the later nodes as a failed plan does, where blocking is set'),
    (N'llm.dag_node', N'plan_message', N'what its plan found, in a sentence');

DECLARE described CURSOR LOCAL FAST_FORWARD FOR
SELECT d.schema_name, d.table_name, d.column_name, d.about
FROM (
    SELECT s.name AS schema_name, t.name AS table_name, c.name AS column_name, x.about,
        ROW_NUMBER() OVER (PARTITION BY t.object_id, c.column_id ORDER BY CASE x.place WHEN N'*' THEN 1 ELSE 0 END) AS place_no
    FROM sys.tables AS t
    JOIN sys.schemas AS s ON s.schema_id = t.schema_id
    JOIN sys.columns AS c ON c.object_id = t.object_id
    JOIN @said AS x ON x.col = c.name COLLATE Latin1_General_100_BIN2
    WHERE (s.name = N'onto' AND t.name <> N'datasource' AND x.place = N'*')
       OR x.place = CONCAT(s.name, N'.', t.name) COLLATE Latin1_General_100_BIN2
    UNION ALL
    SELECT s.name, t.name, NULL, x.about, 1
    FROM sys.tables AS t
    JOIN sys.schemas AS s ON s.schema_id = t.schema_id
    JOIN @said AS x ON x.place = CONCAT(s.name, N'.', t.name) COLLATE Latin1_General_100_BIN2 AND x.col = N''
    UNION ALL
    SELECT s.name, t.name, c.name, CONCAT(N'SHA-256 of ', LEFT(c.name, LEN(c.name) - 7), N': what indexes hold of it') COLLATE Latin1_General_100_BIN2, 1
    FROM sys.tables AS t
    JOIN sys.schemas AS s ON s.schema_id = t.schema_id
    JOIN sys.columns AS c ON c.object_id = t.object_id AND c.is_computed = 1
    WHERE s.name = N'onto'
) AS d
WHERE d.place_no = 1
ORDER BY d.schema_name, d.table_name, d.column_name;

DECLARE @schema sysname, @table sysname, @column sysname, @about nvarchar(1000);
OPEN described;
FETCH NEXT FROM described INTO @schema, @table, @column, @about;
WHILE @@FETCH_STATUS = 0
BEGIN
    IF @column IS NULL
        EXEC sys.sp_addextendedproperty N'MS_Description', @about, N'SCHEMA', @schema, N'TABLE', @table;
    ELSE
        EXEC sys.sp_addextendedproperty N'MS_Description', @about, N'SCHEMA', @schema, N'TABLE', @table, N'COLUMN', @column;
    FETCH NEXT FROM described INTO @schema, @table, @column, @about;
END;
CLOSE described;
DEALLOCATE described;
GO
