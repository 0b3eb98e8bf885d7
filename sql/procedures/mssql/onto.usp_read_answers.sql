-- Purpose:     what the answers on record were given to: plans compare it with what they would ask now.
-- Parameters:  @ontology_id; @job_types json array.
-- Returns:     job_type, subject_key, input_sha256, in this order.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER PROCEDURE onto.usp_read_answers @ontology_id bigint, @job_types nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SELECT a.job_type, a.subject_key, a.input_sha256
    FROM onto.answer AS a
    WHERE a.ontology_id = @ontology_id
      AND a.job_type IN (
          SELECT CONVERT(nvarchar(100), t.[value]) COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@job_types) AS t)
    ORDER BY a.job_type, a.subject_key;
END;
