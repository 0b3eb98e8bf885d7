-- Purpose:     bytes in hexadecimal; internal. SQL Server alone: PostgreSQL has encode and to_hex.
-- Parameters:  @bytes, 32 at most.
-- Returns:     two digits a byte, in lower case; null for null.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION llm.fn_hex (@bytes varbinary(32))
RETURNS nvarchar(64)
AS
BEGIN
    RETURN (
        SELECT STRING_AGG(CONCAT(
                SUBSTRING(N'0123456789abcdef', CONVERT(int, SUBSTRING(@bytes, v.place, 1)) / 16 + 1, 1),
                SUBSTRING(N'0123456789abcdef', CONVERT(int, SUBSTRING(@bytes, v.place, 1)) % 16 + 1, 1)), N'')
            WITHIN GROUP (ORDER BY v.place)
        FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15), (16), (17), (18), (19), (20),
            (21), (22), (23), (24), (25), (26), (27), (28), (29), (30), (31), (32)) AS v (place)
        WHERE v.place <= DATALENGTH(@bytes));
END;
