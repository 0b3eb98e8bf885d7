-- Pages as they were ingested, version by version, and the chunks that were sent to a model.

CREATE SCHEMA ingest;

CREATE TABLE ingest.source_page (
    source_page_id  bigint      GENERATED ALWAYS AS IDENTITY,
    source_system   text        COLLATE "C" NOT NULL,
    external_id     text        COLLATE "C" NOT NULL CHECK (external_id <> '' AND octet_length(external_id) <= 1600),
    version         integer     NOT NULL CHECK (version >= 1),
    title           text        NOT NULL,
    content_type    text        NOT NULL,
    content         text        NOT NULL,
    content_sha256  text        NOT NULL CHECK (length(content_sha256) = 64),
    metadata        jsonb       NOT NULL DEFAULT '{}',
    ingested_at     timestamptz NOT NULL,
    superseded_at   timestamptz,
    CONSTRAINT pk_source_page PRIMARY KEY (source_page_id),
    CONSTRAINT ux_source_page_version UNIQUE (source_system, external_id, version)
);
CREATE UNIQUE INDEX ux_source_page_current ON ingest.source_page (source_system, external_id) WHERE superseded_at IS NULL;
CREATE INDEX ix_source_page_ingested ON ingest.source_page (ingested_at);

-- char_start and char_end count UTF-16 code units, as JavaScript and SQL Server do.
CREATE TABLE ingest.chunk (
    source_page_id  bigint  NOT NULL,
    policy_sha256   text    COLLATE "C" NOT NULL,
    chunk_index     integer NOT NULL,
    char_start      integer NOT NULL CHECK (char_start >= 0),
    char_end        integer NOT NULL,
    token_count     integer NOT NULL,
    content         text    NOT NULL,
    content_sha256  text    NOT NULL,
    CONSTRAINT pk_chunk PRIMARY KEY (source_page_id, policy_sha256, chunk_index),
    CONSTRAINT fk_chunk_source_page FOREIGN KEY (source_page_id) REFERENCES ingest.source_page (source_page_id),
    CONSTRAINT ck_chunk_range CHECK (char_end > char_start)
);
