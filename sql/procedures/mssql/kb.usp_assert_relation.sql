-- Purpose:     write what a decision says of two entities as an assertion on the page of who decided; internal.
-- Parameters:  @identity_decision_id of a decision to relate; @now UTC.
-- Returns:     @result: assertion_id.
-- Errors:      none.
-- Idempotency: the caller has just made the decision. Nobody routes meanwhile: the caller holds the lock.
-- Both documents are written as PostgreSQL shows its jsonb, so that their hash is the same there and rows come in one order.
CREATE OR ALTER PROCEDURE kb.usp_assert_relation @identity_decision_id bigint, @now datetime2(3), @result bigint = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @run_id uniqueidentifier = NEWID(), @page_id bigint, @payload nvarchar(max), @keys nvarchar(max), @sha256 nvarchar(64),
        @entity_id bigint, @other_entity_id bigint, @relation_type nvarchar(max), @decided_by nvarchar(256),
        @confidence decimal(5, 4), @relation_key nvarchar(max);
    SELECT @entity_id = d.entity_id, @other_entity_id = d.other_entity_id, @relation_type = d.relation_type,
        @decided_by = d.decided_by, @confidence = d.confidence
    FROM kb.identity_decision AS d
    WHERE d.identity_decision_id = @identity_decision_id;
    EXEC kb.usp_put_loaded_page @loaded_by = @decided_by, @now = @now, @result = @page_id OUTPUT;
    SET @relation_key = kb.fn_bounded_key(
        COALESCE(NULLIF(kb.fn_loaded_key(@relation_type, N'type', NULL) COLLATE Latin1_General_100_BIN2, N''),
            LOWER(TRIM(@relation_type))), 300);
    SELECT @payload = CONCAT(N'{"to_entity": ', llm.fn_json_string(t.entity_name), N', "from_entity": ', llm.fn_json_string(f.entity_name),
            N', "relation_type": ', llm.fn_json_string(@relation_type), N'}'),
        @keys = CONCAT(N'{"to_entity": [', llm.fn_json_string(t.name_key), N', ', llm.fn_json_string(t.type_family), N', ',
            llm.fn_json_string(t.disambiguator), N'], "from_entity": [', llm.fn_json_string(f.name_key), N', ',
            llm.fn_json_string(f.type_family), N', ', llm.fn_json_string(f.disambiguator), N'], "relation_type_key": ',
            COALESCE(llm.fn_json_string(@relation_key), N'null'), N'}')
    FROM kb.dim_entity AS f
    JOIN kb.dim_entity AS t ON t.entity_id = @other_entity_id
    WHERE f.entity_id = @entity_id;
    -- Of more than 120 bytes the bounded key ends with the sha256 of all of it.
    SET @sha256 = RIGHT(kb.fn_bounded_key(@payload + @keys, 120), 64);

    -- The same may have been decided, and taken back, before.
    SET @result = NEXT VALUE FOR kb.assertion_assertion_id_seq;
    INSERT INTO kb.assertion (assertion_id, source_page_id, job_type, item_kind, item_index, chunk_index, item_sha256, payload, keys,
        char_start, char_end, quote, grounding, is_weak, confidence, contract_name, contract_version, model, created_at)
    VALUES (@result, @page_id, N'loaded', N'decided_relation', 0, 0, @sha256, @payload, @keys, 0, 0, N'', N'loaded', 0,
        COALESCE(@confidence, 1), N'loaded', N'1.0.0', @decided_by, @now);
    UPDATE kb.identity_decision SET assertion_id = @result WHERE identity_decision_id = @identity_decision_id;
    INSERT INTO kb.stage_change (run_id, assertion_id, item_kind, change) VALUES (@run_id, @result, N'decided_relation', 1);
    EXEC kb.usp_rebuild @run_id = @run_id, @now = @now;
END;
