-- Every family of knowledge: dimensions beside the entity, bridges of any kind, facts, human decisions, identity.
-- kb.dim_entity is the hub of identity: an event, work, location, period, concept or tag is an entity of that family, and
-- its dimension row has the entity's id. So names, aliases, merges, splits and review work once for all of them. What two
-- named things have to do with each other is one row of kb.bridge_entity_relation; the bridges of a dimension are views.

-- What a family's entities are besides: 'ship' is nothing more, 'film' has a row in kb.dim_work too.
CREATE TABLE kb.type_family (
    family     nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    dimension  nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_type_family_dimension CHECK (dimension IN (
            N'event', N'work', N'location', N'period', N'concept', N'tag')),
    CONSTRAINT pk_type_family PRIMARY KEY (family)
);
GO
INSERT INTO kb.type_family (family, dimension) VALUES
    (N'event', N'event'), (N'work', N'work'), (N'book', N'work'), (N'paper', N'work'), (N'film', N'work'), (N'album', N'work'),
    (N'song', N'work'), (N'opera', N'work'), (N'play', N'work'), (N'painting', N'work'), (N'series', N'work'),
    (N'game', N'work'), (N'place', N'location'), (N'period', N'period'), (N'concept', N'concept'), (N'tag', N'tag');
GO

-- A novel and the film of it have one name and are two works.
DECLARE @mapped TABLE (
    type_key   nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
    canonical  nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    family     nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL
);
INSERT INTO @mapped (type_key, canonical, family) VALUES
    (N'book', N'book', N'book'), (N'novel', N'book', N'book'), (N'novella', N'book', N'book'), (N'memoir', N'book', N'book'),
    (N'biography', N'book', N'book'), (N'textbook', N'book', N'book'), (N'paper', N'paper', N'paper'),
    (N'article', N'article', N'paper'), (N'essay', N'article', N'paper'), (N'treatise', N'paper', N'paper'),
    (N'film', N'film', N'film'), (N'movie', N'film', N'film'), (N'motion_picture', N'film', N'film'),
    (N'documentary', N'film', N'film'), (N'album', N'album', N'album'), (N'studio_album', N'album', N'album'),
    (N'live_album', N'album', N'album'), (N'song', N'song', N'song'), (N'single', N'song', N'song'),
    (N'opera', N'opera', N'opera'), (N'play', N'play', N'play'), (N'painting', N'painting', N'painting'),
    (N'tv_series', N'tv_series', N'series'), (N'television_series', N'tv_series', N'series'), (N'series', N'series', N'series'),
    (N'video_game', N'video_game', N'game'), (N'game', N'game', N'game'), (N'siege', N'battle', N'event'),
    (N'treaty', N'treaty', N'event'), (N'mission', N'mission', N'event'), (N'revolution', N'revolution', N'event'),
    (N'festival', N'festival', N'event'), (N'competition', N'competition', N'event'), (N'decade', N'period', N'period'),
    (N'century', N'period', N'period'), (N'reign', N'period', N'period'), (N'epoch', N'period', N'period'),
    (N'dynasty', N'dynasty', N'period'), (N'age', N'period', N'period'), (N'time_period', N'period', N'period'),
    (N'idea', N'concept', N'concept'), (N'principle', N'concept', N'concept'), (N'method', N'method', N'concept'),
    (N'law', N'law', N'concept'), (N'field', N'field', N'concept'), (N'discipline', N'field', N'concept'),
    (N'doctrine', N'doctrine', N'concept'), (N'tag', N'tag', N'tag'), (N'state', N'state', N'place'),
    (N'county', N'county', N'place'), (N'province', N'province', N'place'), (N'district', N'district', N'place'),
    (N'lake', N'lake', N'place'), (N'ocean', N'sea', N'place'), (N'castle', N'castle', N'place'),
    (N'street', N'street', N'place'), (N'harbour', N'harbour', N'place'), (N'harbor', N'harbour', N'place'),
    (N'station', N'station', N'place'), (N'base', N'base', N'place'), (N'moon', N'moon', N'place');
UPDATE t
SET canonical = m.canonical, family = m.family
FROM kb.type_map AS t
JOIN @mapped AS m ON m.type_key = t.type_key
WHERE t.kind = N'entity';
INSERT INTO kb.type_map (kind, type_key, canonical, family)
SELECT N'entity', m.type_key, m.canonical, m.family
FROM @mapped AS m
WHERE NOT EXISTS (SELECT 1 FROM kb.type_map AS t WHERE t.kind = N'entity' AND t.type_key = m.type_key);
GO

-- The kinds of items that a routing procedure knows; items of any other kind are kept as assertions and go no further.
CREATE TABLE kb.item_kind (
    item_kind    nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    description  nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_item_kind PRIMARY KEY (item_kind)
);
GO
INSERT INTO kb.item_kind (item_kind, description) VALUES
    (N'entity', N'a named thing'), (N'relationship', N'what one named thing has to do with another'),
    (N'event', N'something that happened, with those who took part'), (N'work', N'a creative work, with who appears in it'),
    (N'location', N'a place'), (N'period', N'a stretch of time that has a name'), (N'concept', N'an idea'),
    (N'tag', N'a keyword for a page or an entity'), (N'fact', N'an attribute and its value'),
    (N'page_classification', N'what a page is about');
GO

-- An assertion of a page has no subject; one about an entity, with evidence from many pages, names it by its natural key.
-- Rows that were loaded with SQL have neither job nor run (both may be null from the beginning).
ALTER TABLE kb.assertion ADD subject_key nvarchar(2300) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT df_assertion_subject_key DEFAULT N'';
GO
ALTER TABLE kb.assertion ADD subject_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', subject_key)) PERSISTED NOT NULL;
GO
DROP INDEX ux_assertion_live ON kb.assertion;
CREATE UNIQUE INDEX ux_assertion_live ON kb.assertion
    (source_page_id, job_type, item_kind, char_start, char_end, item_sha256, subject_key_sha256) WHERE retracted_at IS NULL;
CREATE INDEX ix_assertion_subject ON kb.assertion (subject_key_sha256, job_type)
    WHERE subject_key <> N'' AND retracted_at IS NULL;
GO
ALTER TABLE kb.extraction ADD subject_key nvarchar(2300) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT df_extraction_subject_key DEFAULT N'';
GO
ALTER TABLE kb.extraction ADD subject_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', subject_key)) PERSISTED NOT NULL;
GO

ALTER TABLE kb.bridge_entity_relation ADD from_work nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE kb.bridge_entity_relation ADD to_work nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL;
ALTER TABLE kb.bridge_entity_relation ADD continuity nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL;
GO
-- Everything about an entity, whichever end it is.
CREATE INDEX ix_bridge_entity_relation_from ON kb.bridge_entity_relation (from_entity_id, relation_key)
    WHERE retracted_at IS NULL;

CREATE SEQUENCE kb.fact_attribute_fact_attribute_id_seq AS bigint START WITH 1 INCREMENT BY 1;
GO
CREATE TABLE kb.fact_attribute (
    fact_attribute_id  bigint         NOT NULL
        CONSTRAINT df_fact_attribute_fact_attribute_id DEFAULT NEXT VALUE FOR kb.fact_attribute_fact_attribute_id_seq,
    entity_id          bigint         NOT NULL,
    attribute_key      nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    attribute          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    value_key          nvarchar(400)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    value              nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    unit_key           nvarchar(120)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_fact_attribute_unit_key DEFAULT N'',
    unit               nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    start_key          nvarchar(150)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_fact_attribute_start_key DEFAULT N'',
    end_key            nvarchar(150)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_fact_attribute_end_key DEFAULT N'',
    from_work_key      nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_fact_attribute_from_work_key DEFAULT N'',
    to_work_key        nvarchar(300)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_fact_attribute_to_work_key DEFAULT N'',
    continuity_key     nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_fact_attribute_continuity_key DEFAULT N'',
    value_earliest     date           NULL,
    value_latest       date           NULL,
    value_precision    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    start_text         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    start_earliest     date           NULL,
    start_latest       date           NULL,
    start_precision    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    end_text           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    end_earliest       date           NULL,
    end_latest         date           NULL,
    end_precision      nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    from_work          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    to_work            nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    continuity         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    confidence         decimal(5, 4)  NOT NULL CONSTRAINT df_fact_attribute_confidence DEFAULT 0,
    observation_count  int            NOT NULL CONSTRAINT df_fact_attribute_observation_count DEFAULT 0,
    promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_fact_attribute_promotion_state DEFAULT N'staged'
        CONSTRAINT ck_fact_attribute_promotion_state CHECK (promotion_state IN (
            N'staged', N'candidate', N'promoted', N'adjudicated', N'suppressed', N'merged')),
    needs_review       bit            NOT NULL CONSTRAINT df_fact_attribute_needs_review DEFAULT 0,
    created_at         datetime2(3)   NOT NULL,
    updated_at         datetime2(3)   NOT NULL,
    retracted_at       datetime2(3)   NULL,
    value_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', value_key)) PERSISTED NOT NULL,
    from_work_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', from_work_key)) PERSISTED NOT NULL,
    to_work_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', to_work_key)) PERSISTED NOT NULL,
    continuity_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', continuity_key)) PERSISTED NOT NULL,
    CONSTRAINT pk_fact_attribute PRIMARY KEY (fact_attribute_id),
    CONSTRAINT ux_fact_attribute_key UNIQUE (
        entity_id, attribute_key, value_key_sha256, unit_key, start_key, end_key,
        from_work_key_sha256, to_work_key_sha256, continuity_key_sha256),
    CONSTRAINT fk_fact_attribute_entity FOREIGN KEY (entity_id) REFERENCES kb.dim_entity (entity_id)
);
GO
CREATE INDEX ix_fact_attribute_attribute ON kb.fact_attribute (attribute_key, value_key_sha256)
    WHERE retracted_at IS NULL;
CREATE INDEX ix_fact_attribute_review ON kb.fact_attribute (updated_at) WHERE needs_review = 1 AND retracted_at IS NULL;

CREATE TABLE kb.dim_event (
    event_id           bigint         NOT NULL,
    event_name         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    event_type         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    description        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    start_text         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    start_earliest     date           NULL,
    start_latest       date           NULL,
    start_precision    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    end_text           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    end_earliest       date           NULL,
    end_latest         date           NULL,
    end_precision      nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    location_id        bigint         NULL,
    confidence         decimal(5, 4)  NOT NULL,
    observation_count  int            NOT NULL,
    promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    needs_review       bit            NOT NULL,
    created_at         datetime2(3)   NOT NULL,
    updated_at         datetime2(3)   NOT NULL,
    retracted_at       datetime2(3)   NULL,
    CONSTRAINT pk_dim_event PRIMARY KEY (event_id),
    CONSTRAINT fk_dim_event_entity FOREIGN KEY (event_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_dim_event_location FOREIGN KEY (location_id) REFERENCES kb.dim_entity (entity_id)
);
GO
CREATE INDEX ix_dim_event_start ON kb.dim_event (start_earliest) WHERE retracted_at IS NULL;
CREATE INDEX ix_dim_event_location ON kb.dim_event (location_id) WHERE location_id IS NOT NULL;

CREATE TABLE kb.dim_work (
    work_id            bigint         NOT NULL,
    work_name          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    work_type          nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    description        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    release_text       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    release_earliest   date           NULL,
    release_latest     date           NULL,
    release_precision  nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    canon_status       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    confidence         decimal(5, 4)  NOT NULL,
    observation_count  int            NOT NULL,
    promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    needs_review       bit            NOT NULL,
    created_at         datetime2(3)   NOT NULL,
    updated_at         datetime2(3)   NOT NULL,
    retracted_at       datetime2(3)   NULL,
    CONSTRAINT pk_dim_work PRIMARY KEY (work_id),
    CONSTRAINT fk_dim_work_entity FOREIGN KEY (work_id) REFERENCES kb.dim_entity (entity_id)
);
GO

CREATE TABLE kb.dim_location (
    location_id         bigint         NOT NULL,
    location_name       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    location_type       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    description         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    parent_location_id  bigint         NULL,
    confidence          decimal(5, 4)  NOT NULL,
    observation_count   int            NOT NULL,
    promotion_state     nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    needs_review        bit            NOT NULL,
    created_at          datetime2(3)   NOT NULL,
    updated_at          datetime2(3)   NOT NULL,
    retracted_at        datetime2(3)   NULL,
    CONSTRAINT pk_dim_location PRIMARY KEY (location_id),
    CONSTRAINT fk_dim_location_entity FOREIGN KEY (location_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_dim_location_parent FOREIGN KEY (parent_location_id) REFERENCES kb.dim_entity (entity_id)
);
GO
CREATE INDEX ix_dim_location_parent ON kb.dim_location (parent_location_id) WHERE parent_location_id IS NOT NULL;

CREATE TABLE kb.dim_period (
    period_id          bigint         NOT NULL,
    period_name        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_type        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    description        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    start_text         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    start_earliest     date           NULL,
    start_latest       date           NULL,
    start_precision    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    end_text           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    end_earliest       date           NULL,
    end_latest         date           NULL,
    end_precision      nvarchar(40)   COLLATE Latin1_General_100_BIN2 NULL,
    confidence         decimal(5, 4)  NOT NULL,
    observation_count  int            NOT NULL,
    promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    needs_review       bit            NOT NULL,
    created_at         datetime2(3)   NOT NULL,
    updated_at         datetime2(3)   NOT NULL,
    retracted_at       datetime2(3)   NULL,
    CONSTRAINT pk_dim_period PRIMARY KEY (period_id),
    CONSTRAINT fk_dim_period_entity FOREIGN KEY (period_id) REFERENCES kb.dim_entity (entity_id)
);
GO

CREATE TABLE kb.dim_concept (
    concept_id         bigint         NOT NULL,
    concept_name       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    concept_type       nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    description        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NULL,
    confidence         decimal(5, 4)  NOT NULL,
    observation_count  int            NOT NULL,
    promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    needs_review       bit            NOT NULL,
    created_at         datetime2(3)   NOT NULL,
    updated_at         datetime2(3)   NOT NULL,
    retracted_at       datetime2(3)   NULL,
    CONSTRAINT pk_dim_concept PRIMARY KEY (concept_id),
    CONSTRAINT fk_dim_concept_entity FOREIGN KEY (concept_id) REFERENCES kb.dim_entity (entity_id)
);
GO

CREATE TABLE kb.dim_tag (
    tag_id             bigint         NOT NULL,
    tag_name           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    confidence         decimal(5, 4)  NOT NULL,
    observation_count  int            NOT NULL,
    promotion_state    nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    needs_review       bit            NOT NULL,
    created_at         datetime2(3)   NOT NULL,
    updated_at         datetime2(3)   NOT NULL,
    retracted_at       datetime2(3)   NULL,
    CONSTRAINT pk_dim_tag PRIMARY KEY (tag_id),
    CONSTRAINT fk_dim_tag_entity FOREIGN KEY (tag_id) REFERENCES kb.dim_entity (entity_id)
);
GO

-- Decisions of people (and of the audit, which a person's outrank). Of a row's decisions that were not undone the last
-- counts; its changes hold those of the ones before.
CREATE TABLE kb.adjudication (
    adjudication_id    bigint        IDENTITY(1, 1) NOT NULL,
    kind               nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_adjudication_kind CHECK (kind IN (N'entity', N'relation', N'fact', N'page_classification')),
    target_id          bigint        NOT NULL,
    decision           nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_adjudication_decision CHECK (decision IN (N'approve', N'reject', N'override')),
    decided_by         nvarchar(256) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_adjudication_decided_by CHECK (decided_by <> N''),
    decided_as         nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_adjudication_decided_as DEFAULT N'person'
        CONSTRAINT ck_adjudication_decided_as CHECK (decided_as IN (N'audit', N'person')),
    reason             nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    changes            nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_adjudication_changes DEFAULT N'{}' CONSTRAINT ck_adjudication_changes CHECK (ISJSON(changes) = 1),
    before             nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_adjudication_before CHECK (ISJSON(before) = 1),
    after              nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_adjudication_after CHECK (ISJSON(after) = 1),
    session_user_name  nvarchar(256) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_adjudication_session_user_name DEFAULT ORIGINAL_LOGIN(),
    decided_at         datetime2(3)  NOT NULL,
    undone_at          datetime2(3)  NULL,
    undone_by          nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT pk_adjudication PRIMARY KEY (adjudication_id)
);
GO
CREATE INDEX ix_adjudication_target ON kb.adjudication (kind, target_id, adjudication_id) WHERE undone_at IS NULL;

-- What was decided about two entities. merge: entity_id is the duplicate, other_entity_id what it was found to be.
-- split: other_entity_id is the entity that the pages in kb.identity_split_page speak of instead of entity_id.
-- distinct, relate, suppress: remembered, so that the pair is not asked about again.
CREATE TABLE kb.identity_decision (
    identity_decision_id  bigint           IDENTITY(1, 1) NOT NULL,
    kind                  nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_identity_decision_kind CHECK (kind IN (N'merge', N'split', N'distinct', N'relate', N'suppress')),
    entity_id             bigint           NOT NULL,
    other_entity_id       bigint           NOT NULL,
    relation_type         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    confidence            decimal(5, 4)    NULL,
    decided_by            nvarchar(256)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_identity_decision_decided_by CHECK (decided_by <> N''),
    decided_as            nvarchar(40)     COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_identity_decision_decided_as CHECK (decided_as IN (N'rule', N'audit', N'person')),
    reason                nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    run_id                uniqueidentifier NULL,
    adjudication_id       bigint           NULL,
    assertion_id          bigint           NULL,
    session_user_name     nvarchar(256)    COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_identity_decision_session_user_name DEFAULT ORIGINAL_LOGIN(),
    decided_at            datetime2(3)     NOT NULL,
    undone_at             datetime2(3)     NULL,
    undone_by             nvarchar(256)    COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT pk_identity_decision PRIMARY KEY (identity_decision_id),
    CONSTRAINT ck_identity_decision_pair CHECK (entity_id <> other_entity_id),
    CONSTRAINT fk_identity_decision_entity FOREIGN KEY (entity_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_identity_decision_other FOREIGN KEY (other_entity_id) REFERENCES kb.dim_entity (entity_id)
);
GO
-- An entity is one other entity at most.
CREATE UNIQUE INDEX ux_identity_decision_merge ON kb.identity_decision (entity_id)
    WHERE kind = N'merge' AND undone_at IS NULL;
CREATE INDEX ix_identity_decision_other ON kb.identity_decision (other_entity_id) WHERE undone_at IS NULL;
CREATE INDEX ix_identity_decision_entity ON kb.identity_decision (entity_id, kind) WHERE undone_at IS NULL;
CREATE INDEX ix_dim_entity_merged ON kb.dim_entity (merged_into_entity_id) WHERE merged_into_entity_id IS NOT NULL;

CREATE TABLE kb.identity_split_page (
    identity_decision_id  bigint         NOT NULL,
    source_system         nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    external_id           nvarchar(1600) COLLATE Latin1_General_100_BIN2 NOT NULL,
    external_id_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', external_id)) PERSISTED NOT NULL,
    CONSTRAINT pk_identity_split_page PRIMARY KEY (identity_decision_id, source_system, external_id_sha256),
    CONSTRAINT fk_identity_split_page_decision FOREIGN KEY (identity_decision_id)
        REFERENCES kb.identity_decision (identity_decision_id)
);
GO

-- Pairs that the dedupe audit found; first_entity_id < second_entity_id.
CREATE TABLE kb.identity_candidate (
    identity_candidate_id  bigint        IDENTITY(1, 1) NOT NULL,
    first_entity_id        bigint        NOT NULL,
    second_entity_id       bigint        NOT NULL,
    score                  decimal(5, 4) NOT NULL,
    strength               nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    reasons                nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_identity_candidate_reasons CHECK (ISJSON(reasons) = 1),
    status                 nvarchar(40)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_identity_candidate_status DEFAULT N'open'
        CONSTRAINT ck_identity_candidate_status CHECK (status IN (N'open', N'asked', N'review', N'decided')),
    proposal               nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_identity_candidate_proposal CHECK (ISJSON(proposal) = 1),
    job_id                 bigint        NULL,
    found_at               datetime2(3)  NOT NULL,
    updated_at             datetime2(3)  NOT NULL,
    CONSTRAINT pk_identity_candidate PRIMARY KEY (identity_candidate_id),
    CONSTRAINT ux_identity_candidate_pair UNIQUE (first_entity_id, second_entity_id),
    CONSTRAINT ck_identity_candidate_order CHECK (first_entity_id < second_entity_id),
    CONSTRAINT fk_identity_candidate_first FOREIGN KEY (first_entity_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_identity_candidate_second FOREIGN KEY (second_entity_id) REFERENCES kb.dim_entity (entity_id)
);
GO
CREATE INDEX ix_identity_candidate_status ON kb.identity_candidate (status, score DESC);

ALTER TABLE kb.stage_item ADD source_page_id bigint NOT NULL CONSTRAINT df_stage_item_source_page_id DEFAULT 0;
GO
ALTER TABLE kb.stage_mention ADD dimension nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT df_stage_mention_dimension DEFAULT N'';
ALTER TABLE kb.stage_mention ADD disambiguator nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT df_stage_mention_disambiguator DEFAULT N'';
ALTER TABLE kb.stage_mention ADD is_new bit NOT NULL CONSTRAINT df_stage_mention_is_new DEFAULT 0;
GO

-- One row for every bridge that a changed assertion supports: its natural key and all that it says about it. Those of
-- unchanged assertions are added for the bridges that are computed afresh.
DROP TABLE kb.stage_relation;
GO
CREATE TABLE kb.stage_relation (
    run_id              uniqueidentifier NOT NULL,
    assertion_id        bigint           NOT NULL,
    entity_relation_id  bigint           NULL,
    from_entity_id      bigint           NOT NULL,
    to_entity_id        bigint           NOT NULL,
    relation_key        nvarchar(300)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    start_key           nvarchar(150)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    end_key             nvarchar(150)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    from_work_key       nvarchar(300)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    to_work_key         nvarchar(300)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    continuity_key      nvarchar(200)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    relation_type       nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    start_text          nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    start_earliest      date             NULL,
    start_latest        date             NULL,
    start_precision     nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL,
    end_text            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    end_earliest        date             NULL,
    end_latest          date             NULL,
    end_precision       nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL,
    from_work           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    to_work             nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    continuity          nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    confidence          decimal(5, 4)    NOT NULL,
    state_rank          int              NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_relation_run ON kb.stage_relation (run_id, entity_relation_id) WITH (ALLOW_PAGE_LOCKS = OFF);

CREATE TABLE kb.stage_fact (
    run_id             uniqueidentifier NOT NULL,
    assertion_id       bigint           NOT NULL,
    fact_attribute_id  bigint           NULL,
    entity_id          bigint           NOT NULL,
    attribute_key      nvarchar(200)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    value_key          nvarchar(400)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    unit_key           nvarchar(120)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    start_key          nvarchar(150)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    end_key            nvarchar(150)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    from_work_key      nvarchar(300)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    to_work_key        nvarchar(300)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    continuity_key     nvarchar(200)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    attribute          nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    value              nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    unit               nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    value_earliest     date             NULL,
    value_latest       date             NULL,
    value_precision    nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL,
    start_text         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    start_earliest     date             NULL,
    start_latest       date             NULL,
    start_precision    nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL,
    end_text           nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    end_earliest       date             NULL,
    end_latest         date             NULL,
    end_precision      nvarchar(40)     COLLATE Latin1_General_100_BIN2 NULL,
    from_work          nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    to_work            nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    continuity         nvarchar(max)    COLLATE Latin1_General_100_BIN2 NULL,
    confidence         decimal(5, 4)    NOT NULL,
    state_rank         int              NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_fact_run ON kb.stage_fact (run_id, fact_attribute_id) WITH (ALLOW_PAGE_LOCKS = OFF);

-- The entities whose dimension rows are looked at again.
CREATE TABLE kb.stage_dimension (
    run_id     uniqueidentifier NOT NULL,
    entity_id  bigint           NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_dimension_run ON kb.stage_dimension (run_id, entity_id) WITH (ALLOW_PAGE_LOCKS = OFF);
GO

-- A resolution may name an entity that the same transaction inserts with its final values, later: PostgreSQL looks at the
-- end of the transaction whether it is there. SQL Server has no such constraint, so there is none.
ALTER TABLE kb.resolution DROP CONSTRAINT fk_resolution_entity;
GO

ALTER TABLE kb.fact_attribute SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.dim_event SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.dim_work SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.dim_location SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.dim_period SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.dim_concept SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.dim_tag SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.identity_candidate SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.stage_relation SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.stage_fact SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.stage_dimension SET (LOCK_ESCALATION = DISABLE);

-- Changed signatures: CREATE OR ALTER takes them as they are.
