import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDatasource, type DatasourceConnection } from '../../src/datasource/connect.ts';
import { introspect, type SnapshotTable } from '../../src/datasource/introspect.ts';
import { objectKey, partsOf } from '../../src/datasource/object-key.ts';
import { quotePostgres } from '../../src/datasource/quote.ts';
import { type ProfileOptions, profileTable } from '../../src/ontology/profile/profile-table.ts';
import type { ColumnProfile, TableProfile } from '../../src/ontology/profile/table-profile.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';

let customer: CustomerDatabase;
let reader: DatasourceConnection;
beforeAll(async () => {
  customer = await createCustomerDatabase(`
    CREATE TYPE stage AS ENUM ('new', 'done');
    CREATE TYPE duo AS (a integer, b integer);
    CREATE TABLE plain AS SELECT n AS id, n % 8 AS state, 'status ' || n % 3 AS label, (n % 2 = 0) AS ok,
        CASE WHEN n % 20 = 0 THEN timestamptz '2024-01-01' + n * interval '1 hour' END AS removed_timestamp,
        1705329825123456789 + n::bigint * 1000000007 AS marker_at, ((n % 100) / 4.0)::numeric(8, 2) AS price, 'line ' || n AS line,
        md5(n::text)::uuid AS ref, md5(n::text)::uuid::text AS text_ref, (ARRAY['EUR', 'USD', 'CHF'])[1 + n % 3] AS cur,
        NULL::integer AS void, (ARRAY['new', 'done'])[1 + n % 2]::stage AS stage
        FROM generate_series(1, 6000) AS n;
    ALTER TABLE plain ADD PRIMARY KEY (id);
    CREATE TABLE empty (id integer, body text, doc json, at date);
    CREATE TABLE none ();
    CREATE TABLE "we""ird [t] é" ("co""l [1]" text, "select" integer, "ü; --" date);
    INSERT INTO "we""ird [t] é" VALUES ('a''b"c', 1, '2026-01-01'), (E'tab\\t\\\\', 2, NULL);
    CREATE TABLE hard AS SELECT n AS id, json_build_object('a', n % 3) AS doc, jsonb_build_object('b', n) AS docb,
        point(n, n) AS place, decode(lpad(to_hex(n % 7), 4, '0'), 'hex') AS raw, ARRAY[n % 2, 2] AS list,
        '1.2.3.4'::inet + n AS ip, int4range(n, n + 2) AS span, make_interval(hours => n) AS took, 12.5::money * n AS cost,
        '<a>' || n || '</a>' AS doc_text, ROW(n, NULL)::duo AS pair, 'x'::"char" AS letter, time '10:00' AS t,
        ('<r>' || n % 2 || '</r>')::xml AS doc_xml, B'101' AS bits
        FROM generate_series(1, 100) AS n;
    CREATE TABLE extreme (f double precision, r real, n numeric, i bigint, d date, ts timestamptz, txt text);
    INSERT INTO extreme VALUES ('NaN', 'Infinity', 'NaN', -9223372036854775808, '-infinity', '-infinity', ''),
        ('-Infinity', 'NaN', 'Infinity', 9223372036854775807, '0044-03-15 BC', '0044-03-15 BC', ' '),
        (1.7e308, 3e38, 10::numeric ^ 1000, 0, '5874897-12-31', 'infinity', E'a\\nb'),
        (1.6e308, 3e38, -1e-300, 2, NULL, NULL, '😀'), (2, 4, 1.50, 4, '2026-01-01', '2026-01-01', NULL);
    CREATE TABLE huge AS SELECT n AS id, repeat(chr(65 + n % 3), 100000) AS body, repeat('é', 300) || n AS long
        FROM generate_series(1, 60) AS n;
    CREATE TABLE large AS SELECT n AS id, n % 6 AS kind, md5(n::text) AS code, n % 1000 AS thousand,
        CASE WHEN n % 50 = 0 THEN 'rare ' || n END AS rare FROM generate_series(1, 30000) AS n;
    ALTER TABLE large ADD PRIMARY KEY (id);
    CREATE TABLE stale (id integer);
    INSERT INTO stale SELECT n FROM generate_series(1, 3000) AS n;
    CREATE TABLE part (id integer, kind text) PARTITION BY RANGE (id);
    CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (5000);
    CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (5000) TO (50000);
    INSERT INTO part SELECT n, 'k' || n % 4 FROM generate_series(0, 19999) AS n;
    CREATE VIEW seen AS SELECT id, kind FROM large;
    CREATE VIEW broken AS SELECT 1 / (id - 5) AS x FROM plain;
    CREATE VIEW slow AS SELECT id, pg_sleep(0.05)::text AS x FROM plain;
    CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS one WITH NO DATA;
    CREATE TABLE partly (id integer, secret text);
    INSERT INTO partly VALUES (1, 'a');
    CREATE TABLE person AS SELECT n AS id, 'name ' || n AS name, n % 2 AS gender, n * 10 AS salary
        FROM generate_series(1, 200) AS n;
    CREATE TABLE going (id integer, body text);
    INSERT INTO going VALUES (1, 'a');
    ANALYZE large, part, stale, plain;
    UPDATE pg_class SET reltuples = 50000000 WHERE oid = 'stale'::regclass;`);
  await customer.query(
    `REVOKE ALL ON partly FROM ${customer.reader}; GRANT SELECT (id) ON partly TO ${customer.reader}`,
  );
  reader = await connectDatasource(datasourceAt(customer.reader_url));
});
afterAll(async () => {
  await reader.close();
  await customer.close();
});

async function tableOf(table_key: string): Promise<SnapshotTable> {
  const { tables } = await introspect(reader, { tables: [table_key] });
  const [table] = tables;
  if (!table) throw new Error(`there is no ${table_key}`);
  return table;
}

const profile = async (table_key: string, options: ProfileOptions = {}) =>
  profileTable(reader, await tableOf(table_key), options);

function column({ columns }: TableProfile, column_key: string): ColumnProfile {
  const found = columns.find((each) => each.column_key === column_key);
  if (!found) throw new Error(`there is no ${column_key}`);
  return found;
}

describe('a table below the limit', () => {
  let plain: TableProfile;
  beforeAll(async () => {
    plain = await profile('public.plain');
  });

  test('is counted exactly', () => {
    expect(plain).toMatchObject({ status: 'PROFILED', row_count: 6_000, is_row_count_exact: true, sampled_rows: null });
    expect(column(plain, 'id')).toMatchObject({
      null_count: 0,
      distinct_count: 6_000,
      is_distinct_exact: true,
      distinct_source: 'counted',
      min_value: '1',
      max_value: '6000',
      avg_value: 3_000.5,
      distribution: null,
    });
    expect(column(plain, 'removed_timestamp')).toMatchObject({
      null_count: 5_700,
      distinct_count: 300,
      min_value: '2024-01-01 20:00:00+00',
    });
    expect(column(plain, 'line')).toMatchObject({ min_length: 6, max_length: 9, min_value: 'line 1', avg_value: null });
    expect(column(plain, 'price')).toMatchObject({ min_value: '0.00', distinct_count: 100 });
    expect(column(plain, 'void')).toMatchObject({
      null_count: 6_000,
      distinct_count: 0,
      samples: [],
      distribution: [],
    });
  });

  test('lists every value where there are few, with its rows', () => {
    expect(column(plain, 'label').distribution).toEqual([
      { value: 'status 0', count: 2_000 },
      { value: 'status 1', count: 2_000 },
      { value: 'status 2', count: 2_000 },
    ]);
    expect(column(plain, 'ok').distribution).toEqual([
      { value: 'false', count: 3_000 },
      { value: 'true', count: 3_000 },
    ]);
    expect(column(plain, 'stage').samples).toEqual(['done', 'new']);
    expect(column(plain, 'state').distribution).toHaveLength(8);
  });

  test('gives 50 different samples where there are many, also where most rows have none', () => {
    for (const key of ['id', 'line', 'ref', 'removed_timestamp', 'marker_at']) {
      const { samples } = column(plain, key);
      expect(samples).toHaveLength(50);
      expect(new Set(samples).size).toBe(50);
      expect(samples).toEqual(samples.toSorted());
    }
  });

  test('its columns take the paths of their types and values', () => {
    const paths = Object.fromEntries(
      plain.columns.map(({ column_key, classification_path }) => [column_key, classification_path]),
    );
    expect(paths).toEqual({
      id: 'numeric',
      state: 'enum',
      label: 'enum',
      ok: 'boolean',
      removed_timestamp: 'timestamp',
      marker_at: 'timestamp',
      price: 'numeric',
      line: 'text',
      ref: 'uuid',
      text_ref: 'uuid',
      cur: 'enum',
      void: 'numeric',
      stage: 'enum',
    });
    expect(column(plain, 'marker_at').patterns[0]).toMatchObject({ pattern: 'unix_nanos', match_rate: 1 });
    expect(column(plain, 'cur').patterns[0]).toMatchObject({ pattern: 'iso4217', match_rate: 1, matched: 3 });
  });

  test('is the same a second time, and whether or not the catalog has statistics', async () => {
    expect(await profile('public.plain')).toEqual(plain);
    await customer.query("DELETE FROM pg_statistic WHERE starelid = 'plain'::regclass");
    expect(await profile('public.plain')).toEqual(plain);
  });

  test('its fingerprint stays while nothing of weight changes', async () => {
    await customer.query("INSERT INTO plain (id, state, label) VALUES (6001, 3, 'status 1')");
    const more = await profile('public.plain');
    expect(more.row_count).toBe(6_001);
    await customer.query('DELETE FROM plain WHERE id > 6000');
    expect((await profile('public.plain')).profile_sha256).toBe(plain.profile_sha256);
    await customer.query("INSERT INTO plain (id, state, label) VALUES (6001, 3, 'status 9')");
    expect((await profile('public.plain')).profile_sha256).not.toBe(plain.profile_sha256);
    await customer.query('DELETE FROM plain WHERE id > 6000');
  });
});

describe('what else is in tables', () => {
  test('an empty table, and one without columns', async () => {
    const empty = await profile('public.empty');
    expect(empty).toMatchObject({ status: 'PROFILED', row_count: 0, is_row_count_exact: true });
    expect(empty.columns.map(({ classification_path }) => classification_path)).toEqual([
      'numeric',
      'text',
      'json',
      'timestamp',
    ]);
    expect(column(empty, 'id')).toMatchObject({ null_count: 0, distinct_count: 0, min_value: null, avg_value: null });
    expect(await profile('public.none')).toMatchObject({ status: 'PROFILED', row_count: 0, columns: [] });
  });

  test('names with quotes, brackets, spaces and letters of any kind', async () => {
    const weird = await profile('public."we""ird [t] é"');
    expect(weird).toMatchObject({ status: 'PROFILED', row_count: 2 });
    expect(column(weird, '"co""l [1]"').samples).toEqual(['a\'b"c', 'tab\t\\']);
    expect(column(weird, 'select').avg_value).toBe(1.5);
  });

  test('texts of collations that know no case, or are not those of the database', async () => {
    await customer.query(`CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TABLE collated (a text COLLATE no_case, b text COLLATE "C", c varchar(9) COLLATE "POSIX", d integer);
      GRANT SELECT ON collated TO ${customer.reader};
      INSERT INTO collated VALUES ('x', 'x', 'x', 1), ('X', 'X', 'X', 2), ('x', NULL, 'y', 2)`);
    const collated = await profile('public.collated');
    expect(collated.message).toBeNull();
    expect(column(collated, 'a')).toMatchObject({
      distinct_count: 2,
      min_value: 'X',
      distribution: [
        { value: 'x', count: 2 },
        { value: 'X', count: 1 },
      ],
    });
    expect(column(collated, 'c').samples).toEqual(['X', 'x', 'y']);
  });

  test('names of any kind, as they come', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => !text.includes('\0') && Buffer.byteLength(text) <= 63);
    const names = fc.uniqueArray(name, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(name, names, async (table_name, column_names) => {
        const columns = column_names.map((each) => `${quotePostgres(each)} text`).join(', ');
        await customer.query(`CREATE SCHEMA odd; CREATE TABLE odd.${quotePostgres(table_name)} (${columns});
          INSERT INTO odd.${quotePostgres(table_name)} VALUES ('a'); GRANT USAGE ON SCHEMA odd TO ${customer.reader};
          GRANT SELECT ON ALL TABLES IN SCHEMA odd TO ${customer.reader}`);
        try {
          const profiled = await profile(objectKey(['odd', table_name]));
          expect(profiled).toMatchObject({ status: 'PROFILED', row_count: 1 });
          expect(profiled.columns.map(({ column_key }) => partsOf(column_key)[0])).toEqual(column_names);
        } finally {
          await customer.query('DROP SCHEMA odd CASCADE');
        }
      }),
      { numRuns: 15 },
    );
  });

  test('types without equality or order are told apart as texts', async () => {
    const hard = await profile('public.hard');
    expect(hard.message).toBeNull();
    const counts = Object.fromEntries(
      hard.columns.map(({ column_key, distinct_count }) => [column_key, distinct_count]),
    );
    expect(counts).toEqual({
      id: 100,
      doc: 3,
      docb: 100,
      place: 100,
      raw: 7,
      list: 2,
      ip: 100,
      span: 100,
      took: 100,
      cost: 100,
      doc_text: 100,
      pair: 100,
      letter: 1,
      t: 1,
      doc_xml: 2,
      bits: 1,
    });
    expect(column(hard, 'doc')).toMatchObject({ min_length: 9, min_value: null, distribution: null });
    expect(column(hard, 'doc').samples).toHaveLength(3);
    expect(column(hard, 'raw')).toMatchObject({ min_length: 2, max_length: 2, classification_path: 'unknown' });
    expect(column(hard, 'list').distribution).toHaveLength(2);
    expect(column(hard, 'took')).toMatchObject({ min_value: '01:00:00', max_value: '100:00:00' });
    expect(column(hard, 'cost')).toMatchObject({ min_value: '12.50', max_value: '1250.00', avg_value: 631.25 });
    expect(column(hard, 'doc_text').patterns[0]?.pattern).toBe('xml');
    expect(column(hard, 'doc_xml').patterns[0]?.pattern).toBe('xml');
  });

  test('numbers that are none, numbers too large to add up, dates before Christ', async () => {
    const extreme = await profile('public.extreme');
    expect(column(extreme, 'f')).toMatchObject({ min_value: '-Infinity', max_value: 'NaN', avg_value: 2 });
    expect(column(extreme, 'r')).toMatchObject({ max_value: 'NaN', distinct_count: 4 });
    expect(column(extreme, 'n')).toMatchObject({ max_value: 'NaN', avg_value: 0.75 });
    expect(column(extreme, 'i')).toMatchObject({ min_value: '-9223372036854775808', max_value: '9223372036854775807' });
    expect(column(extreme, 'd')).toMatchObject({ min_value: '-infinity', max_value: '5874897-12-31', null_count: 1 });
    expect(column(extreme, 'd').samples).toContain('0044-03-15 BC');
    expect(column(extreme, 'ts').max_value).toBe('infinity');
    expect(column(extreme, 'txt')).toMatchObject({ min_length: 0, max_length: 3, samples: ['', ' ', 'a\nb', '😀'] });
    expect(JSON.parse(JSON.stringify(extreme))).toEqual(extreme);
  });

  test('long texts are cut where they leave the server, and are no list of values', async () => {
    const huge = await profile('public.huge');
    expect(column(huge, 'body')).toMatchObject({ distinct_count: 3, max_length: 100_000, distribution: null });
    expect(column(huge, 'body').samples.every((sample) => sample.length === 200)).toBe(true);
    expect(column(huge, 'long')).toMatchObject({ distinct_count: 60, min_length: 301 });
    expect(JSON.stringify(huge).length).toBeLessThan(20_000);
  });

  test('1600 columns', async () => {
    const names = Array.from({ length: 1_600 }, (_, at) => `c${at}`);
    await customer.query(`CREATE TABLE wide (${names.map((name) => `${name} smallint`).join(', ')});
      GRANT SELECT ON wide TO ${customer.reader};
      INSERT INTO wide SELECT ${names.map((_, at) => `n % ${(at % 9) + 1}`).join(', ')} FROM generate_series(1, 40) AS n`);
    const wide = await profile('public.wide');
    expect(wide.columns).toHaveLength(1_600);
    expect(column(wide, 'c1599')).toMatchObject({ distinct_count: 7, null_count: 0 });
    expect(column(wide, 'c1597').distribution).toHaveLength(5);
  });
});

describe('a table above the limit', () => {
  const limits = { row_limit: 5_000, sample_rows: 4_000 };

  test('is sampled, the same rows every time, and says so', async () => {
    const large = await profile('public.large', limits);
    expect(large).toMatchObject({ row_count: 30_000, is_row_count_exact: false });
    expect(large.sampled_rows).toBeGreaterThan(1_000);
    expect(large.sampled_rows).toBeLessThanOrEqual(8_000);
    expect(column(large, 'id')).toMatchObject({
      distinct_count: 30_000,
      is_distinct_exact: false,
      distinct_source: 'catalog',
    });
    expect(column(large, 'kind').distribution).toHaveLength(6);
    expect(column(large, 'kind').classification_path).toBe('enum');
    expect(column(large, 'thousand').distinct_count).toBe(1_000);
    const { null_count, row_count } = column(large, 'rare');
    expect((null_count ?? 0) / (row_count ?? 1)).toBeCloseTo(0.98, 2);
    expect(await profile('public.large', limits)).toEqual(large);
  });

  test('without statistics in the catalog the sample speaks for the rest', async () => {
    await customer.query("DELETE FROM pg_statistic WHERE starelid = 'large'::regclass");
    const large = await profile('public.large', limits);
    expect(column(large, 'thousand')).toMatchObject({ distinct_source: 'sample', is_distinct_exact: false });
    const { distinct_count } = column(large, 'thousand');
    expect(Math.abs((distinct_count ?? 0) - 1_000)).toBeLessThan(100);
    expect(column(large, 'code').distinct_count).toBe(30_000);
  });

  test('one that is larger than the catalog says is noticed', async () => {
    await customer.query("UPDATE pg_class SET reltuples = -1 WHERE oid = 'large'::regclass");
    const large = await profile('public.large', limits);
    expect(large.is_row_count_exact).toBe(false);
    expect(Math.abs((large.row_count ?? 0) - 30_000)).toBeLessThan(6_000);
  });

  test('one that the catalog says has 50 million rows is read by a few pages', async () => {
    const stale = await profile('public.stale');
    expect(stale).toMatchObject({ status: 'PROFILED', row_count: 50_000_000, is_row_count_exact: false });
    expect(stale.sampled_rows).toBeGreaterThan(0);
  });

  test('partitions are sampled as one table', async () => {
    const part = await profile('public.part', limits);
    expect(part).toMatchObject({ row_count: 20_000, is_row_count_exact: false });
    expect(part.sampled_rows).toBeGreaterThan(1_000);
    expect(await profile('public.part')).toMatchObject({ row_count: 20_000, is_row_count_exact: true });
  });

  test('a view is read from its beginning', async () => {
    const seen = await profile('public.seen', limits);
    expect(seen).toMatchObject({ status: 'PROFILED', is_row_count_exact: false, sampled_rows: 4_001 });
    expect(seen.row_count).toBeGreaterThanOrEqual(4_001);
    expect(await profile('public.seen', { row_limit: 50_000, sample_rows: 50_000 })).toMatchObject({
      row_count: 30_000,
      is_row_count_exact: true,
    });
  });

  test('one with long rows is sampled by less', async () => {
    const huge = await profile('public.huge', { byte_limit: 1 });
    expect(huge).toMatchObject({ status: 'PROFILED', is_row_count_exact: false });
  });
});

describe('what cannot be read is told, and nothing else suffers', () => {
  test('a time-out, an error in a view, a view that was never filled', async () => {
    const hasty = await connectDatasource(datasourceAt(customer.reader_url, 300));
    const slow = await profileTable(hasty, await tableOf('public.slow'));
    expect(slow).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('statement timeout'),
      row_count: null,
    });
    expect(slow.columns.map(({ column_key }) => column_key)).toEqual(['id', 'x']);
    expect((await profileTable(hasty, await tableOf('public.empty'))).status).toBe('PROFILED');
    await hasty.close();
    expect(await profile('public.broken')).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('zero'),
    });
    expect(await profile('public.unfilled')).toMatchObject({
      status: 'FAILED',
      message: expect.stringContaining('populated'),
    });
  });

  test('a table that somebody locks against readers', async () => {
    await customer.query('BEGIN; LOCK TABLE empty IN ACCESS EXCLUSIVE MODE');
    const locked = await connectDatasource(datasourceAt(customer.reader_url, 500));
    const profiled = await profileTable(locked, await tableOf('public.empty'));
    await customer.query('ROLLBACK');
    await locked.close();
    expect(profiled).toMatchObject({ status: 'FAILED', message: expect.stringContaining('timeout') });
  });

  test('columns the login may not read, and columns and tables that went meanwhile', async () => {
    const partly = await profile('public.partly');
    expect(column(partly, 'secret')).toMatchObject({ row_count: null, note: 'the login may not read it' });
    expect(column(partly, 'id')).toMatchObject({ distinct_count: 1, note: null });
    const going = await tableOf('public.going');
    await customer.query('ALTER TABLE going DROP COLUMN body');
    expect(column(await profileTable(reader, going), 'body').note).toBe('the column is gone');
    await customer.query('DROP TABLE going');
    expect(await profileTable(reader, going)).toMatchObject({
      status: 'SKIPPED',
      message: expect.stringContaining('gone'),
    });
  });

  test('a connection that is lost is no fault of the table', async () => {
    const lost = await connectDatasource(datasourceAt(customer.reader_url));
    const [row] = await lost.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await customer.query(`SELECT pg_terminate_backend(${Number(row?.pid)})`);
    await expect(profileTable(lost, await tableOf('public.plain'))).rejects.toMatchObject({
      code: 'DATASOURCE_UNREACHABLE',
    });
    await lost.close();
  });

  test('what is aborted stops', async () => {
    await expect(profile('public.plain', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

test('of a sensitive column counts and lengths are read, values are not', async () => {
  const person = await profile('public.person', { sensitive: new Set(['name', 'gender', 'salary']) });
  expect(column(person, 'name')).toMatchObject({
    null_count: 0,
    distinct_count: 200,
    min_length: 6,
    max_length: 8,
    min_value: null,
    samples: [],
    distribution: null,
    patterns: [],
    classification_path: 'text',
    note: expect.stringContaining('sensitive'),
  });
  expect(column(person, 'gender')).toMatchObject({
    distinct_count: 2,
    distribution: null,
    samples: [],
    max_value: null,
  });
  expect(column(person, 'salary')).toMatchObject({ avg_value: null, max_value: null });
  expect(JSON.stringify(person)).not.toMatch(/name 1|2000/);
});
