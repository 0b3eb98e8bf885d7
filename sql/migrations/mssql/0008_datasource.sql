-- Where pages and tables come from, and where old pages go.

IF SCHEMA_ID(N'onto') IS NULL EXEC (N'CREATE SCHEMA onto AUTHORIZATION dbo;');
GO

-- It is in the schema onto from the beginning, where a later migration of PostgreSQL moves it.
-- A datasource is a reference: an environment variable or a file of the machine that connects holds the URL, so no
-- password is ever in this database.
CREATE TABLE onto.datasource (
    name        nvarchar(63)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_datasource_name CHECK (name LIKE N'[a-z]%' AND name NOT LIKE N'%[^-a-z0-9_]%'),
    engine      nvarchar(40)   COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT ck_datasource_engine CHECK (engine IN (N'postgres', N'mssql')),
    url_env     nvarchar(256)  COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_datasource_url_env CHECK (url_env LIKE N'[A-Za-z_]%' AND url_env NOT LIKE N'%[^A-Za-z0-9_]%'),
    url_file    nvarchar(1000) COLLATE Latin1_General_100_BIN2 NULL
        CONSTRAINT ck_datasource_url_file CHECK (url_file <> N'' AND url_file NOT LIKE N'%://%'),
    options     nvarchar(max)  COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT df_datasource_options DEFAULT N'{}'
        CONSTRAINT ck_datasource_options CHECK (ISJSON(options) = 1 AND LEFT(LTRIM(options), 1) = N'{'),
    created_at  datetime2(3)   NOT NULL,
    created_by  nvarchar(256)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_datasource_created_by DEFAULT ORIGINAL_LOGIN(),
    updated_at  datetime2(3)   NOT NULL,
    updated_by  nvarchar(256)  COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT df_datasource_updated_by DEFAULT ORIGINAL_LOGIN(),
    CONSTRAINT pk_datasource PRIMARY KEY (name),
    CONSTRAINT ck_datasource_reference CHECK (
        (url_env IS NULL AND url_file IS NOT NULL) OR (url_env IS NOT NULL AND url_file IS NULL))
);
GO

-- The text of superseded page versions that nothing live rests on; the version's row stays, with an empty content.
CREATE TABLE ingest.page_archive (
    source_page_id  bigint        NOT NULL,
    content         nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    archived_at     datetime2(3)  NOT NULL,
    CONSTRAINT pk_page_archive PRIMARY KEY (source_page_id),
    CONSTRAINT fk_page_archive_source_page FOREIGN KEY (source_page_id)
        REFERENCES ingest.source_page (source_page_id) ON DELETE CASCADE
);
GO
CREATE INDEX ix_page_archive_archived ON ingest.page_archive (archived_at);

ALTER TABLE ingest.source_page ADD archived_at datetime2(3) NULL;
GO
-- Retention walks the superseded versions, oldest first.
CREATE INDEX ix_source_page_superseded ON ingest.source_page (superseded_at)
    WHERE superseded_at IS NOT NULL AND archived_at IS NULL;
