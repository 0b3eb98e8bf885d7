-- Every family of knowledge: dimensions beside the entity, bridges of any kind, facts, human decisions, identity.
-- kb.dim_entity is the hub of identity: an event, work, location, period, concept or tag is an entity of that family, and
-- its dimension row has the entity's id. So names, aliases, merges, splits and review work once for all of them. What two
-- named things have to do with each other is one row of kb.bridge_entity_relation; the bridges of a dimension are views.

-- What a family's entities are besides: 'ship' is nothing more, 'film' has a row in kb.dim_work too.
CREATE TABLE kb.type_family (
    family     text COLLATE "C" NOT NULL,
    dimension  text COLLATE "C" NOT NULL CHECK (dimension IN ('event', 'work', 'location', 'period', 'concept', 'tag')),
    CONSTRAINT pk_type_family PRIMARY KEY (family)
);
INSERT INTO kb.type_family (family, dimension) VALUES
    ('event', 'event'), ('work', 'work'), ('book', 'work'), ('paper', 'work'), ('film', 'work'), ('album', 'work'),
    ('song', 'work'), ('opera', 'work'), ('play', 'work'), ('painting', 'work'), ('series', 'work'), ('game', 'work'),
    ('place', 'location'), ('period', 'period'), ('concept', 'concept'), ('tag', 'tag');

-- A novel and the film of it have one name and are two works.
INSERT INTO kb.type_map (kind, type_key, canonical, family)
SELECT 'entity', m.type_key, m.canonical, m.family
FROM (VALUES
    ('book', 'book', 'book'), ('novel', 'book', 'book'), ('novella', 'book', 'book'), ('memoir', 'book', 'book'),
    ('biography', 'book', 'book'), ('textbook', 'book', 'book'), ('paper', 'paper', 'paper'), ('article', 'article', 'paper'),
    ('essay', 'article', 'paper'), ('treatise', 'paper', 'paper'), ('film', 'film', 'film'), ('movie', 'film', 'film'),
    ('motion_picture', 'film', 'film'), ('documentary', 'film', 'film'), ('album', 'album', 'album'),
    ('studio_album', 'album', 'album'), ('live_album', 'album', 'album'), ('song', 'song', 'song'),
    ('single', 'song', 'song'), ('opera', 'opera', 'opera'), ('play', 'play', 'play'), ('painting', 'painting', 'painting'),
    ('tv_series', 'tv_series', 'series'), ('television_series', 'tv_series', 'series'), ('series', 'series', 'series'),
    ('video_game', 'video_game', 'game'), ('game', 'game', 'game'),
    ('siege', 'battle', 'event'), ('treaty', 'treaty', 'event'), ('mission', 'mission', 'event'),
    ('revolution', 'revolution', 'event'), ('festival', 'festival', 'event'), ('competition', 'competition', 'event'),
    ('decade', 'period', 'period'), ('century', 'period', 'period'), ('reign', 'period', 'period'),
    ('epoch', 'period', 'period'), ('dynasty', 'dynasty', 'period'), ('age', 'period', 'period'),
    ('time_period', 'period', 'period'), ('idea', 'concept', 'concept'), ('principle', 'concept', 'concept'),
    ('method', 'method', 'concept'), ('law', 'law', 'concept'), ('field', 'field', 'concept'),
    ('discipline', 'field', 'concept'), ('doctrine', 'doctrine', 'concept'), ('tag', 'tag', 'tag'),
    ('state', 'state', 'place'), ('county', 'county', 'place'), ('province', 'province', 'place'),
    ('district', 'district', 'place'), ('lake', 'lake', 'place'), ('ocean', 'sea', 'place'), ('castle', 'castle', 'place'),
    ('street', 'street', 'place'), ('harbour', 'harbour', 'place'), ('harbor', 'harbour', 'place'),
    ('station', 'station', 'place'), ('base', 'base', 'place'), ('moon', 'moon', 'place')
) AS m (type_key, canonical, family)
ON CONFLICT (kind, type_key) DO UPDATE SET canonical = EXCLUDED.canonical, family = EXCLUDED.family;

-- The kinds of items that a routing procedure knows; items of any other kind are kept as assertions and go no further.
CREATE TABLE kb.item_kind (
    item_kind    text COLLATE "C" NOT NULL,
    description  text NOT NULL,
    CONSTRAINT pk_item_kind PRIMARY KEY (item_kind)
);
INSERT INTO kb.item_kind (item_kind, description) VALUES
    ('entity', 'a named thing'), ('relationship', 'what one named thing has to do with another'),
    ('event', 'something that happened, with those who took part'), ('work', 'a creative work, with who appears in it'),
    ('location', 'a place'), ('period', 'a stretch of time that has a name'), ('concept', 'an idea'),
    ('tag', 'a keyword for a page or an entity'), ('fact', 'an attribute and its value'),
    ('page_classification', 'what a page is about');

-- An assertion of a page has no subject; one about an entity, with evidence from many pages, names it by its natural key.
-- Rows that were loaded with SQL have neither job nor run.
ALTER TABLE kb.assertion
    ADD COLUMN subject_key text COLLATE "C" NOT NULL DEFAULT '' CHECK (octet_length(subject_key) <= 1500),
    ALTER COLUMN run_id DROP NOT NULL,
    ALTER COLUMN job_id DROP NOT NULL;
DROP INDEX kb.ux_assertion_live;
CREATE UNIQUE INDEX ux_assertion_live ON kb.assertion
    (source_page_id, job_type, item_kind, char_start, char_end, item_sha256, subject_key) WHERE retracted_at IS NULL;
CREATE INDEX ix_assertion_subject ON kb.assertion (subject_key, job_type) WHERE subject_key <> '' AND retracted_at IS NULL;
ALTER TABLE kb.extraction
    ALTER COLUMN source_page_id DROP NOT NULL,
    ADD COLUMN subject_key text COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE kb.bridge_entity_relation
    ADD COLUMN from_work text,
    ADD COLUMN to_work text,
    ADD COLUMN continuity text;
-- Everything about an entity, whichever end it is.
CREATE INDEX ix_bridge_entity_relation_from ON kb.bridge_entity_relation (from_entity_id, relation_key) WHERE retracted_at IS NULL;

CREATE TABLE kb.fact_attribute (
    fact_attribute_id  bigint        GENERATED ALWAYS AS IDENTITY,
    entity_id          bigint        NOT NULL,
    attribute_key      text          COLLATE "C" NOT NULL,
    attribute          text          NOT NULL,
    value_key          text          COLLATE "C" NOT NULL,
    value              text          NOT NULL,
    unit_key           text          COLLATE "C" NOT NULL DEFAULT '',
    unit               text,
    start_key          text          COLLATE "C" NOT NULL DEFAULT '',
    end_key            text          COLLATE "C" NOT NULL DEFAULT '',
    from_work_key      text          COLLATE "C" NOT NULL DEFAULT '',
    to_work_key        text          COLLATE "C" NOT NULL DEFAULT '',
    continuity_key     text          COLLATE "C" NOT NULL DEFAULT '',
    value_earliest     date,
    value_latest       date,
    value_precision    text,
    start_text         text,
    start_earliest     date,
    start_latest       date,
    start_precision    text,
    end_text           text,
    end_earliest       date,
    end_latest         date,
    end_precision      text,
    from_work          text,
    to_work            text,
    continuity         text,
    confidence         numeric(5, 4) NOT NULL DEFAULT 0,
    observation_count  integer       NOT NULL DEFAULT 0,
    promotion_state    text          COLLATE "C" NOT NULL DEFAULT 'staged'
        CHECK (promotion_state IN ('staged', 'candidate', 'promoted', 'adjudicated', 'suppressed', 'merged')),
    needs_review       boolean       NOT NULL DEFAULT false,
    created_at         timestamptz   NOT NULL,
    updated_at         timestamptz   NOT NULL,
    retracted_at       timestamptz,
    CONSTRAINT pk_fact_attribute PRIMARY KEY (fact_attribute_id),
    CONSTRAINT ux_fact_attribute_key UNIQUE
        (entity_id, attribute_key, value_key, unit_key, start_key, end_key, from_work_key, to_work_key, continuity_key),
    CONSTRAINT fk_fact_attribute_entity FOREIGN KEY (entity_id) REFERENCES kb.dim_entity (entity_id)
);
CREATE INDEX ix_fact_attribute_attribute ON kb.fact_attribute (attribute_key, value_key) WHERE retracted_at IS NULL;
CREATE INDEX ix_fact_attribute_review ON kb.fact_attribute (updated_at) WHERE needs_review AND retracted_at IS NULL;

CREATE TABLE kb.dim_event (
    event_id           bigint        NOT NULL,
    event_name         text          NOT NULL,
    event_type         text          NOT NULL,
    description        text,
    start_text         text,
    start_earliest     date,
    start_latest       date,
    start_precision    text,
    end_text           text,
    end_earliest       date,
    end_latest         date,
    end_precision      text,
    location_id        bigint,
    confidence         numeric(5, 4) NOT NULL,
    observation_count  integer       NOT NULL,
    promotion_state    text          COLLATE "C" NOT NULL,
    needs_review       boolean       NOT NULL,
    created_at         timestamptz   NOT NULL,
    updated_at         timestamptz   NOT NULL,
    retracted_at       timestamptz,
    CONSTRAINT pk_dim_event PRIMARY KEY (event_id),
    CONSTRAINT fk_dim_event_entity FOREIGN KEY (event_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_dim_event_location FOREIGN KEY (location_id) REFERENCES kb.dim_entity (entity_id)
);
CREATE INDEX ix_dim_event_start ON kb.dim_event (start_earliest) WHERE retracted_at IS NULL;
CREATE INDEX ix_dim_event_location ON kb.dim_event (location_id) WHERE location_id IS NOT NULL;

CREATE TABLE kb.dim_work (
    work_id            bigint        NOT NULL,
    work_name          text          NOT NULL,
    work_type          text          NOT NULL,
    description        text,
    release_text       text,
    release_earliest   date,
    release_latest     date,
    release_precision  text,
    canon_status       text,
    confidence         numeric(5, 4) NOT NULL,
    observation_count  integer       NOT NULL,
    promotion_state    text          COLLATE "C" NOT NULL,
    needs_review       boolean       NOT NULL,
    created_at         timestamptz   NOT NULL,
    updated_at         timestamptz   NOT NULL,
    retracted_at       timestamptz,
    CONSTRAINT pk_dim_work PRIMARY KEY (work_id),
    CONSTRAINT fk_dim_work_entity FOREIGN KEY (work_id) REFERENCES kb.dim_entity (entity_id)
);

CREATE TABLE kb.dim_location (
    location_id         bigint        NOT NULL,
    location_name       text          NOT NULL,
    location_type       text          NOT NULL,
    description         text,
    parent_location_id  bigint,
    confidence          numeric(5, 4) NOT NULL,
    observation_count   integer       NOT NULL,
    promotion_state     text          COLLATE "C" NOT NULL,
    needs_review        boolean       NOT NULL,
    created_at          timestamptz   NOT NULL,
    updated_at          timestamptz   NOT NULL,
    retracted_at        timestamptz,
    CONSTRAINT pk_dim_location PRIMARY KEY (location_id),
    CONSTRAINT fk_dim_location_entity FOREIGN KEY (location_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_dim_location_parent FOREIGN KEY (parent_location_id) REFERENCES kb.dim_entity (entity_id)
);
CREATE INDEX ix_dim_location_parent ON kb.dim_location (parent_location_id) WHERE parent_location_id IS NOT NULL;

CREATE TABLE kb.dim_period (
    period_id          bigint        NOT NULL,
    period_name        text          NOT NULL,
    period_type        text          NOT NULL,
    description        text,
    start_text         text,
    start_earliest     date,
    start_latest       date,
    start_precision    text,
    end_text           text,
    end_earliest       date,
    end_latest         date,
    end_precision      text,
    confidence         numeric(5, 4) NOT NULL,
    observation_count  integer       NOT NULL,
    promotion_state    text          COLLATE "C" NOT NULL,
    needs_review       boolean       NOT NULL,
    created_at         timestamptz   NOT NULL,
    updated_at         timestamptz   NOT NULL,
    retracted_at       timestamptz,
    CONSTRAINT pk_dim_period PRIMARY KEY (period_id),
    CONSTRAINT fk_dim_period_entity FOREIGN KEY (period_id) REFERENCES kb.dim_entity (entity_id)
);

CREATE TABLE kb.dim_concept (
    concept_id         bigint        NOT NULL,
    concept_name       text          NOT NULL,
    concept_type       text          NOT NULL,
    description        text,
    confidence         numeric(5, 4) NOT NULL,
    observation_count  integer       NOT NULL,
    promotion_state    text          COLLATE "C" NOT NULL,
    needs_review       boolean       NOT NULL,
    created_at         timestamptz   NOT NULL,
    updated_at         timestamptz   NOT NULL,
    retracted_at       timestamptz,
    CONSTRAINT pk_dim_concept PRIMARY KEY (concept_id),
    CONSTRAINT fk_dim_concept_entity FOREIGN KEY (concept_id) REFERENCES kb.dim_entity (entity_id)
);

CREATE TABLE kb.dim_tag (
    tag_id             bigint        NOT NULL,
    tag_name           text          NOT NULL,
    confidence         numeric(5, 4) NOT NULL,
    observation_count  integer       NOT NULL,
    promotion_state    text          COLLATE "C" NOT NULL,
    needs_review       boolean       NOT NULL,
    created_at         timestamptz   NOT NULL,
    updated_at         timestamptz   NOT NULL,
    retracted_at       timestamptz,
    CONSTRAINT pk_dim_tag PRIMARY KEY (tag_id),
    CONSTRAINT fk_dim_tag_entity FOREIGN KEY (tag_id) REFERENCES kb.dim_entity (entity_id)
);

-- Decisions of people (and of the audit, which a person's outrank). Of a row's decisions that were not undone the last
-- counts; its changes hold those of the ones before.
CREATE TABLE kb.adjudication (
    adjudication_id  bigint      GENERATED ALWAYS AS IDENTITY,
    kind             text        COLLATE "C" NOT NULL CHECK (kind IN ('entity', 'relation', 'fact', 'page_classification')),
    target_id        bigint      NOT NULL,
    decision         text        COLLATE "C" NOT NULL CHECK (decision IN ('approve', 'reject', 'override')),
    decided_by       text        NOT NULL CHECK (decided_by <> ''),
    decided_as       text        COLLATE "C" NOT NULL DEFAULT 'person' CHECK (decided_as IN ('audit', 'person')),
    reason           text,
    changes          jsonb       NOT NULL DEFAULT '{}',
    before           jsonb       NOT NULL,
    after            jsonb       NOT NULL,
    session_user_name text       NOT NULL DEFAULT session_user,
    decided_at       timestamptz NOT NULL,
    undone_at        timestamptz,
    undone_by        text,
    CONSTRAINT pk_adjudication PRIMARY KEY (adjudication_id)
);
CREATE INDEX ix_adjudication_target ON kb.adjudication (kind, target_id, adjudication_id) WHERE undone_at IS NULL;

-- What was decided about two entities. merge: entity_id is the duplicate, other_entity_id what it was found to be.
-- split: other_entity_id is the entity that the pages in kb.identity_split_page speak of instead of entity_id.
-- distinct, relate, suppress: remembered, so that the pair is not asked about again.
CREATE TABLE kb.identity_decision (
    identity_decision_id  bigint        GENERATED ALWAYS AS IDENTITY,
    kind                  text          COLLATE "C" NOT NULL CHECK (kind IN ('merge', 'split', 'distinct', 'relate', 'suppress')),
    entity_id             bigint        NOT NULL,
    other_entity_id       bigint        NOT NULL,
    relation_type         text,
    confidence            numeric(5, 4),
    decided_by            text          NOT NULL CHECK (decided_by <> ''),
    decided_as            text          COLLATE "C" NOT NULL CHECK (decided_as IN ('rule', 'audit', 'person')),
    reason                text,
    run_id                uuid,
    adjudication_id       bigint,
    assertion_id          bigint,
    session_user_name     text          NOT NULL DEFAULT session_user,
    decided_at            timestamptz   NOT NULL,
    undone_at             timestamptz,
    undone_by             text,
    CONSTRAINT pk_identity_decision PRIMARY KEY (identity_decision_id),
    CONSTRAINT ck_identity_decision_pair CHECK (entity_id <> other_entity_id),
    CONSTRAINT fk_identity_decision_entity FOREIGN KEY (entity_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_identity_decision_other FOREIGN KEY (other_entity_id) REFERENCES kb.dim_entity (entity_id)
);
-- An entity is one other entity at most.
CREATE UNIQUE INDEX ux_identity_decision_merge ON kb.identity_decision (entity_id) WHERE kind = 'merge' AND undone_at IS NULL;
CREATE INDEX ix_identity_decision_other ON kb.identity_decision (other_entity_id) WHERE undone_at IS NULL;
CREATE INDEX ix_identity_decision_entity ON kb.identity_decision (entity_id, kind) WHERE undone_at IS NULL;
CREATE INDEX ix_dim_entity_merged ON kb.dim_entity (merged_into_entity_id) WHERE merged_into_entity_id IS NOT NULL;

CREATE TABLE kb.identity_split_page (
    identity_decision_id  bigint NOT NULL,
    source_system         text   COLLATE "C" NOT NULL,
    external_id           text   COLLATE "C" NOT NULL,
    CONSTRAINT pk_identity_split_page PRIMARY KEY (identity_decision_id, source_system, external_id),
    CONSTRAINT fk_identity_split_page_decision FOREIGN KEY (identity_decision_id)
        REFERENCES kb.identity_decision (identity_decision_id)
);

-- Pairs that the dedupe audit found; first_entity_id < second_entity_id.
CREATE TABLE kb.identity_candidate (
    identity_candidate_id  bigint        GENERATED ALWAYS AS IDENTITY,
    first_entity_id        bigint        NOT NULL,
    second_entity_id       bigint        NOT NULL,
    score                  numeric(5, 4) NOT NULL,
    strength               text          COLLATE "C" NOT NULL,
    reasons                jsonb         NOT NULL,
    status                 text          COLLATE "C" NOT NULL DEFAULT 'open'
        CHECK (status IN ('open', 'asked', 'review', 'decided')),
    proposal               jsonb,
    job_id                 bigint,
    found_at               timestamptz   NOT NULL,
    updated_at             timestamptz   NOT NULL,
    CONSTRAINT pk_identity_candidate PRIMARY KEY (identity_candidate_id),
    CONSTRAINT ux_identity_candidate_pair UNIQUE (first_entity_id, second_entity_id),
    CONSTRAINT ck_identity_candidate_order CHECK (first_entity_id < second_entity_id),
    CONSTRAINT fk_identity_candidate_first FOREIGN KEY (first_entity_id) REFERENCES kb.dim_entity (entity_id),
    CONSTRAINT fk_identity_candidate_second FOREIGN KEY (second_entity_id) REFERENCES kb.dim_entity (entity_id)
);
CREATE INDEX ix_identity_candidate_status ON kb.identity_candidate (status, score DESC);

ALTER TABLE kb.stage_item ADD COLUMN source_page_id bigint NOT NULL DEFAULT 0;
ALTER TABLE kb.stage_mention
    ADD COLUMN dimension text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN disambiguator text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN is_new boolean NOT NULL DEFAULT false;

-- One row for every bridge that a changed assertion supports: its natural key and all that it says about it. Those of
-- unchanged assertions are added for the bridges that are computed afresh.
DROP TABLE kb.stage_relation;
CREATE UNLOGGED TABLE kb.stage_relation (
    run_id              uuid          NOT NULL,
    assertion_id        bigint        NOT NULL,
    entity_relation_id  bigint,
    from_entity_id      bigint        NOT NULL,
    to_entity_id        bigint        NOT NULL,
    relation_key        text          COLLATE "C" NOT NULL,
    start_key           text          COLLATE "C" NOT NULL,
    end_key             text          COLLATE "C" NOT NULL,
    from_work_key       text          COLLATE "C" NOT NULL,
    to_work_key         text          COLLATE "C" NOT NULL,
    continuity_key      text          COLLATE "C" NOT NULL,
    relation_type       text          NOT NULL,
    start_text          text,
    start_earliest      date,
    start_latest        date,
    start_precision     text,
    end_text            text,
    end_earliest        date,
    end_latest          date,
    end_precision       text,
    from_work           text,
    to_work             text,
    continuity          text,
    confidence          numeric(5, 4) NOT NULL,
    state_rank          integer       NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_relation_run ON kb.stage_relation (run_id, entity_relation_id);

CREATE UNLOGGED TABLE kb.stage_fact (
    run_id             uuid          NOT NULL,
    assertion_id       bigint        NOT NULL,
    fact_attribute_id  bigint,
    entity_id          bigint        NOT NULL,
    attribute_key      text          COLLATE "C" NOT NULL,
    value_key          text          COLLATE "C" NOT NULL,
    unit_key           text          COLLATE "C" NOT NULL,
    start_key          text          COLLATE "C" NOT NULL,
    end_key            text          COLLATE "C" NOT NULL,
    from_work_key      text          COLLATE "C" NOT NULL,
    to_work_key        text          COLLATE "C" NOT NULL,
    continuity_key     text          COLLATE "C" NOT NULL,
    attribute          text          NOT NULL,
    value              text          NOT NULL,
    unit               text,
    value_earliest     date,
    value_latest       date,
    value_precision    text,
    start_text         text,
    start_earliest     date,
    start_latest       date,
    start_precision    text,
    end_text           text,
    end_earliest       date,
    end_latest         date,
    end_precision      text,
    from_work          text,
    to_work            text,
    continuity         text,
    confidence         numeric(5, 4) NOT NULL,
    state_rank         integer       NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_fact_run ON kb.stage_fact (run_id, fact_attribute_id);

-- The entities whose dimension rows are looked at again.
CREATE UNLOGGED TABLE kb.stage_dimension (
    run_id     uuid   NOT NULL,
    entity_id  bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_dimension_run ON kb.stage_dimension (run_id, entity_id);

-- A resolution may name an entity that the same transaction inserts with its final values, later.
ALTER TABLE kb.resolution ALTER CONSTRAINT fk_resolution_entity DEFERRABLE INITIALLY DEFERRED;

-- Changed signatures.
DROP FUNCTION IF EXISTS kb.fn_mentions(text, jsonb, jsonb);
DROP FUNCTION IF EXISTS kb.usp_begin_routing(bigint, uuid, jsonb, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_sync_assertions(bigint, uuid, bigint, text, jsonb, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_rebuild(uuid, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_rebuild_relations(uuid, timestamptz);
DROP FUNCTION IF EXISTS kb.usp_write_resolutions(uuid, timestamptz);
