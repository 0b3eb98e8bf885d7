-- What is known of customers' databases: their schema and statistics, what a model said of them, what people decided.
-- What a model said is kept as it was (onto.answer), what follows from it in the derived tables, and what people and
-- agents decided apart from both, field by field (onto.override): the views put an edit over what was inferred, so that
-- no run of the pipeline can blank or overwrite one. Objects of the customer's database are known by natural keys, names
-- joined by dots and quoted where they need it, so that edits outlive a table that goes and comes again.

CREATE SCHEMA IF NOT EXISTS onto;

ALTER TABLE llm.datasource SET SCHEMA onto;

-- What the plan of a node found, in a sentence; message says how the node ended.
ALTER TABLE llm.dag_node ADD COLUMN plan_message text;
-- A node may block by its plan alone: items that fail, be it all of those that were due, keep nobody from going on.
ALTER TABLE llm.dag_node ADD COLUMN blocking_items boolean NOT NULL DEFAULT true;

CREATE TABLE onto.ontology (
    ontology_id        bigint      GENERATED ALWAYS AS IDENTITY,
    datasource         text        COLLATE "C" NOT NULL,
    engine             text        COLLATE "C" NOT NULL CHECK (engine IN ('postgres', 'mssql')),
    version            integer     NOT NULL DEFAULT 0 CHECK (version >= 0),
    fingerprint        text        COLLATE "C" NOT NULL DEFAULT '',
    description        text,
    primary_domains    jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(primary_domains) = 'array'),
    conventions        jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(conventions) = 'object'),
    visible_tables     integer     CHECK (visible_tables >= 0),
    declared_foreign_keys integer  CHECK (declared_foreign_keys >= 0),
    skipped            jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(skipped) = 'array'),
    changed_at         timestamptz,
    created_at         timestamptz NOT NULL,
    created_by         text        NOT NULL DEFAULT session_user,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT pk_ontology PRIMARY KEY (ontology_id),
    CONSTRAINT ux_ontology_datasource UNIQUE (datasource),
    CONSTRAINT fk_ontology_datasource FOREIGN KEY (datasource) REFERENCES onto.datasource (name)
);

CREATE TABLE onto.schema_table (
    schema_table_id    bigint      GENERATED ALWAYS AS IDENTITY,
    ontology_id        bigint      NOT NULL,
    table_key          text        COLLATE "C" NOT NULL,
    schema_name        text        NOT NULL,
    table_name         text        NOT NULL,
    kind               text        COLLATE "C" NOT NULL
        CHECK (kind IN ('table', 'partitioned', 'partition', 'view', 'materialized_view', 'foreign')),
    partition_of       text        COLLATE "C",
    comment            text,
    primary_key        jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(primary_key) = 'array'),
    unique_keys        jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(unique_keys) = 'array'),
    foreign_keys       jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(foreign_keys) = 'array'),
    indexes            jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(indexes) = 'array'),
    row_estimate       bigint      CHECK (row_estimate >= 0),
    structure_sha256   text        COLLATE "C" NOT NULL,
    row_count          bigint      CHECK (row_count >= 0),
    is_row_count_exact boolean,
    sampled_rows       bigint      CHECK (sampled_rows >= 0),
    profile_status     text        COLLATE "C" NOT NULL DEFAULT 'PENDING'
        CHECK (profile_status IN ('PENDING', 'PROFILED', 'SKIPPED', 'FAILED')),
    profile_message    text,
    profile_sha256     text        COLLATE "C",
    profile_run_id     uuid,
    profiled_at        timestamptz,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    dropped_at         timestamptz,
    CONSTRAINT pk_schema_table PRIMARY KEY (schema_table_id),
    CONSTRAINT ux_schema_table_key UNIQUE (ontology_id, table_key),
    CONSTRAINT fk_schema_table_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);

CREATE TABLE onto.schema_column (
    schema_column_id   bigint      GENERATED ALWAYS AS IDENTITY,
    schema_table_id    bigint      NOT NULL,
    column_key         text        COLLATE "C" NOT NULL,
    column_name        text        NOT NULL,
    ordinal            integer     NOT NULL,
    data_type          text        NOT NULL,
    type_family        text        COLLATE "C" NOT NULL CHECK (type_family IN (
        'integer', 'decimal', 'float', 'boolean', 'text', 'uuid', 'timestamp', 'date', 'time', 'interval', 'json',
        'binary', 'array', 'enum', 'other')),
    is_nullable        boolean     NOT NULL,
    is_computed        boolean     NOT NULL DEFAULT false,
    is_identity        boolean     NOT NULL DEFAULT false,
    column_default     text,
    comment            text,
    enum_labels        jsonb       CHECK (jsonb_typeof(enum_labels) = 'array'),
    structure_sha256   text        COLLATE "C" NOT NULL,
    row_count          bigint,
    null_count         bigint,
    distinct_count     bigint,
    is_distinct_exact  boolean,
    distinct_source    text        COLLATE "C" CHECK (distinct_source IN ('counted', 'catalog', 'sample')),
    min_value          text,
    max_value          text,
    avg_value          double precision,
    min_length         integer,
    max_length         integer,
    samples            jsonb       CHECK (jsonb_typeof(samples) = 'array'),
    distribution       jsonb       CHECK (jsonb_typeof(distribution) = 'array'),
    patterns           jsonb       CHECK (jsonb_typeof(patterns) = 'array'),
    classification_path text       COLLATE "C" CHECK (classification_path IN (
        'timestamp', 'boolean', 'enum', 'uuid', 'external_id', 'numeric', 'text', 'json', 'unknown')),
    profile_note       text,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    dropped_at         timestamptz,
    CONSTRAINT pk_schema_column PRIMARY KEY (schema_column_id),
    CONSTRAINT ux_schema_column_key UNIQUE (schema_table_id, column_key),
    CONSTRAINT fk_schema_column_table FOREIGN KEY (schema_table_id) REFERENCES onto.schema_table (schema_table_id)
);

-- One row for each item that was asked about: the answer that counts now.
CREATE TABLE onto.answer (
    ontology_id        bigint      NOT NULL,
    job_type           text        COLLATE "C" NOT NULL,
    subject_key        text        COLLATE "C" NOT NULL,
    input_sha256       text        COLLATE "C" NOT NULL CHECK (length(input_sha256) = 64),
    contract_name      text        COLLATE "C" NOT NULL,
    contract_version   text        COLLATE "C" NOT NULL,
    model              text,
    answer             jsonb       NOT NULL,
    run_id             uuid        NOT NULL,
    answered_at        timestamptz NOT NULL,
    CONSTRAINT pk_answer PRIMARY KEY (ontology_id, job_type, subject_key),
    CONSTRAINT fk_answer_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);

CREATE TABLE onto.column_feature (
    schema_column_id   bigint        NOT NULL,
    classification_path text         COLLATE "C" NOT NULL,
    purpose            text,
    semantic_type      text,
    role               text,
    description        text,
    confidence         numeric(5, 4) CHECK (confidence BETWEEN 0 AND 1),
    details            jsonb         NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object'),
    synonyms           jsonb         NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(synonyms) = 'array'),
    enum_values        jsonb         NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(enum_values) = 'array'),
    fk_role            text,
    needs_enum_analysis      boolean NOT NULL DEFAULT false,
    needs_fk_resolution      boolean NOT NULL DEFAULT false,
    needs_cross_column_check boolean NOT NULL DEFAULT false,
    model              text,
    run_id             uuid          NOT NULL,
    analyzed_at        timestamptz   NOT NULL,
    updated_at         timestamptz   NOT NULL,
    CONSTRAINT pk_column_feature PRIMARY KEY (schema_column_id),
    CONSTRAINT fk_column_feature_column FOREIGN KEY (schema_column_id) REFERENCES onto.schema_column (schema_column_id)
);

CREATE TABLE onto.relationship (
    relationship_id    bigint        GENERATED ALWAYS AS IDENTITY,
    ontology_id        bigint        NOT NULL,
    relationship_key   text          COLLATE "C" NOT NULL,
    from_table_id      bigint        NOT NULL,
    from_columns       jsonb         NOT NULL CHECK (jsonb_typeof(from_columns) = 'array'),
    to_table_id        bigint        NOT NULL,
    to_columns         jsonb         NOT NULL CHECK (jsonb_typeof(to_columns) = 'array'),
    status             text          COLLATE "C" NOT NULL CHECK (status IN ('candidate', 'accepted', 'rejected')),
    provenance         text          COLLATE "C" NOT NULL CHECK (provenance IN ('declared', 'feature', 'inferred', 'manual')),
    rejected_because   text          COLLATE "C"
        CHECK (rejected_because IN ('model', 'low_confidence', 'evidence', 'better_target', 'person')),
    cardinality        text          COLLATE "C" CHECK (cardinality IN ('1:1', 'N:1', '1:N', 'N:M')),
    confidence         numeric(5, 4) CHECK (confidence BETWEEN 0 AND 1),
    reasoning          text,
    source_role        text,
    description        text,
    from_role          text,
    to_role            text,
    candidate_rank     integer       CHECK (candidate_rank >= 1),
    join_count         bigint,
    source_distinct    bigint,
    source_matched     bigint,
    target_matched     bigint,
    orphan_count       bigint,
    reverse_orphans    bigint,
    source_nulls       bigint,
    is_exact           boolean,
    statistics         jsonb         NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(statistics) = 'object'),
    run_id             uuid,
    created_at         timestamptz   NOT NULL,
    updated_at         timestamptz   NOT NULL,
    dropped_at         timestamptz,
    CONSTRAINT pk_relationship PRIMARY KEY (relationship_id),
    CONSTRAINT ux_relationship_key UNIQUE (ontology_id, relationship_key),
    CONSTRAINT fk_relationship_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id),
    CONSTRAINT fk_relationship_from FOREIGN KEY (from_table_id) REFERENCES onto.schema_table (schema_table_id),
    CONSTRAINT fk_relationship_to FOREIGN KEY (to_table_id) REFERENCES onto.schema_table (schema_table_id)
);
CREATE INDEX ix_relationship_from ON onto.relationship (from_table_id);
CREATE INDEX ix_relationship_to ON onto.relationship (to_table_id);

CREATE TABLE onto.entity (
    entity_id          bigint      GENERATED ALWAYS AS IDENTITY,
    ontology_id        bigint      NOT NULL,
    schema_table_id    bigint      NOT NULL,
    kind               text        COLLATE "C" NOT NULL CHECK (kind IN ('entity', 'bridge', 'subtype', 'staging')),
    subtype_of         text        COLLATE "C",
    name               text        NOT NULL,
    description        text,
    domain             text,
    confidence         numeric(5, 4) CHECK (confidence BETWEEN 0 AND 1),
    run_id             uuid,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    dropped_at         timestamptz,
    CONSTRAINT pk_entity PRIMARY KEY (entity_id),
    CONSTRAINT ux_entity_table UNIQUE (schema_table_id),
    CONSTRAINT fk_entity_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id),
    CONSTRAINT fk_entity_table FOREIGN KEY (schema_table_id) REFERENCES onto.schema_table (schema_table_id)
);
CREATE INDEX ix_entity_ontology ON onto.entity (ontology_id);

CREATE TABLE onto.entity_alias (
    entity_id          bigint      NOT NULL,
    alias              text        COLLATE "C" NOT NULL,
    source             text        COLLATE "C" NOT NULL CHECK (source IN ('discovery', 'user', 'query')),
    created_at         timestamptz NOT NULL,
    CONSTRAINT pk_entity_alias PRIMARY KEY (entity_id, alias),
    CONSTRAINT fk_entity_alias_entity FOREIGN KEY (entity_id) REFERENCES onto.entity (entity_id)
);

CREATE TABLE onto.entity_key_column (
    entity_id          bigint      NOT NULL,
    column_name        text        COLLATE "C" NOT NULL,
    ordinal            integer     NOT NULL,
    synonyms           jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(synonyms) = 'array'),
    created_at         timestamptz NOT NULL,
    CONSTRAINT pk_entity_key_column PRIMARY KEY (entity_id, column_name),
    CONSTRAINT fk_entity_key_column_entity FOREIGN KEY (entity_id) REFERENCES onto.entity (entity_id)
);

CREATE TABLE onto.glossary_term (
    glossary_term_id   bigint      GENERATED ALWAYS AS IDENTITY,
    ontology_id        bigint      NOT NULL,
    term_key           text        COLLATE "C" NOT NULL,
    term               text        NOT NULL,
    definition         text        NOT NULL,
    sql_pattern        text,
    sql_is_valid       boolean,
    sql_error          text,
    base_table         text        COLLATE "C",
    columns_used       jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(columns_used) = 'array'),
    filters            jsonb       NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(filters) = 'array'),
    aggregation        text,
    source             text        COLLATE "C" NOT NULL CHECK (source IN ('user', 'llm_suggested', 'learned')),
    run_id             uuid,
    created_by         text        NOT NULL DEFAULT session_user,
    created_at         timestamptz NOT NULL,
    updated_by         text        NOT NULL DEFAULT session_user,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT pk_glossary_term PRIMARY KEY (glossary_term_id),
    CONSTRAINT ux_glossary_term_key UNIQUE (ontology_id, term_key),
    CONSTRAINT fk_glossary_term_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);

CREATE TABLE onto.glossary_alias (
    glossary_term_id   bigint      NOT NULL,
    alias              text        COLLATE "C" NOT NULL,
    CONSTRAINT pk_glossary_alias PRIMARY KEY (glossary_term_id, alias),
    CONSTRAINT fk_glossary_alias_term FOREIGN KEY (glossary_term_id) REFERENCES onto.glossary_term (glossary_term_id)
);

-- What a person says about the business; it goes into the prompts.
CREATE TABLE onto.knowledge (
    knowledge_id       bigint      GENERATED ALWAYS AS IDENTITY,
    ontology_id        bigint      NOT NULL,
    about              text        COLLATE "C" NOT NULL DEFAULT '',
    fact               text        NOT NULL CHECK (fact <> ''),
    created_by         text        NOT NULL DEFAULT session_user,
    created_at         timestamptz NOT NULL,
    CONSTRAINT pk_knowledge PRIMARY KEY (knowledge_id),
    CONSTRAINT fk_knowledge_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
CREATE INDEX ix_knowledge_ontology ON onto.knowledge (ontology_id, about);

-- One field of one thing as a person or an agent wants it. based_on is what was inferred when that was said last.
CREATE TABLE onto.override (
    override_id        bigint      GENERATED ALWAYS AS IDENTITY,
    ontology_id        bigint      NOT NULL,
    target_kind        text        COLLATE "C" NOT NULL CHECK (target_kind IN ('ontology', 'column', 'relationship', 'entity')),
    target_key         text        COLLATE "C" NOT NULL,
    field              text        COLLATE "C" NOT NULL,
    source             text        COLLATE "C" NOT NULL CHECK (source IN ('human', 'agent')),
    value              jsonb       NOT NULL,
    based_on           jsonb,
    created_by         text        NOT NULL DEFAULT session_user,
    created_at         timestamptz NOT NULL,
    updated_by         text        NOT NULL DEFAULT session_user,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT pk_override PRIMARY KEY (override_id),
    CONSTRAINT ux_override_field UNIQUE (ontology_id, target_kind, target_key, field, source),
    CONSTRAINT fk_override_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);

CREATE TABLE onto.change_log (
    change_id          bigint      GENERATED ALWAYS AS IDENTITY,
    ontology_id        bigint      NOT NULL,
    target_kind        text        COLLATE "C" NOT NULL,
    target_key         text        COLLATE "C" NOT NULL,
    field              text        COLLATE "C" NOT NULL,
    before             jsonb,
    after              jsonb,
    source             text        COLLATE "C" NOT NULL CHECK (source IN ('schema', 'inferred', 'human', 'agent', 'import')),
    run_id             uuid,
    dag_id             bigint,
    changed_by         text        NOT NULL DEFAULT session_user,
    changed_at         timestamptz NOT NULL,
    CONSTRAINT pk_change_log PRIMARY KEY (change_id),
    CONSTRAINT fk_change_log_ontology FOREIGN KEY (ontology_id) REFERENCES onto.ontology (ontology_id)
);
CREATE INDEX ix_change_log_target ON onto.change_log (ontology_id, target_kind, target_key, change_id);
CREATE INDEX ix_change_log_inferred ON onto.change_log (ontology_id, dag_id) WHERE source = 'inferred';

-- What every table and column is, for \d+ and for clients that show comments.
COMMENT ON SCHEMA onto IS 'What is known of customers'' databases: datasources, schema and statistics, features, relationships, entities, terms.';
DO $$
DECLARE
    v_row record;
BEGIN
    FOR v_row IN
        SELECT t.name, t.about FROM (VALUES
            ('onto.answer', 'The answer that counts now, one row an item that was asked about or computed.'),
            ('onto.change_log', 'Every change of a field, by the schema, a run, a person or an agent: before and after.'),
            ('onto.column_feature', 'What was inferred about a column from its statistics by its classification path. Edits are in onto.override; read onto.vw_column.'),
            ('onto.entity', 'What a table stands for in the business. Edits are in onto.override; read onto.vw_entity.'),
            ('onto.entity_alias', 'Other names of an entity.'),
            ('onto.entity_key_column', 'The columns by which people know an entity, in order.'),
            ('onto.glossary_alias', 'Other names of a term.'),
            ('onto.glossary_term', 'Terms of the business and how they are computed.'),
            ('onto.knowledge', 'What people say about the business; it goes into the prompts.'),
            ('onto.ontology', 'What is known of a datasource as a whole: one row a datasource. Read onto.vw_ontology.'),
            ('onto.override', 'One field of one thing as a person or an agent wants it; it wins over what is inferred, a person over an agent.'),
            ('onto.relationship', 'Which columns of a table refer to which of another: candidates, accepted and rejected, each with its evidence. Read onto.vw_relationship.'),
            ('onto.schema_column', 'Columns of the tables of customers with their statistics; dropped ones stay, with dropped_at.'),
            ('onto.schema_table', 'Tables and views of the databases of customers with their statistics; dropped ones stay, with dropped_at.')
        ) AS t (name, about)
    LOOP
        EXECUTE format('COMMENT ON TABLE %s IS %L', v_row.name, v_row.about);
    END LOOP;
    -- What is said of one table wins over what is said of all.
    FOR v_row IN
        WITH said (place, col, about) AS (VALUES
            ('*', 'ontology_id', 'the ontology (onto.ontology)'),
            ('*', 'created_at', 'when the row was made'),
            ('*', 'created_by', 'the login that made it'),
            ('*', 'updated_at', 'when the row changed last'),
            ('*', 'updated_by', 'the login that changed it last'),
            ('*', 'dropped_at', 'since when it is gone, as far as the schema says; null: it is there'),
            ('*', 'run_id', 'the run that said so (llm.run)'),
            ('*', 'confidence', 'how sure the model was, from 0 to 1'),
            ('*', 'description', 'what it is, in a sentence or two'),
            ('*', 'model', 'the model that said so'),
            ('*', 'schema_table_id', 'the table (onto.schema_table)'),
            ('*', 'schema_column_id', 'the column (onto.schema_column)'),
            ('*', 'entity_id', 'the entity (onto.entity)'),
            ('*', 'glossary_term_id', 'the term (onto.glossary_term)'),
            ('*', 'semantic_type', 'what its values mean, in an open vocabulary such as email or order_total'),
            ('*', 'comment', 'what its own database says about it'),
            ('*', 'structure_sha256', 'hash of its definition: the same as long as only rows change'),
            ('*', 'synonyms', 'other words for it, a list of texts'),
            ('*', 'is_exact', 'whether the counts are of all rows, not of a sample'),
            ('*', 'target_kind', 'ontology, table, column, relationship, entity, term or knowledge'),
            ('*', 'target_key', 'the natural key of the target: names joined by dots, quoted where they need it; ontology for the whole'),
            ('*', 'field', 'which of its fields'),
            ('onto.answer', 'answer', 'the answer as it was routed; empty where the derived tables hold all of it'),
            ('onto.answer', 'answered_at', 'when it was routed'),
            ('onto.answer', 'contract_name', 'its contract'),
            ('onto.answer', 'contract_version', 'the version of its contract'),
            ('onto.answer', 'input_sha256', 'hash of what the answer depends on; asked again only if it changes'),
            ('onto.answer', 'job_type', 'what was asked (llm.job_type)'),
            ('onto.answer', 'subject_key', 'what it is about: natural key of a table, column or relationship, or ontology'),
            ('onto.change_log', 'after', 'its value since; null: none'),
            ('onto.change_log', 'before', 'its value until then; null: none'),
            ('onto.change_log', 'change_id', 'number of the change, in order'),
            ('onto.change_log', 'changed_at', 'when'),
            ('onto.change_log', 'changed_by', 'the login that made the change'),
            ('onto.change_log', 'dag_id', 'the dag that made the change (llm.dag)'),
            ('onto.change_log', 'source', 'who changed it: schema, inferred, human, agent, import'),
            ('onto.column_feature', 'analyzed_at', 'when its answer was routed'),
            ('onto.column_feature', 'classification_path', 'the path on which it was asked about'),
            ('onto.column_feature', 'details', 'what else its path says, by name'),
            ('onto.column_feature', 'enum_values', 'its values with labels, a list of {value, label, category, description}'),
            ('onto.column_feature', 'fk_role', 'what the row that it refers to is to this one, such as author'),
            ('onto.column_feature', 'needs_cross_column_check', 'whether it is to be looked at beside its neighbours'),
            ('onto.column_feature', 'needs_enum_analysis', 'whether its values are to be explained one by one'),
            ('onto.column_feature', 'needs_fk_resolution', 'whether it may refer to another table'),
            ('onto.column_feature', 'purpose', 'identifier, timestamp, flag, measure, enum, text or json'),
            ('onto.column_feature', 'role', 'primary_key, foreign_key, identifier, dimension, attribute or measure'),
            ('onto.datasource', 'options', 'statement_timeout_ms; include_schemas, exclude_schemas, include_tables, exclude_tables: lists of patterns; row_limit, sample_rows'),
            ('onto.entity', 'domain', 'the part of the business it belongs to, free-form'),
            ('onto.entity', 'kind', 'entity, bridge, subtype or staging, by structure'),
            ('onto.entity', 'name', 'what people call one of it'),
            ('onto.entity', 'subtype_of', 'table_key of the table whose primary key it shares'),
            ('onto.entity_alias', 'alias', 'another name'),
            ('onto.entity_alias', 'source', 'who says so: discovery, user, query'),
            ('onto.entity_key_column', 'column_name', 'column_key of the column'),
            ('onto.entity_key_column', 'ordinal', 'its place'),
            ('onto.glossary_alias', 'alias', 'another name'),
            ('onto.glossary_term', 'aggregation', 'how rows are put together, such as sum or count'),
            ('onto.glossary_term', 'base_table', 'table_key of the table that it starts from'),
            ('onto.glossary_term', 'columns_used', 'full keys of columns, a list'),
            ('onto.glossary_term', 'definition', 'what it means'),
            ('onto.glossary_term', 'filters', 'a list of {column, operator, values}'),
            ('onto.glossary_term', 'source', 'who says so: user, llm_suggested, learned'),
            ('onto.glossary_term', 'sql_error', 'what the datasource said against the statement'),
            ('onto.glossary_term', 'sql_is_valid', 'whether the datasource takes the statement; null: not tried'),
            ('onto.glossary_term', 'sql_pattern', 'a SELECT that computes it'),
            ('onto.glossary_term', 'term', 'what people call it'),
            ('onto.glossary_term', 'term_key', 'the same in lower case and trimmed; once an ontology'),
            ('onto.knowledge', 'about', 'what it is about: a table or column by key; empty: everything'),
            ('onto.knowledge', 'fact', 'what was said'),
            ('onto.knowledge', 'knowledge_id', 'number of the fact'),
            ('onto.ontology', 'changed_at', 'when its schema changed last'),
            ('onto.ontology', 'conventions', 'how the database marks soft deletes, currencies, audit columns'),
            ('onto.ontology', 'datasource', 'the datasource (onto.datasource)'),
            ('onto.ontology', 'declared_foreign_keys', 'foreign keys that its catalog declares; null: not looked at yet'),
            ('onto.ontology', 'engine', 'postgres or mssql'),
            ('onto.ontology', 'fingerprint', 'hash of the definitions of all tables'),
            ('onto.ontology', 'primary_domains', 'the parts of the business, sorted'),
            ('onto.ontology', 'skipped', 'tables that could not be read, a list of {table_key, reason}'),
            ('onto.ontology', 'version', 'counts the changes of its schema, edits and imports; onto.vw_ontology adds the dags that inferred something else'),
            ('onto.ontology', 'visible_tables', 'tables that the login may read; null: not looked at yet'),
            ('onto.override', 'based_on', 'what was inferred when this was said; null: nothing'),
            ('onto.override', 'override_id', 'number of the edit'),
            ('onto.override', 'source', 'who says so: human or agent'),
            ('onto.override', 'value', 'the value that counts; an empty text blanks a text'),
            ('onto.relationship', 'candidate_rank', 'its place among the candidates of its source, best first'),
            ('onto.relationship', 'cardinality', '1:1, N:1, 1:N or N:M, read from the source to the target'),
            ('onto.relationship', 'from_columns', 'column_keys of the source, in order, paired with to_columns'),
            ('onto.relationship', 'from_role', 'what the source is to the target'),
            ('onto.relationship', 'from_table_id', 'table of the source (onto.schema_table)'),
            ('onto.relationship', 'join_count', 'rows of the join of source and target'),
            ('onto.relationship', 'orphan_count', 'distinct source values without a target'),
            ('onto.relationship', 'provenance', 'declared, feature, inferred or manual'),
            ('onto.relationship', 'reasoning', 'why it was accepted or rejected'),
            ('onto.relationship', 'rejected_because', 'model, low_confidence, evidence, better_target or person'),
            ('onto.relationship', 'relationship_id', 'number of the relationship'),
            ('onto.relationship', 'relationship_key', 'table(column,...)->table(column,...)'),
            ('onto.relationship', 'reverse_orphans', 'distinct target values without a source'),
            ('onto.relationship', 'source_distinct', 'distinct values of the source'),
            ('onto.relationship', 'source_matched', 'distinct source values with a target'),
            ('onto.relationship', 'source_nulls', 'rows whose source is null'),
            ('onto.relationship', 'source_role', 'what the model says the source column is for'),
            ('onto.relationship', 'statistics', 'what else was measured, by name'),
            ('onto.relationship', 'status', 'candidate, accepted or rejected'),
            ('onto.relationship', 'target_matched', 'distinct target values with a source'),
            ('onto.relationship', 'to_columns', 'column_keys of the target, in order'),
            ('onto.relationship', 'to_role', 'what the target is to the source'),
            ('onto.relationship', 'to_table_id', 'table of the target (onto.schema_table)'),
            ('onto.schema_column', 'avg_value', 'mean of its values, for numbers'),
            ('onto.schema_column', 'classification_path', 'the path on which it is asked about'),
            ('onto.schema_column', 'profile_note', 'why the column, or what is in it, was not read'),
            ('onto.schema_column', 'column_default', 'its default, as the catalog writes it'),
            ('onto.schema_column', 'column_key', 'its name, quoted where it needs it; with table_key and a dot before it, its key as a target'),
            ('onto.schema_column', 'column_name', 'its name'),
            ('onto.schema_column', 'data_type', 'its type, as the engine writes it'),
            ('onto.schema_column', 'distinct_count', 'distinct values of the whole table'),
            ('onto.schema_column', 'distribution', 'values with counts, most frequent first, where there are 50 at most'),
            ('onto.schema_column', 'enum_labels', 'labels of an enum type, in order'),
            ('onto.schema_column', 'is_computed', 'whether its values follow from other columns'),
            ('onto.schema_column', 'is_distinct_exact', 'whether distinct_count is of all rows, not of a sample or the catalog'),
            ('onto.schema_column', 'distinct_source', 'where distinct_count is from: counted, catalog (the estimate of the engine) or sample'),
            ('onto.schema_column', 'is_identity', 'whether the engine numbers new rows here'),
            ('onto.schema_column', 'is_nullable', 'whether it may be null'),
            ('onto.schema_column', 'max_length', 'characters, of binary values bytes, of its longest value'),
            ('onto.schema_column', 'max_value', 'its highest value, as a text'),
            ('onto.schema_column', 'min_length', 'characters, of binary values bytes, of its shortest value'),
            ('onto.schema_column', 'min_value', 'its lowest value, as a text'),
            ('onto.schema_column', 'null_count', 'of the rows that were looked at, those in which it is null'),
            ('onto.schema_column', 'ordinal', 'its place in the table'),
            ('onto.schema_column', 'patterns', 'what its samples look like, a list of {pattern, match_rate, matched, examples}'),
            ('onto.schema_column', 'row_count', 'rows that were looked at'),
            ('onto.schema_column', 'samples', 'up to 50 distinct values; none of a sensitive column'),
            ('onto.schema_column', 'type_family', 'its type, whatever the engine calls it'),
            ('onto.schema_table', 'foreign_keys', 'declared ones, a list of {name, columns, to_table, to_columns}'),
            ('onto.schema_table', 'indexes', 'a list of {name, columns, is_unique, is_partial}'),
            ('onto.schema_table', 'is_row_count_exact', 'whether row_count was counted, not estimated'),
            ('onto.schema_table', 'kind', 'table, partitioned, partition, view, materialized_view or foreign'),
            ('onto.schema_table', 'partition_of', 'table_key of the table that it is a part of'),
            ('onto.schema_table', 'primary_key', 'column_keys in order'),
            ('onto.schema_table', 'profile_message', 'why it was not profiled'),
            ('onto.schema_table', 'profile_run_id', 'the run that profiled it (llm.run)'),
            ('onto.schema_table', 'profile_sha256', 'hash of its statistics, rounded: what later items depend on'),
            ('onto.schema_table', 'profile_status', 'PENDING, PROFILED, SKIPPED or FAILED'),
            ('onto.schema_table', 'profiled_at', 'when it was profiled'),
            ('onto.schema_table', 'row_count', 'its rows'),
            ('onto.schema_table', 'row_estimate', 'its rows, as the catalog has it'),
            ('onto.schema_table', 'sampled_rows', 'rows that were looked at; null: all'),
            ('onto.schema_table', 'schema_name', 'name of its schema'),
            ('onto.schema_table', 'table_key', 'schema.table, each quoted where it needs it: its key as a target'),
            ('onto.schema_table', 'table_name', 'its name'),
            ('onto.schema_table', 'unique_keys', 'beside the primary key, a list of {name, columns}'),
            ('llm.dag_node', 'blocking_items', 'whether failed items block the later nodes as a failed plan does, where blocking is set'),
            ('llm.dag_node', 'plan_message', 'what its plan found, in a sentence')
        )
        SELECT DISTINCT ON (c.oid, a.attnum) n.nspname || '.' || c.relname AS name, a.attname AS col, said.about
        FROM said
        JOIN pg_catalog.pg_attribute AS a ON a.attname = said.col AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r'
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE (n.nspname = 'onto' AND c.relname <> 'datasource' AND said.place = '*') OR said.place = n.nspname || '.' || c.relname
        ORDER BY c.oid, a.attnum, (said.place = '*')
    LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', v_row.name, v_row.col, v_row.about);
    END LOOP;
END $$;
