-- Knowledge: what the model said (assertions), which entity each mention belongs to (resolutions), and what follows from
-- both (dimensions, bridges). Every value of a derived row is a pure function of live assertions and resolutions;
-- kb.usp_rebuild computes it. Ids never decide anything: ties are broken by text under the "C" collation.

CREATE SCHEMA kb;

-- One row a normalised name: the lock that routing takes, in key order, before it touches what bears the name.
CREATE TABLE kb.name (
    name_id   bigint GENERATED ALWAYS AS IDENTITY,
    name_key  text   COLLATE "C" NOT NULL CHECK (octet_length(name_key) BETWEEN 1 AND 1000),
    CONSTRAINT pk_name PRIMARY KEY (name_id),
    CONSTRAINT ux_name_key UNIQUE (name_key)
);

-- Raw type strings stay as the model gave them; this maps their keys to a canonical name and a family. An entity type
-- that is not listed is a family of its own.
CREATE TABLE kb.type_map (
    kind       text COLLATE "C" NOT NULL CHECK (kind IN ('entity', 'relation', 'event', 'work')),
    type_key   text COLLATE "C" NOT NULL,
    canonical  text COLLATE "C" NOT NULL,
    family     text COLLATE "C" NOT NULL,
    CONSTRAINT pk_type_map PRIMARY KEY (kind, type_key)
);

-- Thresholds on confidence; '*' stands for any job type or item kind, the more specific row wins.
CREATE TABLE kb.governance_policy (
    job_type       text COLLATE "C" NOT NULL DEFAULT '*',
    item_kind      text COLLATE "C" NOT NULL DEFAULT '*',
    auto_promote   numeric(5, 4) NOT NULL CHECK (auto_promote BETWEEN 0 AND 1),
    manual_review  numeric(5, 4) NOT NULL CHECK (manual_review BETWEEN 0 AND 1),
    CONSTRAINT pk_governance_policy PRIMARY KEY (job_type, item_kind),
    CONSTRAINT ck_governance_policy_order CHECK (manual_review <= auto_promote)
);
INSERT INTO kb.governance_policy (job_type, item_kind, auto_promote, manual_review) VALUES ('*', '*', 0.9, 0.7);

-- keys holds what the worker computed from the item for comparing: name, type and time keys.
CREATE TABLE kb.assertion (
    assertion_id      bigint        GENERATED ALWAYS AS IDENTITY,
    source_page_id    bigint        NOT NULL,
    job_type          text          COLLATE "C" NOT NULL,
    item_kind         text          COLLATE "C" NOT NULL,
    item_index        integer       NOT NULL,
    chunk_index       integer       NOT NULL,
    item_sha256       text          COLLATE "C" NOT NULL,
    payload           jsonb         NOT NULL,
    keys              jsonb         NOT NULL,
    char_start        integer       NOT NULL,
    char_end          integer       NOT NULL,
    quote             text          NOT NULL,
    grounding         text          COLLATE "C" NOT NULL CHECK (grounding IN ('exact', 'normalized', 'fuzzy', 'none', 'loaded')),
    is_weak           boolean       NOT NULL,
    confidence        numeric(5, 4) NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    quarantine_reason text,
    run_id            uuid          NOT NULL,
    job_id            bigint        NOT NULL,
    contract_name     text          NOT NULL,
    contract_version  text          NOT NULL,
    prompt_sha256     text,
    model             text,
    created_at        timestamptz   NOT NULL,
    retracted_at      timestamptz,
    CONSTRAINT pk_assertion PRIMARY KEY (assertion_id),
    CONSTRAINT ck_assertion_range CHECK ((grounding = 'none' AND char_start = -1 AND char_end = -1) OR (char_start >= 0 AND char_end >= char_start))
);
CREATE UNIQUE INDEX ux_assertion_live ON kb.assertion (source_page_id, job_type, item_kind, char_start, char_end, item_sha256)
    WHERE retracted_at IS NULL;
CREATE INDEX ix_assertion_run ON kb.assertion (run_id);

-- mention_count is the number of live typed mentions of this very key, also after a merge: an entity with one is what
-- untyped mentions of its name may belong to. observation_count is the number of assertions linked to the row.
CREATE TABLE kb.dim_entity (
    entity_id               bigint        GENERATED ALWAYS AS IDENTITY,
    name_key                text          COLLATE "C" NOT NULL,
    type_family             text          COLLATE "C" NOT NULL,
    disambiguator           text          COLLATE "C" NOT NULL DEFAULT '',
    entity_name             text          NOT NULL,
    entity_type             text          NOT NULL,
    description             text,
    description_confidence  numeric(5, 4),
    attributes              jsonb         NOT NULL DEFAULT '[]',
    confidence              numeric(5, 4) NOT NULL DEFAULT 0,
    observation_count       integer       NOT NULL DEFAULT 0,
    mention_count           integer       NOT NULL DEFAULT 0,
    promotion_state         text          COLLATE "C" NOT NULL DEFAULT 'staged'
        CHECK (promotion_state IN ('staged', 'candidate', 'promoted', 'adjudicated', 'suppressed', 'merged')),
    needs_review            boolean       NOT NULL DEFAULT false,
    merged_into_entity_id   bigint,
    created_at              timestamptz   NOT NULL,
    updated_at              timestamptz   NOT NULL,
    retracted_at            timestamptz,
    CONSTRAINT pk_dim_entity PRIMARY KEY (entity_id),
    CONSTRAINT ux_dim_entity_key UNIQUE (name_key, type_family, disambiguator),
    CONSTRAINT fk_dim_entity_merged_into FOREIGN KEY (merged_into_entity_id) REFERENCES kb.dim_entity (entity_id)
);
CREATE INDEX ix_dim_entity_family ON kb.dim_entity (type_family, promotion_state) WHERE retracted_at IS NULL;
CREATE INDEX ix_dim_entity_review ON kb.dim_entity (updated_at) WHERE needs_review AND retracted_at IS NULL;

CREATE TABLE kb.entity_alias (
    entity_alias_id    bigint      GENERATED ALWAYS AS IDENTITY,
    entity_id          bigint      NOT NULL,
    alias_key          text        COLLATE "C" NOT NULL,
    alias              text        NOT NULL,
    observation_count  integer     NOT NULL DEFAULT 0,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    retracted_at       timestamptz,
    CONSTRAINT pk_entity_alias PRIMARY KEY (entity_alias_id),
    CONSTRAINT ux_entity_alias_key UNIQUE (entity_id, alias_key),
    CONSTRAINT fk_entity_alias_entity FOREIGN KEY (entity_id) REFERENCES kb.dim_entity (entity_id)
);
CREATE INDEX ix_entity_alias_alias_key ON kb.entity_alias (alias_key) WHERE retracted_at IS NULL;

-- One row a mention of a name in an assertion: 'self' of an entity item, 'from' and 'to' of a relationship. A mention
-- without a type of its own has the family 'unknown' and may belong to a typed entity of its name.
CREATE TABLE kb.resolution (
    resolution_id   bigint      GENERATED ALWAYS AS IDENTITY,
    assertion_id    bigint      NOT NULL,
    mention         text        COLLATE "C" NOT NULL,
    source_page_id  bigint      NOT NULL,
    name_key        text        COLLATE "C" NOT NULL,
    type_family     text        COLLATE "C" NOT NULL,
    entity_id       bigint      NOT NULL,
    decided_by      text        COLLATE "C" NOT NULL CHECK (decided_by IN ('routing', 'audit', 'person')),
    decided_at      timestamptz NOT NULL,
    superseded_at   timestamptz,
    CONSTRAINT pk_resolution PRIMARY KEY (resolution_id),
    CONSTRAINT fk_resolution_assertion FOREIGN KEY (assertion_id) REFERENCES kb.assertion (assertion_id),
    CONSTRAINT fk_resolution_entity FOREIGN KEY (entity_id) REFERENCES kb.dim_entity (entity_id)
);
CREATE UNIQUE INDEX ux_resolution_live ON kb.resolution (assertion_id, mention) WHERE superseded_at IS NULL;
-- The rebuild finds the mentions of a name that have no type of their own, and the typed ones of a page.
CREATE INDEX ix_resolution_name ON kb.resolution (name_key, type_family, source_page_id) WHERE superseded_at IS NULL;
CREATE INDEX ix_resolution_page ON kb.resolution (source_page_id, name_key) WHERE superseded_at IS NULL;
CREATE INDEX ix_resolution_entity ON kb.resolution (entity_id) WHERE superseded_at IS NULL;

CREATE TABLE kb.bridge_entity_relation (
    entity_relation_id  bigint        GENERATED ALWAYS AS IDENTITY,
    from_entity_id      bigint        NOT NULL,
    to_entity_id        bigint        NOT NULL,
    relation_key        text          COLLATE "C" NOT NULL,
    relation_type       text          NOT NULL,
    start_key           text          COLLATE "C" NOT NULL DEFAULT '',
    end_key             text          COLLATE "C" NOT NULL DEFAULT '',
    from_work_key       text          COLLATE "C" NOT NULL DEFAULT '',
    to_work_key         text          COLLATE "C" NOT NULL DEFAULT '',
    continuity_key      text          COLLATE "C" NOT NULL DEFAULT '',
    start_text          text,
    start_earliest      date,
    start_latest        date,
    start_precision     text,
    end_text            text,
    end_earliest        date,
    end_latest          date,
    end_precision       text,
    confidence          numeric(5, 4) NOT NULL DEFAULT 0,
    observation_count   integer       NOT NULL DEFAULT 0,
    promotion_state     text          COLLATE "C" NOT NULL DEFAULT 'staged'
        CHECK (promotion_state IN ('staged', 'candidate', 'promoted', 'adjudicated', 'suppressed', 'merged')),
    needs_review        boolean       NOT NULL DEFAULT false,
    created_at          timestamptz   NOT NULL,
    updated_at          timestamptz   NOT NULL,
    retracted_at        timestamptz,
    CONSTRAINT pk_bridge_entity_relation PRIMARY KEY (entity_relation_id),
    CONSTRAINT ux_bridge_entity_relation_key UNIQUE
        (from_entity_id, to_entity_id, relation_key, start_key, end_key, from_work_key, to_work_key, continuity_key),
    CONSTRAINT fk_bridge_entity_relation_from FOREIGN KEY (from_entity_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_bridge_entity_relation_to FOREIGN KEY (to_entity_id) REFERENCES kb.dim_entity (entity_id)
);
CREATE INDEX ix_bridge_entity_relation_to ON kb.bridge_entity_relation (to_entity_id, relation_key) WHERE retracted_at IS NULL;
CREATE INDEX ix_bridge_entity_relation_review ON kb.bridge_entity_relation (updated_at) WHERE needs_review AND retracted_at IS NULL;

CREATE TABLE kb.page_classification (
    page_classification_id  bigint        GENERATED ALWAYS AS IDENTITY,
    source_page_id          bigint        NOT NULL,
    primary_type            text          NOT NULL,
    type_set                jsonb         NOT NULL,
    descriptor_sentence     text,
    tags                    jsonb         NOT NULL,
    confidence              numeric(5, 4) NOT NULL,
    observation_count       integer       NOT NULL,
    promotion_state         text          COLLATE "C" NOT NULL
        CHECK (promotion_state IN ('staged', 'candidate', 'promoted', 'adjudicated', 'suppressed', 'merged')),
    needs_review            boolean       NOT NULL,
    created_at              timestamptz   NOT NULL,
    updated_at              timestamptz   NOT NULL,
    retracted_at            timestamptz,
    CONSTRAINT pk_page_classification PRIMARY KEY (page_classification_id),
    CONSTRAINT ux_page_classification_page UNIQUE (source_page_id),
    CONSTRAINT fk_page_classification_page FOREIGN KEY (source_page_id) REFERENCES ingest.source_page (source_page_id)
);

-- Which live assertions support which derived row.
CREATE TABLE kb.assertion_link (
    target_table  text   COLLATE "C" NOT NULL,
    target_id     bigint NOT NULL,
    assertion_id  bigint NOT NULL,
    CONSTRAINT pk_assertion_link PRIMARY KEY (target_table, target_id, assertion_id),
    CONSTRAINT fk_assertion_link_assertion FOREIGN KEY (assertion_id) REFERENCES kb.assertion (assertion_id)
);
CREATE INDEX ix_assertion_link_assertion ON kb.assertion_link (assertion_id, target_table);

-- One row a routed answer: what it contained and what it changed.
CREATE TABLE kb.extraction (
    extraction_id     bigint      GENERATED ALWAYS AS IDENTITY,
    source_page_id    bigint      NOT NULL,
    job_type          text        COLLATE "C" NOT NULL,
    job_id            bigint      NOT NULL,
    run_id            uuid        NOT NULL,
    contract_name     text        NOT NULL,
    contract_version  text        NOT NULL,
    prompt_sha256     text,
    model             text,
    counts            jsonb       NOT NULL,
    routed_at         timestamptz NOT NULL,
    CONSTRAINT pk_extraction PRIMARY KEY (extraction_id),
    CONSTRAINT ux_extraction_run UNIQUE (run_id)
);
CREATE INDEX ix_extraction_page ON kb.extraction (source_page_id, job_type);

-- Rows that the steps of one routing transaction hand to each other; empty between transactions.
CREATE UNLOGGED TABLE kb.stage_item (
    run_id             uuid          NOT NULL,
    item_no            integer       NOT NULL,
    item_kind          text          COLLATE "C" NOT NULL,
    item_index         integer       NOT NULL,
    chunk_index        integer       NOT NULL,
    item_sha256        text          COLLATE "C" NOT NULL,
    merge_key          text          COLLATE "C" NOT NULL,
    payload            jsonb         NOT NULL,
    keys               jsonb         NOT NULL,
    char_start         integer       NOT NULL,
    char_end           integer       NOT NULL,
    quote              text          NOT NULL,
    grounding          text          COLLATE "C" NOT NULL,
    is_weak            boolean       NOT NULL,
    confidence         numeric(5, 4) NOT NULL,
    quarantine_reason  text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_item_run ON kb.stage_item (run_id);

-- change: 1 the assertion became live, -1 it was retracted, 0 its mentions moved to other entities.
CREATE UNLOGGED TABLE kb.stage_change (
    run_id        uuid     NOT NULL,
    assertion_id  bigint   NOT NULL,
    item_kind     text     COLLATE "C" NOT NULL,
    change        smallint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_change_run ON kb.stage_change (run_id);

CREATE UNLOGGED TABLE kb.stage_mention (
    run_id          uuid   NOT NULL,
    assertion_id    bigint NOT NULL,
    mention         text   COLLATE "C" NOT NULL,
    source_page_id  bigint NOT NULL,
    name_key        text   COLLATE "C" NOT NULL,
    name            text   NOT NULL,
    type_family     text   COLLATE "C" NOT NULL,
    entity_type     text   NOT NULL,
    old_entity_id   bigint,
    new_entity_id   bigint
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_mention_run ON kb.stage_mention (run_id);

-- The links that the changed assertions shall have, and then the derived rows whose links changed.
CREATE UNLOGGED TABLE kb.stage_link (
    run_id        uuid   NOT NULL,
    target_table  text   COLLATE "C" NOT NULL,
    target_id     bigint NOT NULL,
    assertion_id  bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_link_run ON kb.stage_link (run_id, target_table);

CREATE UNLOGGED TABLE kb.stage_touched (
    run_id         uuid    NOT NULL,
    target_table   text    COLLATE "C" NOT NULL,
    target_id      bigint  NOT NULL,
    assertion_id   bigint  NOT NULL,
    change         smallint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_touched_run ON kb.stage_touched (run_id, target_table);

INSERT INTO kb.type_map (kind, type_key, canonical, family)
SELECT 'entity', m.type_key, m.canonical, m.family
FROM (VALUES
    ('person', 'person', 'person'), ('people', 'person', 'person'), ('human', 'person', 'person'),
    ('individual', 'person', 'person'), ('man', 'person', 'person'), ('woman', 'person', 'person'),
    ('scientist', 'scientist', 'person'), ('physicist', 'physicist', 'person'), ('chemist', 'chemist', 'person'),
    ('mathematician', 'mathematician', 'person'), ('engineer', 'engineer', 'person'), ('inventor', 'inventor', 'person'),
    ('explorer', 'explorer', 'person'), ('musician', 'musician', 'person'), ('singer', 'singer', 'person'),
    ('composer', 'composer', 'person'), ('actor', 'actor', 'person'), ('actress', 'actor', 'person'),
    ('director', 'director', 'person'), ('writer', 'writer', 'person'), ('author', 'writer', 'person'),
    ('artist', 'artist', 'person'), ('politician', 'politician', 'person'), ('monarch', 'monarch', 'person'),
    ('character', 'character', 'character'), ('fictional_character', 'character', 'character'),
    ('droid', 'droid', 'character'),
    ('organization', 'organization', 'organization'), ('organisation', 'organization', 'organization'),
    ('company', 'company', 'organization'), ('corporation', 'company', 'organization'),
    ('institution', 'institution', 'organization'), ('institute', 'institution', 'organization'),
    ('university', 'university', 'organization'), ('school', 'school', 'organization'),
    ('college', 'university', 'organization'), ('laboratory', 'laboratory', 'organization'),
    ('society', 'society', 'organization'), ('government', 'government', 'organization'),
    ('agency', 'agency', 'organization'), ('team', 'team', 'organization'), ('band', 'band', 'organization'),
    ('musical_group', 'band', 'organization'), ('record_label', 'record_label', 'organization'),
    ('studio', 'studio', 'organization'), ('orchestra', 'orchestra', 'organization'),
    ('place', 'place', 'place'), ('location', 'place', 'place'), ('city', 'city', 'place'), ('town', 'town', 'place'),
    ('village', 'village', 'place'), ('country', 'country', 'place'), ('region', 'region', 'place'),
    ('continent', 'continent', 'place'), ('island', 'island', 'place'), ('sea', 'sea', 'place'),
    ('mountain', 'mountain', 'place'), ('river', 'river', 'place'), ('building', 'building', 'place'),
    ('planet', 'planet', 'place'), ('geographic_location', 'place', 'place'),
    ('work', 'work', 'work'), ('creative_work', 'work', 'work'), ('book', 'book', 'work'), ('novel', 'book', 'work'),
    ('paper', 'paper', 'work'), ('article', 'article', 'work'), ('film', 'film', 'work'), ('movie', 'film', 'work'),
    ('album', 'album', 'work'), ('song', 'song', 'work'), ('single', 'song', 'work'), ('opera', 'opera', 'work'),
    ('play', 'play', 'work'), ('painting', 'painting', 'work'), ('tv_series', 'tv_series', 'work'),
    ('event', 'event', 'event'), ('battle', 'battle', 'event'), ('war', 'war', 'event'),
    ('conference', 'conference', 'event'), ('expedition', 'expedition', 'event'), ('ceremony', 'ceremony', 'event'),
    ('election', 'election', 'event'), ('concert', 'concert', 'event'), ('tour', 'tour', 'event'),
    ('award', 'award', 'award'), ('prize', 'award', 'award'),
    ('ship', 'ship', 'vehicle'), ('vessel', 'ship', 'vehicle'), ('aircraft', 'aircraft', 'vehicle'),
    ('vehicle', 'vehicle', 'vehicle'), ('machine', 'machine', 'device'), ('device', 'device', 'device'),
    ('computer', 'computer', 'device'), ('concept', 'concept', 'concept'), ('theory', 'theory', 'concept'),
    ('period', 'period', 'period'), ('era', 'period', 'period'), ('unknown', 'unknown', 'unknown')
) AS m (type_key, canonical, family);
