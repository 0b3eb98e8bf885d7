-- Where pages and tables come from, and where old pages go.

-- A datasource is a reference: an environment variable or a file of the machine that connects holds the URL, so no
-- password is ever in this database.
CREATE TABLE llm.datasource (
    name        text        COLLATE "C" NOT NULL CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
    engine      text        COLLATE "C" NOT NULL CHECK (engine IN ('postgres', 'mssql')),
    url_env     text        CHECK (url_env ~ '^[A-Za-z_][A-Za-z0-9_]*$'),
    url_file    text        CHECK (url_file <> '' AND url_file !~ '://'),
    options     jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options) = 'object'),
    created_at  timestamptz NOT NULL,
    created_by  text        NOT NULL DEFAULT session_user,
    updated_at  timestamptz NOT NULL,
    updated_by  text        NOT NULL DEFAULT session_user,
    CONSTRAINT pk_datasource PRIMARY KEY (name),
    CONSTRAINT ck_datasource_reference CHECK (num_nonnulls(url_env, url_file) = 1)
);

-- The text of superseded page versions that nothing live rests on; the version's row stays, with an empty content.
CREATE TABLE ingest.page_archive (
    source_page_id  bigint      NOT NULL,
    content         text        NOT NULL,
    archived_at     timestamptz NOT NULL,
    CONSTRAINT pk_page_archive PRIMARY KEY (source_page_id),
    CONSTRAINT fk_page_archive_source_page FOREIGN KEY (source_page_id)
        REFERENCES ingest.source_page (source_page_id) ON DELETE CASCADE
);
CREATE INDEX ix_page_archive_archived ON ingest.page_archive (archived_at);

ALTER TABLE ingest.source_page ADD COLUMN archived_at timestamptz;
-- Retention walks the superseded versions, oldest first.
CREATE INDEX ix_source_page_superseded ON ingest.source_page (superseded_at)
    WHERE superseded_at IS NOT NULL AND archived_at IS NULL;
