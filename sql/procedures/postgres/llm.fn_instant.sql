-- Purpose:     the instant that a text names in the words of ISO 8601; internal. UTC where no offset is said, whatever the
--              session's time zone is.
-- Parameters:  p_text such as 2026-01-31, 2026-01-31T12:00Z or 2026-01-31 12:00:00.25 +01:00; offsets to 14 hours.
-- Returns:     the instant; null for any other text, for a day or a time that does not exist, and beyond the years 1 to 9999.
-- Errors:      none.
-- Idempotency: reads nothing.
CREATE OR REPLACE FUNCTION llm.fn_instant(p_text text)
RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_text !~ ('^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
            || '([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?'
            || '( ?([Zz]|[+-]((0[0-9]|1[0-3])(:?[0-5][0-9])?|14(:?00)?)))?)?$') THEN NULL
        WHEN substr(p_text, 9, 2)::integer > extract(day FROM
            make_date(substr(p_text, 1, 4)::integer, substr(p_text, 6, 2)::integer, 1) + interval '1 month' - interval '1 day')
            THEN NULL
        ELSE (
            SELECT i.instant
            FROM (SELECT CASE WHEN p_text ~ '[Tt ].*([Zz]|[+-][0-9:]+)$' THEN p_text::timestamptz
                              ELSE p_text::timestamp AT TIME ZONE 'UTC' END) AS i (instant)
            WHERE i.instant >= '0001-01-01 00:00:00+00' AND i.instant < '10000-01-01 00:00:00+00')
        END;
$$;
