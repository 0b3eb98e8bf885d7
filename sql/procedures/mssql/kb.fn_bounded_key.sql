-- Purpose:     keep a key below an index limit: a longer one is its first part and its sha256, never a cut.
-- Parameters:  @key; @bytes most bytes of UTF-8 (at least 120).
-- Returns:     the key, the same as on PostgreSQL.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR ALTER FUNCTION kb.fn_bounded_key (@key nvarchar(max), @bytes int)
RETURNS nvarchar(1000)
AS
BEGIN
    DECLARE @units int = LEN((@key + N'.') COLLATE Latin1_General_100_BIN2) - 1, @at int = 1, @code int, @characters int = 0, @first int = 0,
        @rest int, @byte int, @hash binary(32), @hex nvarchar(max) = N'';
    -- No character has more than four bytes.
    IF @key IS NULL OR @units * 4 <= @bytes
        RETURN @key;
    WHILE @at <= @units
    BEGIN
        SET @code = UNICODE(SUBSTRING(@key COLLATE Latin1_General_100_BIN2, @at, 1));
        -- The two halves of a character beyond the basic plane; a server that counts characters has none.
        IF @code BETWEEN 55296 AND 56319 AND @at < @units
        BEGIN
            SET @at += 1;
            SET @code = 65536 + (@code - 55296) * 1024 + UNICODE(SUBSTRING(@key COLLATE Latin1_General_100_BIN2, @at, 1)) - 56320;
        END;
        SET @rest = CASE WHEN @code < 128 THEN 0 WHEN @code < 2048 THEN 1 WHEN @code < 65536 THEN 2 ELSE 3 END;
        SET @byte = CASE @rest WHEN 0 THEN @code WHEN 1 THEN 192 + @code / 64 WHEN 2 THEN 224 + @code / 4096 ELSE 240 + @code / 262144 END;
        WHILE @rest >= 0
        BEGIN
            SET @hex += SUBSTRING(N'0123456789abcdef', @byte / 16 + 1, 1) + SUBSTRING(N'0123456789abcdef', @byte % 16 + 1, 1);
            SET @rest -= 1;
            SET @byte = 128 + CASE @rest WHEN 2 THEN @code / 4096 WHEN 1 THEN @code / 64 ELSE @code END % 64;
        END;
        SET @characters += 1;
        IF @characters = (@bytes - 65) / 4
            SET @first = @at;
        SET @at += 1;
    END;
    IF LEN(@hex) <= @bytes * 2
        RETURN @key;
    SET @hash = HASHBYTES('SHA2_256', CONVERT(varbinary(max), @hex, 2));
    SET @at = 1;
    SET @hex = N'';
    WHILE @at <= 32
    BEGIN
        SET @code = CONVERT(int, SUBSTRING(@hash, @at, 1));
        SET @hex += SUBSTRING(N'0123456789abcdef', @code / 16 + 1, 1) + SUBSTRING(N'0123456789abcdef', @code % 16 + 1, 1);
        SET @at += 1;
    END;
    RETURN LEFT(@key COLLATE Latin1_General_100_BIN2, IIF(@first > 0, @first, @units)) + N':' + @hex;
END;
