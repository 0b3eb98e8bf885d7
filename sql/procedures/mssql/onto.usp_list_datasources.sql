-- Purpose:     the datasources, or one of them.
-- Parameters:  @name null for all.
-- Returns:     the rows, by name.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_list_datasources @name nvarchar(4000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT d.name, d.engine, d.url_env, d.url_file, d.options, d.created_at, d.created_by, d.updated_at, d.updated_by
    FROM onto.datasource AS d
    WHERE @name IS NULL OR d.name = @name
    ORDER BY d.name;
END;
