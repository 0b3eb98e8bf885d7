-- Purpose:     what the answers on record say: material for items that build on earlier ones.
-- Parameters:  @ontology_id; @job_types json array; @table_key null for all, else those about this table and its columns.
-- Returns:     job_type, subject_key, answer, in the order of the first two.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_answer_documents
    @ontology_id bigint, @job_types nvarchar(max), @table_key nvarchar(4000) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    IF @table_key IS NULL
        SELECT a.job_type, a.subject_key, a.answer
        FROM onto.answer AS a
        WHERE a.ontology_id = @ontology_id
          AND a.job_type IN (
              SELECT CONVERT(nvarchar(100), t.[value]) COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@job_types) AS t)
        ORDER BY a.job_type, a.subject_key;
    ELSE
        -- By the hashes of the keys that there are, of columns that are gone too: the keys themselves have no index. Each is
        -- looked up with each job type: the answers about other tables are not read.
        SELECT a.job_type, a.subject_key, a.answer
        FROM (
            SELECT DISTINCT CONVERT(nvarchar(100), t.[value]) COLLATE Latin1_General_100_BIN2 AS job_type
            FROM OPENJSON(@job_types) AS t
        ) AS n
        CROSS JOIN (
            SELECT CONVERT(nvarchar(4000), @table_key) COLLATE Latin1_General_100_BIN2 AS subject_key
            UNION
            SELECT CONCAT(t.table_key, N'.', c.column_key)
            FROM onto.schema_table AS t
            JOIN onto.schema_column AS c ON c.schema_table_id = t.schema_table_id
            WHERE t.ontology_id = @ontology_id AND t.table_key = @table_key
        ) AS k
        JOIN onto.answer AS a
            ON a.ontology_id = @ontology_id AND a.job_type = n.job_type
                AND a.subject_key_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', k.subject_key))
        ORDER BY a.job_type, a.subject_key
        OPTION (LOOP JOIN);
END;
