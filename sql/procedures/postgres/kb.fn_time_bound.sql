-- Purpose:     read a time as the worker does (src/knowledge/time-bound.ts): ISO 8601 of any precision, X for unknown digits.
-- Parameters:  p_text.
-- Returns:     one row: earliest and latest day it can mean, time_precision 'day', 'month', 'year', 'decade', 'century', or 'text'
--              without days for anything else; nulls where there is no text.
-- Errors:      none.
-- Idempotency: pure.
CREATE OR REPLACE FUNCTION kb.fn_time_bound(p_text text, OUT earliest date, OUT latest date, OUT time_precision text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    c_space     CONSTANT text := '[\u0001-\u0020\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF]+';
    c_invisible CONSTANT text := '[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F'
        '\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]+';
    c_time      CONSTANT text := '^[t ](?:([01][0-9]|2[0-3])(?::?[0-5][0-9](?::?(?:[0-5][0-9]|60)(?:[.,][0-9]+)?)?)?'
        '|24(?::?00(?::?00(?:[.,][0-9]+)?)?)?)(?:z| ?[+\u2212-][0-9]{2}(?::?[0-9]{2})?)?$';
    v_text      text;
    v_parts     text[];
    v_year      integer;
    v_month     text;
    v_day       text;
    v_days      integer;
BEGIN
    IF coalesce(btrim(p_text), '') = '' THEN
        RETURN;
    END IF;
    time_precision := 'text';
    -- 60 UTF-16 units; characters beyond the basic plane are two.
    IF length(p_text) > 60 OR length(p_text) + length(regexp_replace(p_text, '[^\U00010000-\U0010FFFF]', '', 'g')) > 60 THEN
        RETURN;
    END IF;
    v_text := regexp_replace(normalize(regexp_replace(p_text, c_invisible, '', 'g'), NFKC), c_invisible, '', 'g');
    v_text := translate(btrim(regexp_replace(v_text, c_space, ' ', 'g')), 'XTZ', 'xtz');
    v_parts := coalesce(
        regexp_match(v_text, '^(?:\+0{0,2})?([0-9]{4}|[0-9]{3}x|[0-9]{2}xx)(?:-([0-9]{2}|xx)(?:-([0-9]{2}|xx)([t ].+)?)?)?$'),
        regexp_match(v_text, '^([0-9]{4})([0-9]{2})([0-9]{2})(t.+)?$'));
    -- A day in an unknown month says nothing that a year does not.
    IF v_parts IS NULL OR v_parts[4] IS NOT NULL AND (v_parts[3] = 'xx' OR v_parts[4] !~ c_time)
        OR v_parts[2] = 'xx' AND v_parts[3] <> 'xx' THEN
        RETURN;
    END IF;
    v_year := replace(v_parts[1], 'x', '0')::integer;
    v_month := nullif(v_parts[2], 'xx');
    v_day := nullif(v_parts[3], 'xx');
    IF v_year < 1 OR v_parts[1] LIKE '%x' AND v_month IS NOT NULL OR v_month NOT BETWEEN '01' AND '12' THEN
        RETURN;
    END IF;
    IF v_month IS NULL THEN
        time_precision := CASE WHEN v_parts[1] LIKE '%xx' THEN 'century' WHEN v_parts[1] LIKE '%x' THEN 'decade' ELSE 'year' END;
        earliest := make_date(v_year, 1, 1);
        latest := make_date(replace(v_parts[1], 'x', '9')::integer, 12, 31);
        RETURN;
    END IF;
    v_days := extract(day FROM make_date(v_year, v_month::integer, 1) + interval '1 month - 1 day')::integer;
    IF v_day::integer NOT BETWEEN 1 AND v_days THEN
        RETURN;
    END IF;
    time_precision := CASE WHEN v_day IS NULL THEN 'month' ELSE 'day' END;
    earliest := make_date(v_year, v_month::integer, coalesce(v_day::integer, 1));
    latest := make_date(v_year, v_month::integer, coalesce(v_day::integer, v_days));
END
$$;
