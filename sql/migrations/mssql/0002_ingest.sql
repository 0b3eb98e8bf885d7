-- Pages as they were ingested, version by version, and the chunks that were sent to a model.

IF SCHEMA_ID(N'ingest') IS NULL EXEC (N'CREATE SCHEMA ingest AUTHORIZATION dbo;');
GO

CREATE TABLE ingest.source_page (
    source_page_id  bigint         IDENTITY(1, 1) NOT NULL,
    source_system   nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    external_id     nvarchar(1600) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_source_page_external_id CHECK (external_id <> N''),
    version         int            NOT NULL CONSTRAINT ck_source_page_version CHECK (version >= 1),
    title           nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    content_type    nvarchar(200)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    content         nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    content_sha256  nvarchar(64)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_source_page_content_sha256 CHECK (LEN(content_sha256) = 64),
    metadata        nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_source_page_metadata DEFAULT N'{}'
        CONSTRAINT ck_source_page_metadata CHECK (ISJSON(metadata) = 1),
    ingested_at     datetime2(3)   NOT NULL,
    superseded_at   datetime2(3)   NULL,
    external_id_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', external_id)) PERSISTED NOT NULL,
    CONSTRAINT pk_source_page PRIMARY KEY (source_page_id),
    CONSTRAINT ux_source_page_version UNIQUE (source_system, external_id_sha256, version)
);
GO
CREATE UNIQUE INDEX ux_source_page_current ON ingest.source_page (source_system, external_id_sha256)
    WHERE superseded_at IS NULL;
CREATE INDEX ix_source_page_ingested ON ingest.source_page (ingested_at);

-- char_start and char_end count UTF-16 code units, as JavaScript and SQL Server do.
CREATE TABLE ingest.chunk (
    source_page_id  bigint        NOT NULL,
    policy_sha256   nvarchar(64)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    chunk_index     int           NOT NULL,
    char_start      int           NOT NULL CONSTRAINT ck_chunk_char_start CHECK (char_start >= 0),
    char_end        int           NOT NULL,
    token_count     int           NOT NULL,
    content         nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    content_sha256  nvarchar(64)  COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_chunk PRIMARY KEY (source_page_id, policy_sha256, chunk_index),
    CONSTRAINT fk_chunk_source_page FOREIGN KEY (source_page_id) REFERENCES ingest.source_page (source_page_id),
    CONSTRAINT ck_chunk_range CHECK (char_end > char_start)
);
GO
