import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDatasource, type DatasourceConnection } from '../../src/datasource/connect.ts';
import { introspect, type SchemaSnapshot, type SnapshotTable } from '../../src/datasource/introspect.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';

let customer: CustomerDatabase;
let reader: DatasourceConnection;
let snapshot: SchemaSnapshot;
beforeAll(async () => {
  customer = await createCustomerDatabase(`
    CREATE SCHEMA "Süd ""Ost"" [x].y";
    CREATE SCHEMA hidden;
    CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', 'happy');
    CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
    CREATE DOMAIN strict_positive AS positive NOT NULL;
    CREATE TABLE customer (id serial PRIMARY KEY, region_no integer NOT NULL, region_code char(2) NOT NULL,
        email varchar(200) UNIQUE, UNIQUE (region_code, region_no));
    COMMENT ON TABLE customer IS 'Who buys; "quoted"';
    COMMENT ON COLUMN customer.email IS 'E-Mail';
    CREATE TABLE "Süd ""Ost"" [x].y"."order; DROP TABLE x" (
        id bigint GENERATED ALWAYS AS IDENTITY, "ord code" text NOT NULL, "select" integer, code text,
        parent bigint, amount positive, tax strict_positive, moods mood[] DEFAULT '{}', mood mood DEFAULT 'happy',
        total numeric(10, 2) GENERATED ALWAYS AS (amount * 2) STORED, note json, place point, raw bytea, doc xml,
        t time, span interval, f real, ok boolean, "Ключ" uuid, amounts positive[],
        PRIMARY KEY ("ord code", id),
        CONSTRAINT "to customer" FOREIGN KEY ("select", code) REFERENCES public.customer (region_no, region_code));
    ALTER TABLE "Süd ""Ost"" [x].y"."order; DROP TABLE x" DROP COLUMN parent;
    ALTER TABLE "Süd ""Ost"" [x].y"."order; DROP TABLE x" ADD parent_code text, ADD parent_id bigint,
        ADD FOREIGN KEY (parent_id, parent_code) REFERENCES "Süd ""Ost"" [x].y"."order; DROP TABLE x" (id, "ord code");
    CREATE UNIQUE INDEX ux_lower ON customer (lower(email));
    CREATE UNIQUE INDEX ux_some ON customer (region_no) WHERE region_no > 5;
    CREATE TABLE event (at date NOT NULL, customer_id integer REFERENCES customer (id)) PARTITION BY RANGE (at);
    CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    INSERT INTO event SELECT date '2025-06-01' + n % 500, NULL FROM generate_series(1, 700) AS n;
    CREATE TABLE old_log (line text);
    CREATE TABLE old_log_1 () INHERITS (old_log);
    CREATE VIEW buyers AS SELECT id, email FROM customer;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM customer;
    CREATE TABLE hidden.secret (id integer PRIMARY KEY REFERENCES public.customer (id));
    CREATE TABLE forbidden (id integer REFERENCES customer (id));
    CREATE TABLE partly (id integer, body text);
    CREATE TABLE nothing ();
    CREATE TEMPORARY TABLE passing (id integer);
    ANALYZE event, customer, event_2025, event_2026`);
  await customer.query(`GRANT USAGE ON SCHEMA "Süd ""Ost"" [x].y" TO ${customer.reader};
    GRANT SELECT ON ALL TABLES IN SCHEMA "Süd ""Ost"" [x].y" TO ${customer.reader};
    REVOKE ALL ON forbidden, partly FROM ${customer.reader}; GRANT SELECT (id) ON partly TO ${customer.reader}`);
  reader = await connectDatasource(datasourceAt(customer.reader_url));
  snapshot = await introspect(reader);
});
afterAll(async () => {
  await reader.close();
  await customer.close();
});

const odd = '"Süd ""Ost"" [x].y"."order; DROP TABLE x"';
const find = (key: string, of = snapshot): SnapshotTable => {
  const table = of.tables.find(({ table_key }) => table_key === key);
  if (!table) throw new Error(`there is no ${key}`);
  return table;
};
const columnOf = (key: string, column: string, of = snapshot) =>
  find(key, of).columns.find(({ column_key }) => column_key === column);

describe('a login that may only SELECT sees', () => {
  test('every table it may read, what kind it is and what it is a part of; of the others only the names', () => {
    expect(snapshot.tables.map(({ table_key, kind, partition_of }) => [table_key, kind, partition_of])).toEqual([
      [odd, 'table', null],
      ['public.buyers', 'view', null],
      ['public.counted', 'materialized_view', null],
      ['public.customer', 'table', null],
      ['public.event', 'partitioned', null],
      ['public.event_2025', 'partition', 'public.event'],
      ['public.event_2026', 'partition', 'public.event'],
      ['public.nothing', 'table', null],
      ['public.old_log', 'table', null],
      ['public.old_log_1', 'table', 'public.old_log'],
      ['public.partly', 'table', null],
    ]);
    expect(snapshot.visible_tables).toBe(11);
    expect(snapshot.skipped.map(({ table_key }) => table_key)).toEqual(['hidden.secret', 'public.forbidden']);
    expect(snapshot.skipped[0]?.reason).toMatch(/may not SELECT/);
  });

  test('declared foreign keys, paired column by column, over schemas and to itself', () => {
    expect(snapshot.declared_foreign_keys).toBe(5);
    expect(find(odd).foreign_keys).toEqual([
      {
        name: 'order; DROP TABLE x_parent_id_parent_code_fkey',
        columns: ['parent_id', 'parent_code'],
        to_table: odd,
        to_columns: ['id', '"ord code"'],
      },
      {
        name: 'to customer',
        columns: ['select', 'code'],
        to_table: 'public.customer',
        to_columns: ['region_no', 'region_code'],
      },
    ]);
    expect(find('public.event').foreign_keys).toHaveLength(1);
    expect(find('public.event_2025').foreign_keys).toEqual([]);
  });

  test('primary and unique keys in their own order; what is partial or an expression is an index only', () => {
    expect(find(odd).primary_key).toEqual(['"ord code"', 'id']);
    const { primary_key, unique_keys, indexes } = find('public.customer');
    expect(primary_key).toEqual(['id']);
    expect(unique_keys).toEqual([
      { name: 'customer_email_key', columns: ['email'] },
      { name: 'customer_region_code_region_no_key', columns: ['region_code', 'region_no'] },
    ]);
    expect(indexes).toContainEqual({ name: 'ux_lower', columns: [null], is_unique: true, is_partial: false });
    expect(indexes).toContainEqual({ name: 'ux_some', columns: ['region_no'], is_unique: true, is_partial: true });
  });

  test('types with their families: domains by what lies under them, arrays, enums with labels', () => {
    expect(
      find(odd).columns.map(({ column_key, data_type, type_family }) => [column_key, data_type, type_family]),
    ).toEqual([
      ['id', 'bigint', 'integer'],
      ['"ord code"', 'text', 'text'],
      ['select', 'integer', 'integer'],
      ['code', 'text', 'text'],
      ['amount', 'positive (integer)', 'integer'],
      ['tax', 'strict_positive (integer)', 'integer'],
      ['moods', 'mood[]', 'array'],
      ['mood', 'mood', 'enum'],
      ['total', 'numeric(10,2)', 'decimal'],
      ['note', 'json', 'json'],
      ['place', 'point', 'other'],
      ['raw', 'bytea', 'binary'],
      ['doc', 'xml', 'other'],
      ['t', 'time without time zone', 'time'],
      ['span', 'interval', 'interval'],
      ['f', 'real', 'float'],
      ['ok', 'boolean', 'boolean'],
      ['"Ключ"', 'uuid', 'uuid'],
      ['amounts', 'positive[]', 'array'],
      ['parent_code', 'text', 'text'],
      ['parent_id', 'bigint', 'integer'],
    ]);
    expect(columnOf(odd, 'mood')?.enum_labels).toEqual(['sad', 'it\'s "ok"', 'happy']);
    expect(columnOf(odd, 'moods')?.enum_labels).toBeNull();
  });

  test('nullability, defaults, computed and counting columns, comments', () => {
    expect(columnOf(odd, 'id')).toMatchObject({
      is_nullable: false,
      is_identity: true,
      is_computed: false,
      ordinal: 1,
    });
    expect(columnOf(odd, 'tax')?.is_nullable).toBe(false);
    expect(columnOf(odd, 'amount')?.is_nullable).toBe(true);
    expect(columnOf(odd, 'total')).toMatchObject({
      is_computed: true,
      column_default: expect.stringContaining('amount'),
    });
    expect(columnOf(odd, 'mood')?.column_default).toBe("'happy'::mood");
    expect(columnOf('public.customer', 'id')).toMatchObject({ is_identity: true });
    expect(columnOf('public.customer', 'region_no')).toMatchObject({ is_identity: false, column_default: null });
    expect(find('public.customer').comment).toBe('Who buys; "quoted"');
    expect(columnOf('public.customer', 'email')?.comment).toBe('E-Mail');
  });

  test('how many rows the catalog expects, and where it does not know', () => {
    expect(find('public.event').row_estimate).toBe(700);
    expect(find('public.customer').row_estimate).toBe(0);
    expect(find('public.old_log').row_estimate).toBeNull();
    expect(find('public.buyers').row_estimate).toBeNull();
  });
});

describe('filters', () => {
  const keysOf = async (filters: Parameters<typeof introspect>[1]) =>
    (await introspect(reader, filters)).tables.map(({ table_key }) => table_key);

  test('choose by patterns for schemas, tables, and both', async () => {
    expect(await keysOf({ exclude_schemas: ['public'] })).toEqual([odd]);
    expect(await keysOf({ include_schemas: ['S?d*'] })).toEqual([odd]);
    expect(await keysOf({ include_tables: ['event*'], exclude_tables: ['*_2026'] })).toEqual([
      'public.event',
      'public.event_2025',
    ]);
    expect(await keysOf({ include_tables: ['public.c*'] })).toEqual(['public.counted', 'public.customer']);
    expect(await keysOf({ include_tables: ['order; DROP*', '[a-z]+'] })).toEqual([odd]);
    expect(await keysOf({ tables: [odd, 'public.gone'] })).toEqual([odd]);
    expect(await keysOf({ include_schemas: ['none'] })).toEqual([]);
  });

  test('nothing declared is told from nothing visible', async () => {
    expect(await introspect(reader, { tables: ['public.old_log'] })).toMatchObject({
      declared_foreign_keys: 0,
      visible_tables: 1,
    });
    expect(await introspect(reader, { tables: ['hidden.secret'] })).toMatchObject({
      declared_foreign_keys: 1,
      visible_tables: 0,
      tables: [],
      skipped: [{ table_key: 'hidden.secret' }],
    });
  });

  test('a key that is none is refused', async () => {
    await expect(introspect(reader, { tables: ['a b'] })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

describe('fingerprints', () => {
  test('rows leave them alone, a changed column changes its own and its table', async () => {
    expect(await introspect(reader)).toEqual(snapshot);
    await customer.query(`INSERT INTO old_log VALUES ('x'); ANALYZE old_log;
      ALTER TABLE customer ALTER email SET NOT NULL; ALTER TABLE event ADD kind text`);
    const later = await introspect(reader);
    const changed = later.tables.filter((table) => find(table.table_key).structure_sha256 !== table.structure_sha256);
    expect(changed.map(({ table_key }) => table_key)).toEqual([
      'public.customer',
      'public.event',
      'public.event_2025',
      'public.event_2026',
    ]);
    const columns = find('public.customer', later).columns.filter(
      (column) => columnOf('public.customer', column.column_key)?.structure_sha256 !== column.structure_sha256,
    );
    expect(columns.map(({ column_key }) => column_key)).toEqual(['email']);
  });

  test('a neighbour that is dropped changes the table, not the columns after it', async () => {
    const before = await introspect(reader);
    await customer.query('ALTER TABLE partly DROP COLUMN id; GRANT SELECT ON partly TO public');
    const after = await introspect(reader);
    expect(columnOf('public.partly', 'body', after)).toEqual(columnOf('public.partly', 'body', before));
    expect(find('public.partly', after).structure_sha256).not.toBe(find('public.partly', before).structure_sha256);
  });
});

test('a table that somebody locks against readers holds nothing up', async () => {
  await customer.query('BEGIN; LOCK TABLE customer IN ACCESS EXCLUSIVE MODE');
  const started = performance.now();
  const now = await introspect(reader);
  await customer.query('ROLLBACK');
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(columnOf('public.customer', 'id', now)).toMatchObject({ data_type: 'integer', column_default: null });
});

test('what extensions own is left out', async () => {
  const available = await customer.query("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements'");
  if (available.length === 0) return;
  await customer.query('CREATE EXTENSION pg_stat_statements');
  const keys = (await introspect(reader)).tables.map(({ table_key }) => table_key);
  expect(keys.filter((key) => key.includes('pg_stat'))).toEqual([]);
});

test('900 tables of 20 columns take seconds', async () => {
  await customer.query(`CREATE SCHEMA many; GRANT USAGE ON SCHEMA many TO ${customer.reader};
    ALTER DEFAULT PRIVILEGES IN SCHEMA many GRANT SELECT ON TABLES TO ${customer.reader}`);
  // A transaction locks what it makes, and the server has so many locks for all who test.
  for (let first = 1; first <= 900; first += 100) {
    await customer.query(`DO $$ BEGIN FOR n IN ${first}..${first + 99} LOOP
      EXECUTE format('CREATE TABLE many.t%s (id integer PRIMARY KEY, %s)', n,
        (SELECT string_agg('c' || c || CASE WHEN c = 1 AND n > 1 THEN ' integer REFERENCES many.t' || (n - 1) ELSE ' text' END, ', ')
         FROM generate_series(1, 19) AS c)); END LOOP; END $$`);
  }
  const started = performance.now();
  const { tables, declared_foreign_keys } = await introspect(reader, { include_schemas: ['many'] });
  expect(performance.now() - started).toBeLessThan(15_000);
  expect(tables).toHaveLength(900);
  expect(declared_foreign_keys).toBe(899);
  expect(tables.every(({ columns }) => columns.length === 20)).toBe(true);
});
