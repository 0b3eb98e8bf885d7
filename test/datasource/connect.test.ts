import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDatasource, type DatasourceConnection } from '../../src/datasource/connect.ts';
import { datasourceUrl } from '../../src/datasource/datasource-url.ts';
import { probeDatasource } from '../../src/datasource/probe.ts';
import { projectFolder } from '../support/cli.ts';
import { type CustomerDatabase, createCustomerDatabase, datasourceAt } from '../support/datasource.ts';

let customer: CustomerDatabase;
let reader: DatasourceConnection;
let superuser: DatasourceConnection;
beforeAll(async () => {
  customer = await createCustomerDatabase(`
    CREATE TABLE note (id bigint PRIMARY KEY, body text, written timestamptz, price numeric, tags jsonb, day date, raw bytea);
    INSERT INTO note VALUES (9007199254740993, 'first', '2026-11-21 10:00+02', 12.340, '["a"]', '2026-11-21', '\\x00ff');
    INSERT INTO note SELECT n, repeat('x', 1000) FROM generate_series(1, 5000) AS n;
    CREATE SEQUENCE counter;
    CREATE FUNCTION public.writes() RETURNS integer LANGUAGE sql AS 'INSERT INTO note (id) VALUES (-1) RETURNING 1'`);
  reader = await connectDatasource(datasourceAt(customer.reader_url));
  superuser = await connectDatasource(datasourceAt(customer.url));
});
afterAll(async () => {
  await reader.close();
  await superuser.close();
  await customer.close();
});

const rowsOf = async (connection: DatasourceConnection, sql: string) => {
  const rows: Record<string, unknown>[] = [];
  for await (const row of connection.stream(sql)) rows.push(row);
  return rows;
};

describe('reading', () => {
  test('values stay exact and mean the same on every machine', async () => {
    expect(await rowsOf(reader, 'SELECT * FROM note WHERE written IS NOT NULL')).toEqual([
      {
        id: '9007199254740993',
        body: 'first',
        written: '2026-11-21 08:00:00+00',
        price: '12.340',
        tags: ['a'],
        day: '2026-11-21',
        raw: '\\x00ff',
      },
    ]);
  });

  test('a stream gives every row, can be left early, and the connection goes on', async () => {
    expect(await rowsOf(reader, 'SELECT id FROM note ORDER BY id')).toHaveLength(5_001);
    for await (const row of reader.stream('SELECT id FROM note')) {
      expect(row).toHaveProperty('id');
      break;
    }
    expect(await reader.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('a trailing semicolon, a comment, WITH, VALUES and TABLE are all right', async () => {
    for (const sql of [
      'SELECT 1;',
      'SELECT 1 -- one',
      'WITH a AS (SELECT 1) SELECT * FROM a',
      'VALUES (1)',
      'TABLE note',
    ]) {
      expect((await rowsOf(reader, sql)).length).toBeGreaterThan(0);
    }
  });

  test('a connection that is cut in the middle says so', async () => {
    const cut = await connectDatasource(datasourceAt(customer.reader_url));
    const reading = async () => {
      for await (const row of cut.stream('SELECT pg_backend_pid() AS pid, n FROM generate_series(1, 100000) AS n')) {
        if (row.n === 1) await customer.query(`SELECT pg_terminate_backend(${Number(row.pid)})`);
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'DATASOURCE_UNREACHABLE' });
    await cut.close();
  });

  test('lists of numbers, times and bytes are lists of texts as exact as one of them', async () => {
    const sql = `SELECT ARRAY[9007199254740993, NULL] AS whole, ARRAY[12345678901234567890.10] AS exact,
      ARRAY['2026-11-21'::date] AS days, ARRAY['2026-11-21 10:00+02'::timestamptz] AS moments, ARRAY['\\x00ff'::bytea] AS raw`;
    expect(await rowsOf(reader, sql)).toEqual([
      {
        whole: ['9007199254740993', null],
        exact: ['12345678901234567890.10'],
        days: ['2026-11-21'],
        moments: ['2026-11-21 08:00:00+00'],
        raw: ['\\x00ff'],
      },
    ]);
  });

  test('a query with parameters is told to go without', async () => {
    await expect(rowsOf(reader, 'SELECT * FROM note WHERE id = $1')).rejects.toMatchObject({
      code: 'DATASOURCE_FAILED',
      message: expect.stringContaining('it has parameters'),
    });
  });

  test.each([
    ['texts', "SELECT n AS id, repeat('x', 1000000) AS body FROM generate_series(1, 300) AS n", 300],
    [
      'texts behind small ones',
      "SELECT n AS id, repeat('x', CASE WHEN n > 850 THEN 1000000 ELSE 1 END) FROM generate_series(1, 1650) AS n",
      1650,
    ],
    [
      'documents',
      "SELECT n AS id, jsonb_build_object('a', repeat('x', 1000000)) FROM generate_series(1, 800) AS n",
      800,
    ],
  ])('a result of %s far larger than memory allows is read a part at a time', async (_, big, all) => {
    let most = 0;
    let rows = 0;
    global.gc?.();
    const before = process.memoryUsage().rss;
    for await (const row of reader.stream(big)) {
      rows += 1;
      expect(row.id).toBe(rows);
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(rows).toBe(all);
    expect(most).toBeLessThan(250 * 1024 * 1024);
  });
});

describe('nothing can be written, even by a superuser', () => {
  test.each([
    ['INSERT INTO note (id) VALUES (0)'],
    ['WITH w AS (DELETE FROM note RETURNING 1) SELECT * FROM w'],
    ['SELECT writes()'],
    ["SELECT nextval('counter')"],
    ['CREATE TABLE t (a integer)'],
    ['SELECT 1; DELETE FROM note'],
    ['SELECT 1; COMMIT; DELETE FROM note; BEGIN'],
    ['DELETE FROM note'],
    ["SELECT set_config('transaction_read_only', 'off', false), writes()"],
    ['SET default_transaction_read_only = off'],
  ])('%s', async (sql) => {
    await expect(rowsOf(superuser, sql)).rejects.toMatchObject({ code: 'DATASOURCE_FAILED' });
    await expect(
      superuser.query(sql.startsWith('SET') ? 'SELECT 1; SET default_transaction_read_only = off' : sql),
    ).rejects.toMatchObject({ code: 'DATASOURCE_FAILED' });
    expect(await customer.query('SELECT count(*)::integer AS n FROM note')).toEqual([{ n: 5_001 }]);
  });

  test('not even after a query has switched the session to writing', async () => {
    await rowsOf(superuser, "SELECT set_config('default_transaction_read_only', 'off', false)");
    await expect(rowsOf(superuser, 'SELECT writes()')).rejects.toMatchObject({
      code: 'DATASOURCE_FAILED',
      hint: expect.stringContaining('read-only'),
    });
  });

  test('a statement that takes too long is stopped, and says what to do', async () => {
    const hasty = await connectDatasource(datasourceAt(customer.reader_url, 50));
    await expect(rowsOf(hasty, 'SELECT pg_sleep(5)')).rejects.toMatchObject({
      message: expect.stringContaining('statement timeout'),
      hint: expect.stringContaining('--statement-timeout'),
    });
    expect(await hasty.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await hasty.close();
  });

  test('it is told by name who is connected', async () => {
    expect(await reader.query("SELECT current_setting('application_name') AS name")).toEqual([
      { name: 'sproute datasource' },
    ]);
  });
});

describe('the probe', () => {
  test('a role that only reads is told from one that could write', async () => {
    const fresh = await connectDatasource(datasourceAt(customer.url));
    expect(await probeDatasource(reader)).toMatchObject({
      server: expect.stringMatching(/^PostgreSQL \d/),
      role: customer.reader,
      session_is_read_only: true,
      role_is_read_only: true,
      may_write: [],
      readable_tables: 1,
    });
    expect(await probeDatasource(fresh)).toMatchObject({
      session_is_read_only: true,
      role_is_read_only: false,
      may_write: ['everything: it is a superuser'],
    });
    await fresh.close();
  });

  test('the right to change one column, or to make something, is a right to write', async () => {
    await customer.query(
      `GRANT UPDATE (body) ON note TO ${customer.reader}; GRANT CREATE ON SCHEMA public TO ${customer.reader}`,
    );
    expect(await probeDatasource(reader)).toMatchObject({
      role_is_read_only: false,
      may_write: ['rows of 1 tables', 'new objects in 1 schemas'],
    });
    await customer.query(
      `REVOKE UPDATE (body) ON note FROM ${customer.reader}; REVOKE CREATE ON SCHEMA public FROM ${customer.reader}`,
    );
  });
});

describe('what a datasource refers to', () => {
  const crm = { name: 'crm', engine: 'postgres', url_env: 'CRM_URL', url_file: null } as const;

  test('a variable or a file holds the URL; what is wrong names the place and never the value', () => {
    const file = join(projectFolder(), 'url');
    writeFileSync(file, 'postgres://u:topsecret@h/db\n');
    expect(datasourceUrl(crm, { CRM_URL: 'postgresql://u:p@h/db' })).toBe('postgresql://u:p@h/db');
    expect(datasourceUrl({ ...crm, url_env: null, url_file: file }, {})).toBe('postgres://u:topsecret@h/db');
    expect(() => datasourceUrl(crm, {})).toThrow('the environment variable CRM_URL is not set');
    expect(() => datasourceUrl({ ...crm, url_env: null, url_file: '/nowhere' }, {})).toThrow('cannot be read');
    for (const value of ['topsecret', 'mysql://u:topsecret@h/db', 'postgres//topsecret']) {
      expect(() => datasourceUrl(crm, { CRM_URL: value })).toThrow(
        /^The datasource crm cannot be used: CRM_URL does not hold/,
      );
    }
    expect(() => datasourceUrl({ ...crm, engine: 'mssql' }, { CRM_URL: 'postgres://u:topsecret@h/db' })).toThrow(
      'CRM_URL holds a postgres:// URL, and the datasource is of the engine mssql',
    );
  });

  test('a certificate that is not there is a fault of the URL', async () => {
    const url = new URL(customer.reader_url);
    url.searchParams.set('sslrootcert', '/nowhere/ca.pem');
    const failure = await connectDatasource(datasourceAt(url.toString())).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('/nowhere/ca.pem') });
    expect(String(failure)).not.toContain('secret');
  });

  test('a refused login and a closed port are told apart, without the password', async () => {
    const wrong = new URL(customer.reader_url);
    wrong.password = 'topsecret wrong';
    const closed = new URL(customer.reader_url);
    closed.port = '1';
    for (const [url, message] of [
      [wrong, 'refused the login'],
      [closed, 'cannot be reached'],
      [new URL(customer.reader_url.replace(/customer_\w+/, 'nosuch')), 'cannot be reached'],
    ] as const) {
      const failure = await connectDatasource(datasourceAt(url.toString())).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'DATASOURCE_UNREACHABLE', message: expect.stringContaining(message) });
      expect(String(failure)).not.toContain('secret');
    }
  });
});
