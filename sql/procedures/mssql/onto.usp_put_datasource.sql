-- Purpose:     make or change a datasource.
-- Parameters:  @name [a-z][a-z0-9_-]*, at most 63; @engine postgres or mssql; @url_env the name of an environment
--              variable that holds the URL, or @url_file the path of a file that does: one of them, never the URL itself;
--              @options json object of {statement_timeout_ms, include_schemas, exclude_schemas, include_tables,
--              exclude_tables, sensitive_columns: lists of patterns with * and ?; row_limit: tables of more rows are sampled;
--              sample_rows; accept_writing_login: whether a login of SQL Server that may write will do}; @now UTC.
-- Returns:     created.
-- Errors:      INVALID_PAYLOAD; INVALID_STATE for another engine than its ontology has.
-- Idempotency: yes.
CREATE OR ALTER PROCEDURE onto.usp_put_datasource
    @name nvarchar(4000), @engine nvarchar(40), @url_env nvarchar(4000) = NULL, @url_file nvarchar(4000) = NULL,
    @options nvarchar(max) = NULL, @now datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @at datetime2(3) = COALESCE(@now, SYSUTCDATETIME()), @fault nvarchar(max), @created bit = 0, @message nvarchar(2048);
    BEGIN TRY
        IF @name IS NULL OR DATALENGTH(@name) > 126 OR @name COLLATE Latin1_General_100_BIN2 NOT LIKE N'[a-z]%'
            OR @name COLLATE Latin1_General_100_BIN2 LIKE N'%[^-a-z0-9_]%'
            THROW 50004, N'INVALID_PAYLOAD: a datasource is named in lower case letters, digits, _ and -, at most 63', 1;
        IF COALESCE(@engine, N'') COLLATE Latin1_General_100_BIN2 NOT IN (N'postgres', N'mssql')
            THROW 50004, N'INVALID_PAYLOAD: the engine of a datasource is postgres or mssql', 1;
        -- The values are not repeated: somebody may have given the URL itself.
        IF IIF(@url_env IS NULL, 0, 1) + IIF(@url_file IS NULL, 0, 1) <> 1
            OR @url_env COLLATE Latin1_General_100_BIN2 NOT LIKE N'[A-Za-z_]%'
            OR @url_env COLLATE Latin1_General_100_BIN2 LIKE N'%[^A-Za-z0-9_]%'
            OR @url_file COLLATE Latin1_General_100_BIN2 = N'' OR @url_file COLLATE Latin1_General_100_BIN2 LIKE N'%://%'
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: a datasource has the name of an environment variable or the path of a file that holds its URL',
                NCHAR(10), N'HINT: The URL itself is never stored.');
            THROW 50004, @message, 1;
        END;
        SET @options = TRIM(NCHAR(9) + NCHAR(10) + NCHAR(13) + N' ' FROM @options);
        IF @options IS NOT NULL AND NOT (ISJSON(@options) = 1 AND LEFT(@options, 1) = N'{')
            THROW 50004, N'INVALID_PAYLOAD: the options of a datasource are a json object', 1;
        SET @fault = onto.fn_datasource_fault(COALESCE(@options, N'{}'));
        IF @fault IS NOT NULL
        BEGIN
            SET @message = CONCAT(N'INVALID_PAYLOAD: the options of a datasource: ', @fault);
            THROW 50004, @message, 1;
        END;
        BEGIN TRANSACTION;
        IF EXISTS (SELECT 1 FROM onto.ontology AS o WHERE o.datasource = @name AND o.engine <> @engine)
        BEGIN
            SET @message = CONCAT(N'INVALID_STATE: the datasource ', @name, N' has an ontology of another engine', NCHAR(10),
                N'HINT: Make another datasource, or delete the ontology first.');
            THROW 50010, @message, 1;
        END;
        UPDATE onto.datasource WITH (UPDLOCK, HOLDLOCK)
        SET engine = @engine, url_env = @url_env, url_file = @url_file, options = COALESCE(@options, N'{}'), updated_at = @at,
            updated_by = ORIGINAL_LOGIN()
        WHERE name = @name;
        IF @@ROWCOUNT = 0
        BEGIN
            INSERT INTO onto.datasource (name, engine, url_env, url_file, options, created_at, created_by, updated_at, updated_by)
            VALUES (@name, @engine, @url_env, @url_file, COALESCE(@options, N'{}'), @at, ORIGINAL_LOGIN(), @at, ORIGINAL_LOGIN());
            SET @created = 1;
        END;
        COMMIT TRANSACTION;
        SELECT @created AS created;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;
END;
