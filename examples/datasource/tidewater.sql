-- Tidewater: a made-up marketplace that rents out boats. A sample database as databases are: keys that were never
-- declared, names that mislead, three ways to write an instant, deletions that nobody calls so. Every value follows from
-- its row's number, so that each build gives the same rows. To try it by hand: psql -f tidewater.sql <an empty database>

CREATE FUNCTION pg_temp.pick(p_seed text, p_row bigint, p_of integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('x' || substr(md5(p_seed || ':' || p_row), 1, 7))::bit(28)::integer % p_of;
$$;
CREATE FUNCTION pg_temp.uuid_of(p_seed text, p_row bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT md5(p_seed || '#' || p_row)::uuid;
$$;
CREATE FUNCTION pg_temp.letters(p_seed text, p_row bigint, p_length integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(left(md5(p_seed || '*' || p_row) || md5(p_row || '*' || p_seed), p_length), '0123456789abcdef', 'QkZ3xW9pTr7LmB5d');
$$;
CREATE FUNCTION pg_temp.word(p_seed text, p_row bigint, p_words text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_words[1 + pg_temp.pick(p_seed, p_row, cardinality(p_words))];
$$;
CREATE FUNCTION pg_temp.instant(p_seed text, p_row bigint, p_from timestamptz, p_days integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_from + make_interval(secs => pg_temp.pick(p_seed, p_row, p_days * 86400));
$$;
CREATE FUNCTION pg_temp.sentence(p_seed text, p_row bigint, p_words integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(pg_temp.word(p_seed || n, p_row, ARRAY[
        'mooring', 'quiet', 'engine', 'wind', 'anchor', 'sails', 'left', 'before', 'harbour', 'clean', 'late', 'crew', 'tide',
        'fuel', 'smooth', 'fender', 'early', 'galley', 'south', 'rope', 'with', 'and', 'the', 'our', 'past', 'island']), ' ')
    FROM generate_series(1, p_words) AS n;
$$;

CREATE SCHEMA billing;
CREATE SCHEMA ops;

-- Places -------------------------------------------------------------------------------------------------------------

CREATE TABLE harbours (
    harbour_no    integer       PRIMARY KEY,
    code          text          NOT NULL UNIQUE,
    title         text          NOT NULL,
    country       character(2)  NOT NULL,
    latitude      numeric(8, 5) NOT NULL,
    longitude     numeric(8, 5) NOT NULL,
    zone          text          NOT NULL,
    visitors      boolean       NOT NULL,
    opened_year   smallint,
    written_at    timestamptz   NOT NULL,
    touched_at    timestamptz   NOT NULL
);
COMMENT ON TABLE harbours IS 'Places where boats lie and charters begin and end.';
INSERT INTO harbours
SELECT n, 'H' || lpad((n * 37 % 100)::text, 2, '0') || pg_temp.word('hc', n, ARRAY['A', 'B', 'C']),
    pg_temp.word('ha', n, ARRAY['North', 'South', 'Old', 'New', 'Inner', 'Outer', 'Upper', 'Long']) || ' '
        || pg_temp.word('hb', n, ARRAY['Quay', 'Haven', 'Basin', 'Pier', 'Bight', 'Sound', 'Roads']) || ' ' || n,
    pg_temp.word('hd', n, ARRAY['DK', 'SE', 'NO', 'FI', 'EE']), 54 + pg_temp.pick('he', n, 900000) / 100000.0,
    9 + pg_temp.pick('hf', n, 1500000) / 100000.0,
    pg_temp.word('hd', n, ARRAY['Europe/Copenhagen', 'Europe/Stockholm', 'Europe/Oslo', 'Europe/Helsinki', 'Europe/Tallinn']),
    pg_temp.pick('hg', n, 10) > 1, CASE WHEN pg_temp.pick('hh', n, 10) > 2 THEN 1890 + pg_temp.pick('hi', n, 130) END,
    pg_temp.instant('hj', n, '2021-03-01', 30), pg_temp.instant('hk', n, '2023-01-01', 600)
FROM generate_series(1, 64) AS n;

CREATE TABLE piers (
    harbour_no  integer       NOT NULL REFERENCES harbours,
    pier        smallint      NOT NULL,
    length_m    numeric(5, 1) NOT NULL,
    depth_m     numeric(4, 1) NOT NULL,
    has_power   boolean       NOT NULL,
    PRIMARY KEY (harbour_no, pier)
);
INSERT INTO piers
SELECT h, p, 20 + pg_temp.pick('pa', h * 10 + p, 1200) / 10.0, 1.5 + pg_temp.pick('pb', h * 10 + p, 60) / 10.0,
    pg_temp.pick('pc', h * 10 + p, 4) > 0
FROM generate_series(1, 64) AS h, generate_series(1, 2 + pg_temp.pick('pd', h, 5)) AS p;

-- Its key to the pier is of two columns, and was never declared.
CREATE TABLE berths (
    harbour_no    integer       NOT NULL,
    pier          smallint      NOT NULL,
    berth         smallint      NOT NULL,
    max_length_m  numeric(4, 1) NOT NULL,
    max_draught_m numeric(3, 1) NOT NULL,
    day_rate      integer       NOT NULL,
    rate_ccy      character(3)  NOT NULL,
    occupied_by   uuid,
    PRIMARY KEY (harbour_no, pier, berth)
);

-- Boats --------------------------------------------------------------------------------------------------------------

CREATE TABLE boat_models (
    model_code  text          PRIMARY KEY,
    maker       text          NOT NULL,
    model_name  text          NOT NULL,
    hull        text          NOT NULL,
    loa_m       numeric(4, 1) NOT NULL,
    draught_m   numeric(3, 1) NOT NULL,
    engine_hp   smallint,
    cabins      smallint      NOT NULL
);
INSERT INTO boat_models
SELECT upper(left(maker, 3)) || '-' || n, maker, pg_temp.word('ma', n, ARRAY['Tern', 'Gannet', 'Eider', 'Heron', 'Skua', 'Petrel']) || ' ' || (24 + n % 30),
    pg_temp.word('mb', n, ARRAY['monohull', 'catamaran', 'rib', 'motor']), 5 + pg_temp.pick('mc', n, 140) / 10.0,
    0.4 + pg_temp.pick('md', n, 22) / 10.0, CASE WHEN pg_temp.pick('me', n, 8) > 0 THEN 10 + 5 * pg_temp.pick('mf', n, 60) END,
    pg_temp.pick('mg', n, 5)
FROM (SELECT n, pg_temp.word('mh', n, ARRAY['Brandal', 'Kestrup', 'Lindwall', 'Osmark', 'Vesper', 'Yarrow']) AS maker FROM generate_series(1, 180) AS n) AS m;

CREATE TABLE boats (
    boat_id       uuid          PRIMARY KEY,
    model_code    text          NOT NULL REFERENCES boat_models,
    keeper        text          NOT NULL,
    lies_in       integer       NOT NULL,
    boat_name     text          NOT NULL,
    hull_number   text          NOT NULL UNIQUE,
    year_built    smallint      NOT NULL,
    day_price     integer       NOT NULL,
    price_ccy     character(3)  NOT NULL,
    instant_book  smallint      NOT NULL,
    withdrawn_on  timestamptz,
    survey_due    date          NOT NULL,
    equipment     jsonb         NOT NULL,
    about         text          NOT NULL,
    listed_ms     bigint        NOT NULL
);
COMMENT ON COLUMN boats.lies_in IS 'where the boat is between two charters';
INSERT INTO boats
SELECT pg_temp.uuid_of('boat', n),
    (SELECT m.model_code FROM boat_models AS m ORDER BY m.model_code OFFSET pg_temp.pick('bb', n, 180) LIMIT 1),
    pg_temp.uuid_of('member', 1 + pg_temp.pick('bc', n, 900))::text, 1 + pg_temp.pick('bd', n, 64),
    pg_temp.word('be', n, ARRAY['Sea', 'Blue', 'Grey', 'Wild', 'Little', 'Grand']) || ' '
        || pg_temp.word('bf', n, ARRAY['Lady', 'Otter', 'Comet', 'Wanderer', 'Pearl', 'Breeze', 'Lark']),
    pg_temp.word('bg', n, ARRAY['DK', 'SE', 'NO', 'FI']) || '-' || upper(pg_temp.letters('bh', n, 3)) || lpad(n::text, 5, '0'),
    1975 + pg_temp.pick('bi', n, 50), 9000 + 500 * pg_temp.pick('bj', n, 120), pg_temp.word('bk', n, ARRAY['DKK', 'SEK', 'NOK', 'EUR']),
    least(pg_temp.pick('bl', n, 3), 1), CASE WHEN pg_temp.pick('bm', n, 100) < 6 THEN pg_temp.instant('bn', n, '2024-01-01', 500) END,
    date '2025-01-01' + pg_temp.pick('bo', n, 700),
    jsonb_build_object('lifejackets', 2 + pg_temp.pick('bp', n, 10), 'tender', pg_temp.pick('bq', n, 2) = 1, 'heating', pg_temp.word('br', n, ARRAY['none', 'diesel', 'electric'])),
    initcap(pg_temp.sentence('bs', n, 40 + pg_temp.pick('bt', n, 160))) || '.',
    1614556800000 + pg_temp.pick('bu', n, 100000000)::bigint * 1000 + n % 1000
FROM generate_series(1, 2600) AS n;

INSERT INTO berths
SELECT p.harbour_no, p.pier, b, 5 + pg_temp.pick('qa', p.harbour_no * 1000 + p.pier * 100 + b, 150) / 10.0,
    0.8 + pg_temp.pick('qb', p.harbour_no * 1000 + p.pier * 100 + b, 25) / 10.0,
    1500 + 100 * pg_temp.pick('qc', p.harbour_no * 1000 + p.pier * 100 + b, 80), pg_temp.word('hd', p.harbour_no, ARRAY['DKK', 'SEK', 'NOK', 'EUR', 'EUR']),
    CASE WHEN pg_temp.pick('qd', p.harbour_no * 1000 + p.pier * 100 + b, 3) > 0
        THEN pg_temp.uuid_of('boat', 1 + pg_temp.pick('qe', p.harbour_no * 1000 + p.pier * 100 + b, 2600)) END
FROM piers AS p, generate_series(1, 6 + pg_temp.pick('qf', p.harbour_no * 10 + p.pier, 9)) AS b;

CREATE TABLE tags (
    tag_id  smallint PRIMARY KEY,
    label   text     NOT NULL UNIQUE
);
INSERT INTO tags
SELECT n, (ARRAY['family', 'racing', 'classic', 'shallow', 'quiet', 'pets', 'winter', 'fishing', 'diving', 'learner', 'luxury', 'bare'])[n]
FROM generate_series(1, 12) AS n;
CREATE TABLE boat_tags (
    boat  uuid     NOT NULL,
    tag   smallint NOT NULL REFERENCES tags,
    PRIMARY KEY (boat, tag)
);
INSERT INTO boat_tags
SELECT DISTINCT pg_temp.uuid_of('boat', 1 + n % 2600), (1 + pg_temp.pick('ta', n, 12))::smallint FROM generate_series(1, 5200) AS n;

-- People -------------------------------------------------------------------------------------------------------------

-- `deleted_at` is when the account's papers may be destroyed: everybody has one. Who left has a removed_timestamp.
CREATE TABLE members (
    member_key         text        PRIMARY KEY,
    email              text        NOT NULL UNIQUE,
    display_name       text        NOT NULL,
    phone              text,
    born               date,
    locale             text        NOT NULL,
    trust              smallint    NOT NULL,
    wants_news         text        NOT NULL,
    invited_by         text,
    pay_profile        text,
    joined_ms          bigint      NOT NULL,
    deleted_at         timestamptz NOT NULL,
    removed_timestamp  timestamptz
);
INSERT INTO members
SELECT pg_temp.uuid_of('member', n)::text,
    lower(first || '.' || last) || n || '@' || pg_temp.word('na', n, ARRAY['example.com', 'example.org', 'example.net']), first || ' ' || last,
    CASE WHEN pg_temp.pick('nb', n, 5) > 0 THEN '+4' || (5 + n % 3) || (20000000 + pg_temp.pick('nc', n, 9000000)) END,
    CASE WHEN pg_temp.pick('nd', n, 6) > 0 THEN date '1950-01-01' + pg_temp.pick('ne', n, 19000) END,
    pg_temp.word('nf', n, ARRAY['da-DK', 'sv-SE', 'nb-NO', 'fi-FI', 'en-GB']), pg_temp.pick('ng', n, 4),
    pg_temp.word('nh', n, ARRAY['yes', 'no', 'no']),
    CASE WHEN n > 50 AND pg_temp.pick('ni', n, 4) = 0 THEN pg_temp.uuid_of('member', 1 + pg_temp.pick('nj', n, n - 1))::text END,
    CASE WHEN pg_temp.pick('nk', n, 5) > 0 THEN 'cus_' || pg_temp.letters('nl', n, 14) END,
    1577836800000 + pg_temp.pick('nm', n, 150000000)::bigint * 1000 + n % 1000,
    pg_temp.instant('nn', n, '2030-01-01', 1500), CASE WHEN pg_temp.pick('no', n, 100) < 5 THEN pg_temp.instant('np', n, '2023-06-01', 700) END
FROM (
    SELECT n, pg_temp.word('nq', n, ARRAY['Ada', 'Birk', 'Cilla', 'Dag', 'Ebba', 'Finn', 'Gro', 'Hugo', 'Ines', 'Jon', 'Kaisa', 'Lars']) AS first,
        pg_temp.word('nr', n, ARRAY['Aas', 'Berg', 'Dahl', 'Eklund', 'Friis', 'Holm', 'Koski', 'Lund', 'Moen', 'Nyman', 'Rask', 'Sand']) AS last
    FROM generate_series(1, 6000) AS n) AS m;

-- One row for some of the members, under their own key.
CREATE TABLE skippers (
    member_key   text          PRIMARY KEY,
    licence      text          NOT NULL UNIQUE,
    class        character(1)  NOT NULL,
    hour_fee     integer       NOT NULL,
    fee_ccy      character(3)  NOT NULL,
    rating       numeric(3, 2),
    approved_on  date          NOT NULL,
    stopped_on   date
);
INSERT INTO skippers
SELECT pg_temp.uuid_of('member', n * 9)::text, 'SK' || lpad((n * 7919 % 100000)::text, 5, '0'), pg_temp.word('sa', n, ARRAY['A', 'B', 'C', 'D']),
    20000 + 1000 * pg_temp.pick('sb', n, 40), pg_temp.word('sc', n, ARRAY['DKK', 'SEK', 'NOK', 'EUR']),
    CASE WHEN pg_temp.pick('sd', n, 8) > 0 THEN 3 + pg_temp.pick('se', n, 200) / 100.0 END, date '2021-01-01' + pg_temp.pick('sf', n, 1200),
    CASE WHEN pg_temp.pick('sg', n, 100) < 7 THEN date '2024-06-01' + pg_temp.pick('sh', n, 300) END
FROM generate_series(1, 600) AS n;

CREATE TABLE ops.staff (
    staff_id    integer  PRIMARY KEY,
    badge       integer  NOT NULL UNIQUE,
    full_name   text     NOT NULL,
    work_email  text     NOT NULL UNIQUE,
    reports_to  integer,
    post        text     NOT NULL,
    base        integer  NOT NULL,
    hired       date     NOT NULL,
    left_on     date
);
INSERT INTO ops.staff
SELECT n, 70000 + n * 13, pg_temp.word('fa', n, ARRAY['Ada', 'Birk', 'Cilla', 'Dag', 'Ebba', 'Finn']) || ' ' || pg_temp.word('fb', n, ARRAY['Aas', 'Berg', 'Dahl', 'Holm']) || ' ' || n,
    'staff' || n || '@tidewater.example', CASE WHEN n > 1 THEN 1 + pg_temp.pick('fc', n, least(n - 1, 30)) END,
    pg_temp.word('fd', n, ARRAY['agent', 'harbour', 'finance', 'technical', 'lead']), 1 + pg_temp.pick('fe', n, 64), date '2019-01-01' + pg_temp.pick('ff', n, 2000),
    CASE WHEN pg_temp.pick('fg', n, 100) < 9 THEN date '2024-09-01' + pg_temp.pick('fh', n, 200) END
FROM generate_series(1, 220) AS n;

-- Charters -----------------------------------------------------------------------------------------------------------

CREATE TABLE extras (
    extra_code  text         PRIMARY KEY,
    label       text         NOT NULL,
    unit_price  integer      NOT NULL,
    price_ccy   character(3) NOT NULL
);
INSERT INTO extras
SELECT (ARRAY['BED', 'BIKE', 'CLEAN', 'COOK', 'FISH', 'FUEL', 'KAYAK', 'PADDLE', 'PET', 'WIFI'])[n], (ARRAY['Bed linen', 'Bicycle', 'Final cleaning', 'Cook on board', 'Fishing gear',
    'Fuel plan', 'Kayak', 'Paddle board', 'Pet on board', 'Wireless network'])[n], 5000 + 1500 * n, 'EUR'
FROM generate_series(1, 10) AS n;

-- phase: 0 asked, 1 offered, 2 confirmed, 3 under way, 4 brought back, 5 closed, 6 called off, 7 refused.
CREATE TABLE charters (
    charter_id    bigint       PRIMARY KEY,
    boat          uuid         NOT NULL,
    renter        text         NOT NULL,
    skipper       text,
    sets_out      integer      NOT NULL,
    comes_in      integer      NOT NULL,
    phase         smallint     NOT NULL,
    first_day     date         NOT NULL,
    last_day      date         NOT NULL,
    party         smallint     NOT NULL,
    total         bigint       NOT NULL,
    deposit       bigint       NOT NULL,
    ccy           character(3) NOT NULL,
    discount_pct  numeric(4, 1) NOT NULL,
    agreed_at     timestamptz,
    closed_at     timestamptz,
    dropped_at    timestamptz,
    remark        text,
    asked_at      timestamptz  NOT NULL,
    changed_at    timestamptz  NOT NULL
);
INSERT INTO charters
SELECT n * 3 + 100000, pg_temp.uuid_of('boat', 1 + pg_temp.pick('ca', n, 2600)), pg_temp.uuid_of('member', 1 + pg_temp.pick('cb', n, 6000))::text,
    CASE WHEN pg_temp.pick('cc', n, 4) = 0 THEN pg_temp.uuid_of('member', 9 * (1 + pg_temp.pick('cd', n, 600)))::text END,
    1 + pg_temp.pick('ce', n, 64), 1 + pg_temp.pick('cf', n, 64), phase, first_day, first_day + 1 + pg_temp.pick('cg', n, 14), 1 + pg_temp.pick('ch', n, 9),
    40000 + 1000 * pg_temp.pick('ci', n, 900), 10000 + 1000 * pg_temp.pick('cj', n, 40), pg_temp.word('ck', n, ARRAY['DKK', 'SEK', 'NOK', 'EUR']),
    CASE WHEN pg_temp.pick('cl', n, 5) = 0 THEN 5 * (1 + pg_temp.pick('cm', n, 6)) ELSE 0 END,
    CASE WHEN phase BETWEEN 2 AND 5 THEN first_day::timestamptz - interval '20 days' + make_interval(hours => pg_temp.pick('cn', n, 300)) END,
    CASE WHEN phase = 5 THEN first_day::timestamptz + interval '18 days' + make_interval(hours => pg_temp.pick('co', n, 60)) END,
    CASE WHEN phase IN (6, 7) THEN first_day::timestamptz - interval '3 days' + make_interval(hours => pg_temp.pick('cp', n, 40)) END,
    CASE WHEN pg_temp.pick('cq', n, 7) = 0 THEN pg_temp.sentence('cr', n, 6 + pg_temp.pick('cs', n, 12)) END,
    first_day::timestamptz - interval '40 days' + make_interval(mins => pg_temp.pick('ct', n, 9000)), first_day::timestamptz + make_interval(mins => pg_temp.pick('cu', n, 20000))
FROM (
    SELECT n, (ARRAY[0, 1, 2, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 7])[1 + pg_temp.pick('cv', n, 17)]::smallint AS phase,
        date '2022-04-01' + pg_temp.pick('cw', n, 1200) AS first_day
    FROM generate_series(1, 12000) AS n) AS c;

CREATE TABLE charter_guests (
    charter_id  bigint   NOT NULL,
    guest       smallint NOT NULL,
    full_name   text     NOT NULL,
    age         smallint,
    can_swim    boolean  NOT NULL,
    PRIMARY KEY (charter_id, guest)
);
INSERT INTO charter_guests
SELECT c.charter_id, g, pg_temp.word('ga', c.charter_id * 10 + g, ARRAY['Alma', 'Bo', 'Carl', 'Disa', 'Emil', 'Frida']) || ' '
        || pg_temp.word('gb', c.charter_id * 10 + g, ARRAY['Aas', 'Berg', 'Dahl', 'Holm', 'Lund']),
    CASE WHEN pg_temp.pick('gc', c.charter_id * 10 + g, 9) > 0 THEN 2 + pg_temp.pick('gd', c.charter_id * 10 + g, 75) END, pg_temp.pick('ge', c.charter_id * 10 + g, 12) > 0
FROM charters AS c, generate_series(1, 1 + pg_temp.pick('gf', c.charter_id, 3)) AS g;

CREATE TABLE charter_extras (
    charter_id  bigint   NOT NULL REFERENCES charters,
    extra_code  text     NOT NULL,
    quantity    smallint NOT NULL,
    PRIMARY KEY (charter_id, extra_code)
);
INSERT INTO charter_extras
SELECT DISTINCT ON (1, 2) 100000 + 3 * (1 + pg_temp.pick('xa', n, 12000)),
    (ARRAY['BED', 'BIKE', 'CLEAN', 'COOK', 'FISH', 'FUEL', 'KAYAK', 'PADDLE', 'PET', 'WIFI'])[1 + pg_temp.pick('xb', n, 10)], 1 + pg_temp.pick('xc', n, 4)
FROM generate_series(1, 9000) AS n
ORDER BY 1, 2, n;

CREATE TABLE reviews (
    review_id     bigint      PRIMARY KEY,
    charter_id    bigint      NOT NULL REFERENCES charters,
    written_by    text        NOT NULL,
    stars         smallint    NOT NULL,
    body          text        NOT NULL,
    hidden_since  timestamptz,
    posted_at     timestamptz NOT NULL
);
INSERT INTO reviews
SELECT n, 100000 + 3 * (1 + pg_temp.pick('ra', n, 12000)), pg_temp.uuid_of('member', 1 + pg_temp.pick('rb', n, 6000))::text, 1 + pg_temp.pick('rc', n, 5),
    initcap(pg_temp.sentence('rd', n, 5 + pg_temp.pick('re', n, 40))) || '.', CASE WHEN pg_temp.pick('rf', n, 100) < 3 THEN pg_temp.instant('rg', n, '2024-01-01', 500) END,
    pg_temp.instant('rh', n, '2022-05-01', 1200)
FROM generate_series(1, 5000) AS n;

-- A table that somebody made by hand.
CREATE TABLE "Crew Notes" (
    "note id"       integer     PRIMARY KEY,
    "about boat"    uuid        NOT NULL,
    "Written ""by""" integer    NOT NULL,
    "what's up"     text        NOT NULL,
    "seen on"       timestamptz NOT NULL
);
INSERT INTO "Crew Notes"
SELECT n, pg_temp.uuid_of('boat', 1 + pg_temp.pick('va', n, 2600)), 1 + pg_temp.pick('vb', n, 220), pg_temp.sentence('vc', n, 8), pg_temp.instant('vd', n, '2023-01-01', 900)
FROM generate_series(1, 700) AS n;

-- Nobody has waited yet.
CREATE TABLE waiting_list (
    waiting_id  bigint      PRIMARY KEY,
    boat        uuid        NOT NULL,
    member_key  text        NOT NULL,
    wanted_day  date        NOT NULL,
    placed_at   timestamptz NOT NULL
);

-- Money --------------------------------------------------------------------------------------------------------------

CREATE TABLE billing.accounts (
    account_no  smallint     PRIMARY KEY,
    title       text         NOT NULL,
    within_no   smallint     REFERENCES billing.accounts,
    side        character(1) NOT NULL
);
INSERT INTO billing.accounts
SELECT n, 'Account ' || n, CASE WHEN n % 100 <> 0 THEN (n / 100 * 100)::smallint END, CASE WHEN n < 500 THEN 'D' ELSE 'C' END
FROM (SELECT (h * 100 + s)::smallint AS n FROM generate_series(1, 8) AS h, generate_series(0, 9) AS s) AS a;

CREATE TABLE billing.invoices (
    invoice_no   text         PRIMARY KEY,
    charter_id   bigint       NOT NULL REFERENCES charters,
    billed_to    text         NOT NULL,
    issued       date         NOT NULL,
    due          date         NOT NULL,
    amount       bigint       NOT NULL,
    tax          bigint       NOT NULL,
    ccy          character(3) NOT NULL,
    settled      smallint     NOT NULL,
    voided_epoch bigint
);
INSERT INTO billing.invoices
SELECT 'INV-' || to_char(c.first_day, 'YYYY') || '-' || lpad(row_number() OVER (ORDER BY c.charter_id)::text, 6, '0'), c.charter_id, c.renter, c.first_day,
    c.first_day + 14, c.total, c.total / 5, c.ccy, CASE WHEN pg_temp.pick('ia', c.charter_id, 10) > 0 THEN 1 ELSE 0 END,
    CASE WHEN pg_temp.pick('ib', c.charter_id, 100) < 4 THEN extract(epoch FROM c.first_day)::bigint + pg_temp.pick('ic', c.charter_id, 900000) END
FROM charters AS c
WHERE c.phase BETWEEN 2 AND 5;

CREATE TABLE billing.invoice_lines (
    invoice_no  text          NOT NULL,
    line        smallint      NOT NULL,
    wording     text          NOT NULL,
    quantity    smallint      NOT NULL,
    unit_amount bigint        NOT NULL,
    vat_rate    numeric(4, 3) NOT NULL,
    PRIMARY KEY (invoice_no, line)
);
INSERT INTO billing.invoice_lines
SELECT i.invoice_no, l, pg_temp.word('la', i.charter_id * 10 + l, ARRAY['Charter', 'Final cleaning', 'Skipper', 'Fuel', 'Insurance']), 1 + pg_temp.pick('lb', i.charter_id * 10 + l, 3),
    5000 + 250 * pg_temp.pick('lc', i.charter_id * 10 + l, 400), (ARRAY[0.25, 0.25, 0.12, 0.06, 0])[1 + pg_temp.pick('ld', i.charter_id * 10 + l, 5)]
FROM billing.invoices AS i, generate_series(1, 1 + pg_temp.pick('le', i.charter_id, 3)) AS l;

CREATE TABLE billing.payments (
    payment_id   uuid         PRIMARY KEY,
    invoice      text         NOT NULL,
    provider_ref text         NOT NULL UNIQUE,
    status       text         NOT NULL,
    amount       bigint       NOT NULL,
    ccy          character(3) NOT NULL,
    made_us      bigint       NOT NULL,
    captured_at  timestamptz,
    failed_at    timestamptz,
    attempts     smallint     NOT NULL
);
INSERT INTO billing.payments
SELECT pg_temp.uuid_of('payment', p.n), p.invoice_no, 'pi_' || pg_temp.letters('ya', p.n, 24), p.status, p.amount, p.ccy, (extract(epoch FROM p.issued)::bigint + pg_temp.pick('yb', p.n, 900000)) * 1000000 + p.n,
    CASE WHEN p.status IN ('captured', 'refunded') THEN p.issued::timestamptz + make_interval(mins => pg_temp.pick('yc', p.n, 9000)) END,
    CASE WHEN p.status = 'failed' THEN p.issued::timestamptz + make_interval(mins => pg_temp.pick('yd', p.n, 9000)) END, 1 + pg_temp.pick('ye', p.n, 3)
FROM (
    SELECT row_number() OVER (ORDER BY i.invoice_no) AS n, i.*,
        (ARRAY['started', 'captured', 'captured', 'captured', 'captured', 'captured', 'captured', 'refunded', 'failed'])[1 + pg_temp.pick('yf', i.charter_id, 9)] AS status
    FROM billing.invoices AS i) AS p;

CREATE TABLE billing.payouts (
    payout_id  bigint       PRIMARY KEY,
    payee      text         NOT NULL,
    month      date         NOT NULL,
    gross      bigint       NOT NULL,
    fee        bigint       NOT NULL,
    net        bigint       NOT NULL,
    ccy        character(3) NOT NULL,
    sent_at    timestamptz
);
INSERT INTO billing.payouts
SELECT 5000000 + n * 7, pg_temp.uuid_of('member', 9 * (1 + pg_temp.pick('oa', n, 600)))::text, date '2022-05-01' + 30 * pg_temp.pick('ob', n, 36), g, g / 10, g - g / 10,
    pg_temp.word('oc', n, ARRAY['DKK', 'SEK', 'NOK', 'EUR']), CASE WHEN pg_temp.pick('od', n, 10) > 2 THEN pg_temp.instant('oe', n, '2022-06-01', 1100) END
FROM (SELECT n, 30000 + 700 * pg_temp.pick('of', n, 400)::bigint AS g FROM generate_series(1, 3000) AS n) AS p;

CREATE TABLE billing.ledger (
    entry_id   bigint      PRIMARY KEY,
    account    smallint    NOT NULL,
    payment    uuid,
    payout     bigint,
    debit      bigint      NOT NULL,
    credit     bigint      NOT NULL,
    booked_at  timestamptz NOT NULL,
    nonce      bigint      NOT NULL
);
INSERT INTO billing.ledger
SELECT n, (100 * (1 + pg_temp.pick('ja', n, 8)) + pg_temp.pick('jb', n, 10))::smallint, CASE WHEN n % 3 > 0 THEN pg_temp.uuid_of('payment', 1 + pg_temp.pick('jc', n, 7900)) END,
    CASE WHEN n % 3 = 0 THEN 5000000 + 7 * (1 + pg_temp.pick('jd', n, 3000)) END, CASE WHEN n % 2 = 0 THEN 1000 + pg_temp.pick('je', n, 900000) ELSE 0 END,
    CASE WHEN n % 2 = 1 THEN 1000 + pg_temp.pick('jf', n, 900000) ELSE 0 END, pg_temp.instant('jg', n, '2022-05-01', 1200), pg_temp.pick('jh', n, 200000000)::bigint * 50
FROM generate_series(1, 16000) AS n;

CREATE TABLE billing.exchange_rates (
    day    date           NOT NULL,
    base   character(3)   NOT NULL,
    quote  character(3)   NOT NULL,
    rate   numeric(12, 6) NOT NULL,
    PRIMARY KEY (day, base, quote)
);
INSERT INTO billing.exchange_rates
SELECT date '2022-01-01' + 7 * d, 'EUR', q, CASE q WHEN 'DKK' THEN 7.4 ELSE 10.5 END + pg_temp.pick('ea' || q, d, 100) / 1000.0
FROM generate_series(0, 200) AS d, unnest(ARRAY['DKK', 'SEK', 'NOK']) AS q;

-- Operation ----------------------------------------------------------------------------------------------------------

-- Some of the charters that messages speak of were erased. ses_id and sms_sid are what the providers call the message; marker orders the feed, in nanoseconds.
CREATE TABLE ops.messages (
    message_id  bigint      PRIMARY KEY,
    sender      text        NOT NULL,
    recipient   text        NOT NULL,
    charter     bigint,
    channel     smallint    NOT NULL,
    ses_id      text,
    sms_sid     text,
    body        text        NOT NULL,
    sent_at     timestamptz NOT NULL,
    read_at     timestamptz,
    marker      bigint      NOT NULL
);
INSERT INTO ops.messages
SELECT n, pg_temp.uuid_of('member', 1 + pg_temp.pick('ka', n, 6000))::text, pg_temp.uuid_of('member', 1 + pg_temp.pick('kb', n, 6000))::text,
    CASE WHEN pg_temp.pick('kc', n, 5) > 0 THEN 100000 + 3 * (1 + pg_temp.pick('kd', n, 12100)) END, n % 2, CASE WHEN n % 2 = 0 THEN md5('ke' || n)::uuid || '@email.amazonses.com' END,
    CASE WHEN n % 2 = 1 THEN 'SM' || md5('kf' || n) END, pg_temp.sentence('kg', n, 4 + pg_temp.pick('kh', n, 20)), pg_temp.instant('ki', n, '2022-05-01', 1200),
    CASE WHEN pg_temp.pick('kj', n, 5) > 0 THEN pg_temp.instant('ki', n, '2022-05-01', 1200) + make_interval(mins => pg_temp.pick('kk', n, 3000)) END,
    extract(epoch FROM pg_temp.instant('ki', n, '2022-05-01', 1200))::bigint * 1000000000 + n * 1013
FROM generate_series(1, 12000) AS n;

-- kind: a mere kind of signal, no state.
CREATE TABLE ops.signals (
    signal_id  bigint      NOT NULL,
    boat       uuid        NOT NULL,
    kind       smallint    NOT NULL,
    battery    numeric(4, 1),
    reading    jsonb       NOT NULL,
    seen_at    timestamptz NOT NULL,
    stored_at  timestamptz,
    PRIMARY KEY (signal_id, seen_at)
) PARTITION BY RANGE (seen_at);
CREATE TABLE ops.signals_2023 PARTITION OF ops.signals FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE ops.signals_2024 PARTITION OF ops.signals FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO ops.signals
SELECT n, pg_temp.uuid_of('boat', 1 + pg_temp.pick('wa', n, 2600)), pg_temp.pick('wb', n, 8), CASE WHEN pg_temp.pick('wc', n, 9) > 0 THEN pg_temp.pick('wd', n, 1000) / 10.0 END,
    jsonb_build_object('bilge', pg_temp.pick('we', n, 2) = 0, 'volts', 11 + pg_temp.pick('wf', n, 30) / 10.0), pg_temp.instant('wg', n, '2023-01-02', 720),
    CASE WHEN pg_temp.pick('wh', n, 2) = 0 THEN pg_temp.instant('wg', n, '2023-01-02', 720) + interval '4 seconds' END
FROM generate_series(1, 14000) AS n;

-- order_id is the place in the list of the day, not an order; status is what the agent wrote.
CREATE TABLE ops.tickets (
    ticket_no   bigint      PRIMARY KEY,
    opened_by   text        NOT NULL,
    agent       integer,
    follows     bigint,
    order_id    integer     NOT NULL,
    severity    smallint    NOT NULL,
    stage       text        NOT NULL,
    status      text        NOT NULL,
    opened_at   timestamptz NOT NULL,
    solved_at   timestamptz
);
INSERT INTO ops.tickets
SELECT 900000 + n * 2, pg_temp.uuid_of('member', 1 + pg_temp.pick('za', n, 6000))::text, CASE WHEN t.stage <> 'new' THEN 1 + pg_temp.pick('zb', n, 220) END,
    CASE WHEN n > 100 AND pg_temp.pick('zc', n, 10) = 0 THEN 900000 + 2 * (1 + pg_temp.pick('zd', n, n - 1)) END, 1 + pg_temp.pick('ze', n, 60), 1 + pg_temp.pick('zf', n, 4), t.stage,
    pg_temp.sentence('zg', n, 3 + pg_temp.pick('zh', n, 6)), pg_temp.instant('zi', n, '2022-05-01', 1200),
    CASE WHEN t.stage IN ('solved', 'closed') THEN pg_temp.instant('zi', n, '2022-05-01', 1200) + make_interval(hours => 1 + pg_temp.pick('zj', n, 400)) END
FROM (SELECT n, (ARRAY['new', 'open', 'open', 'solved', 'solved', 'closed', 'closed', 'closed'])[1 + pg_temp.pick('zk', n, 8)] AS stage FROM generate_series(1, 2500) AS n) AS t;

CREATE TABLE ops.shifts (
    staff_id   integer  NOT NULL,
    day        date     NOT NULL,
    harbour    integer  NOT NULL REFERENCES harbours,
    starts     time     NOT NULL,
    lasts      interval NOT NULL,
    PRIMARY KEY (staff_id, day)
);
INSERT INTO ops.shifts
SELECT s, date '2024-01-01' + d, 1 + pg_temp.pick('ua', s * 100 + d, 64), make_time(6 + pg_temp.pick('ub', s * 100 + d, 9), 0, 0), make_interval(hours => 4 + pg_temp.pick('uc', s * 100 + d, 5))
FROM generate_series(1, 220) AS s, generate_series(0, 24) AS d
WHERE pg_temp.pick('ud', s * 100 + d, 3) > 0;

CREATE TABLE ops.audit_trail (
    audit_id  bigint       PRIMARY KEY,
    relation  text         NOT NULL,
    row_key   text         NOT NULL,
    action    character(1) NOT NULL,
    actor     integer      NOT NULL,
    at        timestamptz  NOT NULL,
    was       json,
    became    json
);
INSERT INTO ops.audit_trail
SELECT n, pg_temp.word('aa', n, ARRAY['charters', 'members', 'boats']), (100000 + 3 * pg_temp.pick('ab', n, 12000))::text, pg_temp.word('ac', n, ARRAY['I', 'U', 'U', 'D']), 1 + pg_temp.pick('ad', n, 220),
    pg_temp.instant('ae', n, '2023-01-01', 900), CASE WHEN n % 4 > 0 THEN json_build_object('n', n) END, CASE WHEN n % 5 > 0 THEN json_build_object('n', n + 1) END
FROM generate_series(1, 4000) AS n;

-- Rows as they came from the old system: texts, no key.
CREATE TABLE ops.old_members_load (
    line      text,
    mail      text,
    person    text,
    since     text,
    rejected  text
);
INSERT INTO ops.old_members_load
SELECT n::text, 'old' || n || '@example.com', 'Person ' || n, to_char(date '2015-01-01' + pg_temp.pick('da', n, 1500), 'DD.MM.YYYY'), CASE WHEN n % 9 = 0 THEN 'no e-mail' END
FROM generate_series(1, 900) AS n;

ANALYZE;
