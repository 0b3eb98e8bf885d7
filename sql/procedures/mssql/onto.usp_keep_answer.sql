-- Purpose:     keep the answer that counts now for an item; internal, a step of routing.
-- Parameters:  @ontology_id, @job_type, @subject_key as onto.usp_begin_routing returned them; @payload {contract, version,
--              input_sha256, model, answer}; without answer an empty one is kept, where the derived tables hold all of it;
--              @run_id; @now UTC.
-- Returns:     whether the answer is another one than before.
-- Errors:      INVALID_PAYLOAD.
-- Idempotency: the same answer to the same input changes nothing.
CREATE OR ALTER PROCEDURE onto.usp_keep_answer
    @ontology_id bigint, @job_type nvarchar(100), @subject_key nvarchar(4000), @payload nvarchar(max), @run_id uniqueidentifier,
    @now datetime2(3), @result bit = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @input_sha256 nvarchar(max), @contract nvarchar(200), @version nvarchar(50), @model nvarchar(200),
        @answer nvarchar(max) = N'{}', @kind int = 5, @before nvarchar(max), @is_there bit = 0,
        @hash binary(32) = CONVERT(binary(32), HASHBYTES('SHA2_256', @subject_key));
    SELECT @input_sha256 = p.input_sha256, @contract = p.contract, @version = p.version, @model = p.model
    FROM OPENJSON(@payload) WITH (
        input_sha256 nvarchar(max) '$.input_sha256', contract nvarchar(200) '$.contract', version nvarchar(50) '$.version',
        model nvarchar(200) '$.model') AS p;
    SELECT @answer = p.[value], @kind = p.[type] FROM OPENJSON(@payload) AS p WHERE p.[key] = N'answer';
    IF @input_sha256 IS NULL OR LEN(@input_sha256) <> 64 OR @input_sha256 COLLATE Latin1_General_100_BIN2 LIKE N'%[^0-9a-f]%'
        OR @kind <> 5
        THROW 50004, N'INVALID_PAYLOAD: the payload has no input_sha256, or an answer that is no json object', 1;
    -- In one form, so that the same answer is the same text.
    SET @answer = llm.fn_json_text(@answer);
    SELECT @before = a.answer, @is_there = 1
    FROM onto.answer AS a WITH (UPDLOCK, ROWLOCK)
    WHERE a.ontology_id = @ontology_id AND a.job_type = @job_type AND a.subject_key_sha256 = @hash;
    IF @is_there = 1
        UPDATE a
        SET input_sha256 = @input_sha256, contract_name = @contract, contract_version = @version, model = @model, answer = @answer,
            run_id = @run_id, answered_at = @now
        FROM onto.answer AS a
        WHERE a.ontology_id = @ontology_id AND a.job_type = @job_type AND a.subject_key_sha256 = @hash
          AND NOT EXISTS (
              SELECT a.input_sha256, a.contract_name, a.contract_version, a.model, a.answer
              INTERSECT
              SELECT @input_sha256, @contract, @version, @model, @answer);
    ELSE
        INSERT INTO onto.answer (ontology_id, job_type, subject_key, input_sha256, contract_name, contract_version, model, answer,
            run_id, answered_at)
        VALUES (@ontology_id, @job_type, @subject_key, @input_sha256, @contract, @version, @model, @answer, @run_id, @now);
    SET @result = IIF(@is_there = 1 AND @before = @answer COLLATE Latin1_General_100_BIN2, 0, 1);
END;
