-- Purpose:     the id of a group of failures: those of one code whose messages are equal under llm.fn_error_mask.
-- Parameters:  @error_code; @message.
-- Returns:     twelve hexadecimal digits.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION llm.fn_error_group (@error_code nvarchar(100), @message nvarchar(max))
RETURNS nvarchar(12)
AS
BEGIN
    RETURN LEFT(llm.fn_hex(HASHBYTES('SHA2_256', CONCAT(@error_code, N'|', llm.fn_error_mask(@message)))), 12);
END;
