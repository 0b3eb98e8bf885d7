-- Knowledge: what the model said (assertions), which entity each mention belongs to (resolutions), and what follows from
-- both (dimensions, bridges). Every value of a derived row is a pure function of live assertions and resolutions;
-- kb.usp_rebuild computes it. Ids never decide anything: ties are broken by text under the binary collation.

IF SCHEMA_ID(N'kb') IS NULL EXEC (N'CREATE SCHEMA kb AUTHORIZATION dbo;');
GO

-- One row a normalised name: the lock that routing takes, in key order, before it touches what bears the name.
CREATE TABLE kb.name (
    name_id   bigint         IDENTITY(1, 1) NOT NULL,
    name_key  nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT ck_name_name_key CHECK (name_key <> N''),
    name_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', name_key)) PERSISTED NOT NULL,
    CONSTRAINT pk_name PRIMARY KEY (name_id),
    CONSTRAINT ux_name_key UNIQUE (name_key_sha256)
);
GO

-- Raw type strings stay as the model gave them; this maps their keys to a canonical name and a family. An entity type
-- that is not listed is a family of its own.
CREATE TABLE kb.type_map (
    kind       nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_type_map_kind CHECK (kind IN (N'entity', N'relation', N'event', N'work')),
    type_key   nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    canonical  nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    family     nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_type_map PRIMARY KEY (kind, type_key)
);
GO

-- Thresholds on confidence; '*' stands for any job type or item kind, the more specific row wins.
CREATE TABLE kb.governance_policy (
    job_type       nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_governance_policy_job_type DEFAULT N'*',
    item_kind      nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_governance_policy_item_kind DEFAULT N'*',
    auto_promote   decimal(5, 4) NOT NULL CONSTRAINT ck_governance_policy_auto_promote CHECK (auto_promote BETWEEN 0 AND 1),
    manual_review  decimal(5, 4) NOT NULL
        CONSTRAINT ck_governance_policy_manual_review CHECK (manual_review BETWEEN 0 AND 1),
    CONSTRAINT pk_governance_policy PRIMARY KEY (job_type, item_kind),
    CONSTRAINT ck_governance_policy_order CHECK (manual_review <= auto_promote)
);
GO
INSERT INTO kb.governance_policy (job_type, item_kind, auto_promote, manual_review) VALUES (N'*', N'*', 0.9, 0.7);
GO

-- keys holds what the worker computed from the item for comparing: name, type and time keys.
CREATE SEQUENCE kb.assertion_assertion_id_seq AS bigint START WITH 1 INCREMENT BY 1;
GO
CREATE TABLE kb.assertion (
    assertion_id       bigint           NOT NULL
        CONSTRAINT df_assertion_assertion_id DEFAULT NEXT VALUE FOR kb.assertion_assertion_id_seq,
    source_page_id     bigint           NOT NULL,
    job_type           nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    item_kind          nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    item_index         int              NOT NULL,
    chunk_index        int              NOT NULL,
    item_sha256        nvarchar(64)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    payload            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_assertion_payload CHECK (ISJSON(payload) = 1),
    keys               nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_assertion_keys CHECK (ISJSON(keys) = 1),
    char_start         int              NOT NULL,
    char_end           int              NOT NULL,
    quote              nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    grounding          nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_assertion_grounding CHECK (grounding IN (N'exact', N'normalized', N'fuzzy', N'none', N'loaded')),
    is_weak            bit              NOT NULL,
    confidence         decimal(5, 4)    NOT NULL CONSTRAINT ck_assertion_confidence CHECK (confidence BETWEEN 0 AND 1),
    quarantine_reason  nvarchar(400)    COLLATE Latin1_General_100_BIN2 NULL,
    run_id             uniqueidentifier NULL,
    job_id             bigint           NULL,
    contract_name      nvarchar(200)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    contract_version   nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    prompt_sha256      nvarchar(64)     COLLATE Latin1_General_100_BIN2 NULL,
    model              nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    created_at         datetime2(3)     NOT NULL,
    retracted_at       datetime2(3)     NULL,
    CONSTRAINT pk_assertion PRIMARY KEY (assertion_id),
    CONSTRAINT ck_assertion_range CHECK (
        (grounding = N'none' AND char_start = -1 AND char_end = -1) OR (char_start >= 0 AND char_end >= char_start))
);
GO
CREATE UNIQUE INDEX ux_assertion_live ON kb.assertion (source_page_id, job_type, item_kind, char_start, char_end, item_sha256)
    WHERE retracted_at IS NULL;
CREATE INDEX ix_assertion_run ON kb.assertion (run_id);

-- mention_count is the number of live typed mentions of this very key, also after a merge: an entity with one is what
-- untyped mentions of its name may belong to. observation_count is the number of assertions linked to the row.
CREATE SEQUENCE kb.dim_entity_entity_id_seq AS bigint START WITH 1 INCREMENT BY 1;
GO
CREATE TABLE kb.dim_entity (
    entity_id               bigint         NOT NULL
        CONSTRAINT df_dim_entity_entity_id DEFAULT NEXT VALUE FOR kb.dim_entity_entity_id_seq,
    name_key                nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    type_family             nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    disambiguator           nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_dim_entity_disambiguator DEFAULT N'',
    entity_name             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    entity_type             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    description             nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    description_confidence  decimal(5, 4)  NULL,
    attributes              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_dim_entity_attributes DEFAULT N'[]' CONSTRAINT ck_dim_entity_attributes CHECK (ISJSON(attributes) = 1),
    confidence              decimal(5, 4)  NOT NULL CONSTRAINT df_dim_entity_confidence DEFAULT 0,
    observation_count       int            NOT NULL CONSTRAINT df_dim_entity_observation_count DEFAULT 0,
    mention_count           int            NOT NULL CONSTRAINT df_dim_entity_mention_count DEFAULT 0,
    promotion_state         nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_dim_entity_promotion_state DEFAULT N'staged'
        CONSTRAINT ck_dim_entity_promotion_state CHECK (promotion_state IN (
            N'staged', N'candidate', N'promoted', N'adjudicated', N'suppressed', N'merged')),
    needs_review            bit            NOT NULL CONSTRAINT df_dim_entity_needs_review DEFAULT 0,
    merged_into_entity_id   bigint         NULL,
    created_at              datetime2(3)   NOT NULL,
    updated_at              datetime2(3)   NOT NULL,
    retracted_at            datetime2(3)   NULL,
    name_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', name_key)) PERSISTED NOT NULL,
    type_family_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', type_family)) PERSISTED NOT NULL,
    CONSTRAINT pk_dim_entity PRIMARY KEY (entity_id),
    CONSTRAINT ux_dim_entity_key UNIQUE (name_key_sha256, type_family_sha256, disambiguator),
    CONSTRAINT fk_dim_entity_merged_into FOREIGN KEY (merged_into_entity_id) REFERENCES kb.dim_entity (entity_id)
);
GO
CREATE INDEX ix_dim_entity_family ON kb.dim_entity (type_family_sha256, promotion_state) WHERE retracted_at IS NULL;
CREATE INDEX ix_dim_entity_review ON kb.dim_entity (updated_at) WHERE needs_review = 1 AND retracted_at IS NULL;

CREATE TABLE kb.entity_alias (
    entity_alias_id    bigint         IDENTITY(1, 1) NOT NULL,
    entity_id          bigint         NOT NULL,
    alias_key          nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    alias              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    observation_count  int            NOT NULL CONSTRAINT df_entity_alias_observation_count DEFAULT 0,
    created_at         datetime2(3)   NOT NULL,
    updated_at         datetime2(3)   NOT NULL,
    retracted_at       datetime2(3)   NULL,
    alias_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', alias_key)) PERSISTED NOT NULL,
    CONSTRAINT pk_entity_alias PRIMARY KEY (entity_alias_id),
    CONSTRAINT ux_entity_alias_key UNIQUE (entity_id, alias_key_sha256),
    CONSTRAINT fk_entity_alias_entity FOREIGN KEY (entity_id) REFERENCES kb.dim_entity (entity_id)
);
GO
CREATE INDEX ix_entity_alias_alias_key ON kb.entity_alias (alias_key_sha256) WHERE retracted_at IS NULL;

-- One row a mention of a name in an assertion: 'self' of an entity item, 'from' and 'to' of a relationship. A mention
-- without a type of its own has the family 'unknown' and may belong to a typed entity of its name.
CREATE TABLE kb.resolution (
    resolution_id   bigint         IDENTITY(1, 1) NOT NULL,
    assertion_id    bigint         NOT NULL,
    mention         nvarchar(100)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_page_id  bigint         NOT NULL,
    name_key        nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    type_family     nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    entity_id       bigint         NOT NULL,
    decided_by      nvarchar(256)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_resolution_decided_by CHECK (decided_by IN (N'routing', N'audit', N'person')),
    decided_at      datetime2(3)   NOT NULL,
    superseded_at   datetime2(3)   NULL,
    name_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', name_key)) PERSISTED NOT NULL,
    type_family_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', type_family)) PERSISTED NOT NULL,
    CONSTRAINT pk_resolution PRIMARY KEY (resolution_id),
    CONSTRAINT fk_resolution_assertion FOREIGN KEY (assertion_id) REFERENCES kb.assertion (assertion_id),
    CONSTRAINT fk_resolution_entity FOREIGN KEY (entity_id) REFERENCES kb.dim_entity (entity_id)
);
GO
CREATE UNIQUE INDEX ux_resolution_live ON kb.resolution (assertion_id, mention) WHERE superseded_at IS NULL;
-- The rebuild finds the mentions of a name that have no type of their own, and the typed ones of a page.
CREATE INDEX ix_resolution_name ON kb.resolution (name_key_sha256, type_family_sha256, source_page_id)
    WHERE superseded_at IS NULL;
CREATE INDEX ix_resolution_page ON kb.resolution (source_page_id, name_key_sha256) WHERE superseded_at IS NULL;
CREATE INDEX ix_resolution_entity ON kb.resolution (entity_id) WHERE superseded_at IS NULL;

CREATE SEQUENCE kb.bridge_entity_relation_entity_relation_id_seq AS bigint START WITH 1 INCREMENT BY 1;
GO
CREATE TABLE kb.bridge_entity_relation (
    entity_relation_id  bigint         NOT NULL
        CONSTRAINT df_bridge_entity_relation_entity_relation_id DEFAULT NEXT VALUE FOR kb.bridge_entity_relation_entity_relation_id_seq,
    from_entity_id      bigint         NOT NULL,
    to_entity_id        bigint         NOT NULL,
    relation_key        nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    relation_type       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    start_key           nvarchar(150)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_bridge_entity_relation_start_key DEFAULT N'',
    end_key             nvarchar(150)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_bridge_entity_relation_end_key DEFAULT N'',
    from_work_key       nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_bridge_entity_relation_from_work_key DEFAULT N'',
    to_work_key         nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_bridge_entity_relation_to_work_key DEFAULT N'',
    continuity_key      nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_bridge_entity_relation_continuity_key DEFAULT N'',
    start_text          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    start_earliest      date           NULL,
    start_latest        date           NULL,
    start_precision     nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    end_text            nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    end_earliest        date           NULL,
    end_latest          date           NULL,
    end_precision       nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    confidence          decimal(5, 4)  NOT NULL CONSTRAINT df_bridge_entity_relation_confidence DEFAULT 0,
    observation_count   int            NOT NULL CONSTRAINT df_bridge_entity_relation_observation_count DEFAULT 0,
    promotion_state     nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_bridge_entity_relation_promotion_state DEFAULT N'staged'
        CONSTRAINT ck_bridge_entity_relation_promotion_state CHECK (promotion_state IN (
            N'staged', N'candidate', N'promoted', N'adjudicated', N'suppressed', N'merged')),
    needs_review        bit            NOT NULL CONSTRAINT df_bridge_entity_relation_needs_review DEFAULT 0,
    created_at          datetime2(3)   NOT NULL,
    updated_at          datetime2(3)   NOT NULL,
    retracted_at        datetime2(3)   NULL,
    from_work_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', from_work_key)) PERSISTED NOT NULL,
    to_work_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', to_work_key)) PERSISTED NOT NULL,
    continuity_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', continuity_key)) PERSISTED NOT NULL,
    CONSTRAINT pk_bridge_entity_relation PRIMARY KEY (entity_relation_id),
    CONSTRAINT ux_bridge_entity_relation_key UNIQUE (
        from_entity_id, to_entity_id, relation_key, start_key, end_key, from_work_key_sha256, to_work_key_sha256, continuity_key_sha256),
    CONSTRAINT fk_bridge_entity_relation_from FOREIGN KEY (from_entity_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_bridge_entity_relation_to FOREIGN KEY (to_entity_id) REFERENCES kb.dim_entity (entity_id)
);
GO
CREATE INDEX ix_bridge_entity_relation_to ON kb.bridge_entity_relation (to_entity_id, relation_key)
    WHERE retracted_at IS NULL;
CREATE INDEX ix_bridge_entity_relation_review ON kb.bridge_entity_relation (updated_at)
    WHERE needs_review = 1 AND retracted_at IS NULL;

CREATE TABLE kb.page_classification (
    page_classification_id  bigint         IDENTITY(1, 1) NOT NULL,
    source_page_id          bigint         NOT NULL,
    primary_type            nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    type_set                nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_page_classification_type_set CHECK (ISJSON(type_set) = 1),
    descriptor_sentence     nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    tags                    nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_page_classification_tags CHECK (ISJSON(tags) = 1),
    confidence              decimal(5, 4)  NOT NULL,
    observation_count       int            NOT NULL,
    promotion_state         nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_page_classification_promotion_state CHECK (promotion_state IN (
            N'staged', N'candidate', N'promoted', N'adjudicated', N'suppressed', N'merged')),
    needs_review            bit            NOT NULL,
    created_at              datetime2(3)   NOT NULL,
    updated_at              datetime2(3)   NOT NULL,
    retracted_at            datetime2(3)   NULL,
    CONSTRAINT pk_page_classification PRIMARY KEY (page_classification_id),
    CONSTRAINT ux_page_classification_page UNIQUE (source_page_id),
    CONSTRAINT fk_page_classification_page FOREIGN KEY (source_page_id)
        REFERENCES ingest.source_page (source_page_id)
);
GO

-- Which live assertions support which derived row.
CREATE TABLE kb.assertion_link (
    target_table  nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    target_id     bigint       NOT NULL,
    assertion_id  bigint       NOT NULL,
    CONSTRAINT pk_assertion_link PRIMARY KEY (target_table, target_id, assertion_id),
    CONSTRAINT fk_assertion_link_assertion FOREIGN KEY (assertion_id) REFERENCES kb.assertion (assertion_id)
);
GO
CREATE INDEX ix_assertion_link_assertion ON kb.assertion_link (assertion_id, target_table);

-- One row a routed answer: what it contained and what it changed.
CREATE TABLE kb.extraction (
    extraction_id     bigint           IDENTITY(1, 1) NOT NULL,
    source_page_id    bigint           NULL,
    job_type          nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    job_id            bigint           NOT NULL,
    run_id            uniqueidentifier NOT NULL,
    contract_name     nvarchar(200)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    contract_version  nvarchar(50)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    prompt_sha256     nvarchar(64)     COLLATE Latin1_General_100_BIN2 NULL,
    model             nvarchar(200)    COLLATE Latin1_General_100_BIN2 NULL,
    counts            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_extraction_counts CHECK (ISJSON(counts) = 1),
    routed_at         datetime2(3)     NOT NULL,
    CONSTRAINT pk_extraction PRIMARY KEY (extraction_id),
    CONSTRAINT ux_extraction_run UNIQUE (run_id)
);
GO
CREATE INDEX ix_extraction_page ON kb.extraction (source_page_id, job_type);

-- Rows that the steps of one routing transaction hand to each other; empty between transactions.
CREATE TABLE kb.stage_item (
    run_id             uniqueidentifier NOT NULL,
    item_no            int              NOT NULL,
    item_kind          nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    item_index         int              NOT NULL,
    chunk_index        int              NOT NULL,
    item_sha256        nvarchar(64)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    merge_key          nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    payload            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_stage_item_payload CHECK (ISJSON(payload) = 1),
    keys               nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_stage_item_keys CHECK (ISJSON(keys) = 1),
    char_start         int              NOT NULL,
    char_end           int              NOT NULL,
    quote              nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    grounding          nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    is_weak            bit              NOT NULL,
    confidence         decimal(5, 4)    NOT NULL,
    quarantine_reason  nvarchar(400)    COLLATE Latin1_General_100_BIN2 NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_item_run ON kb.stage_item (run_id) WITH (ALLOW_PAGE_LOCKS = OFF);

-- change: 1 the assertion became live, -1 it was retracted, 0 its mentions moved to other entities.
CREATE TABLE kb.stage_change (
    run_id        uniqueidentifier NOT NULL,
    assertion_id  bigint           NOT NULL,
    item_kind     nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    change        smallint         NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_change_run ON kb.stage_change (run_id);

CREATE TABLE kb.stage_mention (
    run_id          uniqueidentifier NOT NULL,
    assertion_id    bigint           NOT NULL,
    mention         nvarchar(100)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_page_id  bigint           NOT NULL,
    name_key        nvarchar(1000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    name            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    type_family     nvarchar(1000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    entity_type     nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    old_entity_id   bigint           NULL,
    new_entity_id   bigint           NULL,
    name_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', name_key)) PERSISTED NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_mention_run ON kb.stage_mention (run_id);

-- The links that the changed assertions shall have, and then the derived rows whose links changed.
CREATE TABLE kb.stage_link (
    run_id        uniqueidentifier NOT NULL,
    target_table  nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    target_id     bigint           NOT NULL,
    assertion_id  bigint           NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_link_run ON kb.stage_link (run_id, target_table);

CREATE TABLE kb.stage_touched (
    run_id        uniqueidentifier NOT NULL,
    target_table  nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL,
    target_id     bigint           NOT NULL,
    assertion_id  bigint           NOT NULL,
    change        smallint         NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_touched_run ON kb.stage_touched (run_id, target_table);

INSERT INTO kb.type_map (kind, type_key, canonical, family)
SELECT N'entity', m.type_key, m.canonical, m.family
FROM (VALUES
    (N'person', N'person', N'person'), (N'people', N'person', N'person'), (N'human', N'person', N'person'),
    (N'individual', N'person', N'person'), (N'man', N'person', N'person'), (N'woman', N'person', N'person'),
    (N'scientist', N'scientist', N'person'), (N'physicist', N'physicist', N'person'), (N'chemist', N'chemist', N'person'),
    (N'mathematician', N'mathematician', N'person'), (N'engineer', N'engineer', N'person'),
    (N'inventor', N'inventor', N'person'), (N'explorer', N'explorer', N'person'), (N'musician', N'musician', N'person'),
    (N'singer', N'singer', N'person'), (N'composer', N'composer', N'person'), (N'actor', N'actor', N'person'),
    (N'actress', N'actor', N'person'), (N'director', N'director', N'person'), (N'writer', N'writer', N'person'),
    (N'author', N'writer', N'person'), (N'artist', N'artist', N'person'), (N'politician', N'politician', N'person'),
    (N'monarch', N'monarch', N'person'), (N'character', N'character', N'character'),
    (N'fictional_character', N'character', N'character'), (N'droid', N'droid', N'character'),
    (N'organization', N'organization', N'organization'), (N'organisation', N'organization', N'organization'),
    (N'company', N'company', N'organization'), (N'corporation', N'company', N'organization'),
    (N'institution', N'institution', N'organization'), (N'institute', N'institution', N'organization'),
    (N'university', N'university', N'organization'), (N'school', N'school', N'organization'),
    (N'college', N'university', N'organization'), (N'laboratory', N'laboratory', N'organization'),
    (N'society', N'society', N'organization'), (N'government', N'government', N'organization'),
    (N'agency', N'agency', N'organization'), (N'team', N'team', N'organization'), (N'band', N'band', N'organization'),
    (N'musical_group', N'band', N'organization'), (N'record_label', N'record_label', N'organization'),
    (N'studio', N'studio', N'organization'), (N'orchestra', N'orchestra', N'organization'), (N'place', N'place', N'place'),
    (N'location', N'place', N'place'), (N'city', N'city', N'place'), (N'town', N'town', N'place'),
    (N'village', N'village', N'place'), (N'country', N'country', N'place'), (N'region', N'region', N'place'),
    (N'continent', N'continent', N'place'), (N'island', N'island', N'place'), (N'sea', N'sea', N'place'),
    (N'mountain', N'mountain', N'place'), (N'river', N'river', N'place'), (N'building', N'building', N'place'),
    (N'planet', N'planet', N'place'), (N'geographic_location', N'place', N'place'), (N'work', N'work', N'work'),
    (N'creative_work', N'work', N'work'), (N'book', N'book', N'work'), (N'novel', N'book', N'work'),
    (N'paper', N'paper', N'work'), (N'article', N'article', N'work'), (N'film', N'film', N'work'), (N'movie', N'film', N'work'),
    (N'album', N'album', N'work'), (N'song', N'song', N'work'), (N'single', N'song', N'work'), (N'opera', N'opera', N'work'),
    (N'play', N'play', N'work'), (N'painting', N'painting', N'work'), (N'tv_series', N'tv_series', N'work'),
    (N'event', N'event', N'event'), (N'battle', N'battle', N'event'), (N'war', N'war', N'event'),
    (N'conference', N'conference', N'event'), (N'expedition', N'expedition', N'event'), (N'ceremony', N'ceremony', N'event'),
    (N'election', N'election', N'event'), (N'concert', N'concert', N'event'), (N'tour', N'tour', N'event'),
    (N'award', N'award', N'award'), (N'prize', N'award', N'award'), (N'ship', N'ship', N'vehicle'),
    (N'vessel', N'ship', N'vehicle'), (N'aircraft', N'aircraft', N'vehicle'), (N'vehicle', N'vehicle', N'vehicle'),
    (N'machine', N'machine', N'device'), (N'device', N'device', N'device'), (N'computer', N'computer', N'device'),
    (N'concept', N'concept', N'concept'), (N'theory', N'theory', N'concept'), (N'period', N'period', N'period'),
    (N'era', N'period', N'period'), (N'unknown', N'unknown', N'unknown')
) AS m (type_key, canonical, family);
GO
GO

-- A routing transaction may change many thousand rows; a lock of the whole table would stop all the others.
-- Nor are pages of the stage tables locked: rows of two transactions may share one.
ALTER TABLE kb.name SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.assertion SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.dim_entity SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.entity_alias SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.resolution SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.bridge_entity_relation SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.page_classification SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.assertion_link SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.extraction SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.stage_item SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.stage_change SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.stage_mention SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.stage_link SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.stage_touched SET (LOCK_ESCALATION = DISABLE);
