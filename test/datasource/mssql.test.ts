import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSelect } from '../../src/datasource/check-select.ts';
import { connectDatasource, type DatasourceConnection } from '../../src/datasource/connect.ts';
import { introspect, type SchemaSnapshot } from '../../src/datasource/introspect.ts';
import { probeDatasource } from '../../src/datasource/probe.ts';
import { composeSql } from '../../src/ontology/glossary/compose-sql.ts';
import { profileTable } from '../../src/ontology/profile/profile-table.ts';
import type { TableProfile } from '../../src/ontology/profile/table-profile.ts';
import { createMssqlDatabase, type MssqlDatabase, mssqlDatasourceAt, mssqlUrl, suiteName } from '../support/mssql.ts';

const tables = [
  'CREATE SCHEMA [sales dept]',
  'CREATE TYPE dbo.email FROM nvarchar(120)',
  `CREATE TABLE dbo.customer (
     id int IDENTITY(1, 1) NOT NULL CONSTRAINT pk_customer PRIMARY KEY, email dbo.email NOT NULL CONSTRAINT uq_email UNIQUE,
     name varchar(40) NULL, code uniqueidentifier NOT NULL, is_active bit NOT NULL, credit money NULL, fee smallmoney NULL,
     balance decimal(38, 10) NULL, score float NULL, weight real NULL, joined datetime2(6) NOT NULL, seen datetimeoffset(3) NULL, born date NULL,
     wakes time(0) NULL, old datetime NULL, rough smalldatetime NULL, note ntext NULL, words text NULL, photo varbinary(max) NULL,
     picture image NULL, doc xml NULL, extra sql_variant NULL, version rowversion, level tinyint NULL, big bigint NULL, flag char(1) NULL)`,
  `CREATE TABLE [sales dept].orders (region nchar(2) NOT NULL, number int NOT NULL, [customer id] int NOT NULL, placed datetime2(3) NOT NULL,
     CONSTRAINT pk_orders PRIMARY KEY (region, number),
     CONSTRAINT fk_customer FOREIGN KEY ([customer id]) REFERENCES dbo.customer (id))`,
  `CREATE TABLE [sales dept].[order lines] (number int NOT NULL, region nchar(2) NOT NULL, line smallint NOT NULL, qty int NOT NULL,
     price decimal(9, 2) NOT NULL CONSTRAINT df_price DEFAULT 0, total AS qty * price, CONSTRAINT pk_lines PRIMARY KEY (region, number, line),
     CONSTRAINT fk_order FOREIGN KEY (region, number) REFERENCES [sales dept].orders (region, number))`,
  `CREATE TABLE dbo."we]ird [x] 's' größe 漢字" ("a]b" int NOT NULL PRIMARY KEY, "say ""hi""" nvarchar(20) NULL, [it's] nvarchar(20) NULL,
     [; drop table x --] int NULL, [%_?*] bit NULL)`,
  'CREATE TABLE dbo.hollow (id int NOT NULL, what nvarchar(10) NULL)',
  'CREATE TABLE dbo.nothing (id int NOT NULL)',
  `CREATE TABLE dbo."it's ""so""" (n int NOT NULL)`,
  'CREATE VIEW dbo.active AS SELECT id, name FROM dbo.customer WHERE is_active = 1',
  `CREATE TABLE dbo.number (n int NOT NULL PRIMARY KEY)`,
  `INSERT INTO dbo.number SELECT TOP (600) ROW_NUMBER() OVER (ORDER BY (SELECT NULL)) FROM sys.all_columns AS a CROSS JOIN (VALUES (1), (2), (3)) AS b (c)`,
  `INSERT INTO dbo.customer (email, name, code, is_active, credit, fee, balance, score, weight, joined, seen, born, wakes, old, rough, note, words, photo, picture, doc,
     extra, level, big, flag)
   SELECT CONCAT('c', n, '@example.org'), CASE WHEN n % 10 > 0 THEN CONCAT('Name ', n, ' ') END,
     CAST(CONCAT('00000000-0000-0000-0000-', RIGHT(CONCAT('000000000000', n), 12)) AS uniqueidentifier), n % 2, n / 8.0, 1.25, n + 0.0000000001, n / 4.0,
     0.5, DATEADD(day, n, '2024-01-01'), '2024-01-01 00:00:00 +02:00', DATEADD(day, -n, '2000-01-01'), '07:30', '2024-02-03 04:05:06.120', '2024-02-03 04:05',
     N'ü', 'long', CAST(n AS varbinary(8)), 0x00ff, '<a/>', n, n % 5, 9007199254740993, SUBSTRING('abc', 1 + n % 3, 1) FROM dbo.number WHERE n <= 200`,
  `INSERT INTO [sales dept].orders SELECT SUBSTRING('EUUS', 1 + 2 * (n % 2), 2), n, 1 + n % 150, DATEADD(hour, n, '2024-01-01') FROM dbo.number WHERE n <= 400`,
  `INSERT INTO [sales dept].[order lines] (number, region, line, qty, price)
   SELECT o.number, o.region, n.n, 1 + o.number % 7, 2.5 FROM [sales dept].orders AS o JOIN dbo.number AS n ON n.n <= 2`,
  `INSERT INTO dbo."we]ird [x] 's' größe 漢字" SELECT n, N'漢 ''x''', CASE WHEN n > 5 THEN CASE n % 2 WHEN 0 THEN N'b ' ELSE N'b' END END, n % 3, 1 FROM dbo.number WHERE n <= 10`,
];

describe.skipIf(mssqlUrl === '')(suiteName('SQL Server'), { timeout: 180_000 }, () => {
  let database: MssqlDatabase;
  let reader: DatasourceConnection;
  let snapshot: SchemaSnapshot;
  beforeAll(async () => {
    database = await createMssqlDatabase(tables);
    reader = await connectDatasource(mssqlDatasourceAt(database.reader_url));
    snapshot = await introspect(reader);
  }, 180_000);
  afterAll(async () => {
    await reader?.close();
    await database?.close();
  });
  const tableOf = (table_key: string) => {
    const found = snapshot.tables.find((table) => table.table_key === table_key);
    if (!found) throw new Error(`${table_key} is not there`);
    return found;
  };
  const rowsOf = async (connection: DatasourceConnection, sql: string) => {
    const rows: Record<string, unknown>[] = [];
    for await (const row of connection.stream(sql)) rows.push(row);
    return rows;
  };
  const weird = `dbo."we]ird [x] 's' größe 漢字"`;

  describe('reading', () => {
    test('values stay exact and mean the same on every machine', async () => {
      const [row] = await rowsOf(reader, 'SELECT * FROM dbo.customer WHERE id = 2');
      expect(row).toMatchObject({
        id: 2,
        email: 'c2@example.org',
        name: 'Name 2 ',
        code: '00000000-0000-0000-0000-000000000002',
        is_active: false,
        credit: '0.2500',
        fee: '1.2500',
        balance: '2.0000000001',
        score: 0.5,
        joined: '2024-01-03 00:00:00.000000',
        seen: '2023-12-31 22:00:00.000+00:00',
        born: '1999-12-30',
        wakes: '07:30:00',
        old: '2024-02-03 04:05:06.120',
        note: 'ü',
        picture: '0x00ff',
        doc: '<a/>',
        big: '9007199254740993',
      });
      expect(row?.version).toMatch(/^0x[0-9a-f]{16}$/);
    });

    test('a stream gives every row, can be left early, and the connection goes on', async () => {
      const many = 'SELECT a.n FROM dbo.number AS a CROSS JOIN dbo.number AS b ORDER BY a.n';
      expect(await rowsOf(reader, many)).toHaveLength(360_000);
      for await (const row of reader.stream(many)) {
        expect(row).toEqual({ n: 1 });
        break;
      }
      expect(await reader.query('SELECT @p1 AS a, @p2 AS b;', ["it's", null])).toEqual([{ a: "it's", b: null }]);
      await expect(rowsOf(reader, 'SELECT 1 AS a FROM dbo.number WHERE n = @id')).rejects.toMatchObject({
        code: 'DATASOURCE_FAILED',
      });
    });

    test('a statement that takes too long is stopped, says what to do, and the connection goes on', async () => {
      const hasty = await connectDatasource(mssqlDatasourceAt(database.reader_url, { statement_timeout_ms: 300 }));
      const long =
        'SELECT COUNT_BIG(*) AS n FROM dbo.number AS a CROSS JOIN dbo.number AS b CROSS JOIN (SELECT TOP (25) n FROM dbo.number) AS c';
      for (const run of [() => hasty.query(long), () => rowsOf(hasty, long)]) {
        await expect(run()).rejects.toMatchObject({
          code: 'DATASOURCE_FAILED',
          hint: expect.stringContaining('--statement-timeout'),
        });
        expect(await hasty.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      }
      await hasty.close();
    });

    test('a connection that is closed stops what is running', async () => {
      const closed = await connectDatasource(mssqlDatasourceAt(database.reader_url));
      const reading = async () => {
        for await (const row of closed.stream('SELECT a.n FROM dbo.number AS a CROSS JOIN dbo.number AS b')) {
          if (row.n !== undefined && !isClosing) void closed.close();
          isClosing = true;
        }
      };
      let isClosing = false;
      await expect(reading()).rejects.toMatchObject({ code: 'DATASOURCE_UNREACHABLE' });
      await expect(closed.query('SELECT 1 AS one')).rejects.toMatchObject({ code: 'DATASOURCE_UNREACHABLE' });
    });

    test('it is told by name who is connected', async () => {
      expect(await reader.query('SELECT APP_NAME() AS name, @@LOCK_TIMEOUT AS lock_timeout')).toEqual([
        { name: 'sproute datasource', lock_timeout: 10_000 },
      ]);
    });
  });

  describe('nothing can be written', () => {
    test('a login that may write is refused, unless it is accepted; then nothing is written either', async () => {
      await expect(connectDatasource(mssqlDatasourceAt(database.url))).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(
          /^The datasource crm is not read with the login .*, for it may write: everything/,
        ),
        hint: expect.stringContaining('--accept-writing-login'),
      });
      const writer = await connectDatasource(mssqlDatasourceAt(database.url, { accept_writing_login: true }));
      for (const sql of [
        'DELETE FROM dbo.hollow',
        'INSERT INTO dbo.hollow (id) VALUES (1)',
        'SELECT 1; INSERT INTO dbo.hollow (id) VALUES (1)',
        'SELECT 1 COMMIT INSERT INTO dbo.hollow (id) VALUES (1)',
        'SELECT * INTO dbo.copy FROM dbo.number',
      ]) {
        await expect(rowsOf(writer, sql)).rejects.toMatchObject({ code: 'DATASOURCE_FAILED' });
        await expect(writer.query(sql)).rejects.toMatchObject({ code: 'DATASOURCE_FAILED' });
        expect(await checkSelect(writer, sql)).toContain('refused the query');
      }
      expect(await probeDatasource(writer)).toMatchObject({ role_is_read_only: false });
      expect(await writer.query('SELECT COUNT(*) AS n FROM dbo.hollow')).toEqual([{ n: 0 }]);
      await writer.close();
    });

    test('the right to change one table, one column or to run a procedure is a right to write', async () => {
      const { reader: login } = database;
      await database.query('CREATE PROCEDURE dbo.does AS SELECT 1');
      expect(await probeDatasource(reader)).toMatchObject({
        server: expect.stringMatching(/^SQL Server \d/),
        role: login,
        role_is_read_only: true,
        readable_tables: expect.any(Number),
      });
      for (const [right, said] of [
        ['EXECUTE ON dbo.does', 'what 1 procedures write'],
        ['INSERT ON dbo.hollow', 'rows of 1 tables'],
        ['UPDATE (what) ON dbo.hollow', 'rows of 1 tables'],
      ]) {
        await database.query(`GRANT ${right} TO ${login}`);
        const probe = await probeDatasource(reader);
        expect(probe).toMatchObject({ role_is_read_only: false, may_write: [said] });
        await database.query(`REVOKE ${right} FROM ${login}`);
      }
    });
  });

  describe('what is wrong is said in one sentence without secrets', () => {
    test.each([
      ['a database that is not there', (url: URL) => Object.assign(url, { pathname: '/nosuch' }), 'cannot be reached'],
      ['a login that is not there', (url: URL) => Object.assign(url, { username: 'nosuch' }), 'refused the login'],
      ['a port that nobody listens on', (url: URL) => Object.assign(url, { port: '1' }), 'cannot be reached'],
      [
        'a host that is not there',
        (url: URL) => Object.assign(url, { hostname: 'nosuch.invalid' }),
        'cannot be reached',
      ],
    ])('%s', async (_, change, said) => {
      const url = change(new URL(database.reader_url)).toString();
      const failure = await connectDatasource(mssqlDatasourceAt(url)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'DATASOURCE_UNREACHABLE', message: expect.stringContaining(said) });
      expect(String(failure)).not.toContain('secret');
    });

    test('a wrong password', async ({ skip }) => {
      if (!(await database.can('passwords'))) skip('this server lets logins in with any password');
      const url = database.reader_url.replace('Read-secret-1', 'Wrong-secret-1');
      const failure = await connectDatasource(mssqlDatasourceAt(url)).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'DATASOURCE_UNREACHABLE',
        message: expect.stringContaining('refused the login'),
      });
      expect(String(failure)).not.toContain('secret');
    });

    test('a connection that is to be encrypted is, or there is none', async () => {
      const url = new URL(database.reader_url);
      url.search = '?encrypt=true';
      const ended = await connectDatasource(mssqlDatasourceAt(url.toString())).then(
        (connection) => connection.close(),
        (error: Error) => error,
      );
      if (ended !== undefined) expect(ended.message).toMatch(/its server does not encrypt|certificate/);
    });

    test('a table that is not there', async () => {
      await expect(rowsOf(reader, 'SELECT * FROM dbo.nosuch')).rejects.toMatchObject({
        code: 'DATASOURCE_FAILED',
        message: expect.stringContaining('nosuch'),
      });
    });
  });

  describe('introspection', () => {
    test('tables and views of every schema are seen, with keys, columns and types', () => {
      expect(snapshot).toMatchObject({ visible_tables: 9, declared_foreign_keys: 2, skipped: [] });
      expect(snapshot.tables.map(({ table_key, kind }) => [table_key, kind])).toEqual([
        ['dbo.active', 'view'],
        ['dbo.customer', 'table'],
        ['dbo.hollow', 'table'],
        [`dbo."it's ""so"""`, 'table'],
        ['dbo.nothing', 'table'],
        ['dbo.number', 'table'],
        [weird, 'table'],
        ['"sales dept"."order lines"', 'table'],
        ['"sales dept".orders', 'table'],
      ]);
      expect(tableOf('dbo.customer')).toMatchObject({ primary_key: ['id'], unique_keys: [{ columns: ['email'] }] });
      expect(
        tableOf('dbo.customer').columns.map(({ column_key, data_type, type_family }) => [
          column_key,
          data_type,
          type_family,
        ]),
      ).toEqual([
        ['id', 'int', 'integer'],
        ['email', 'email (nvarchar)', 'text'],
        ['name', 'varchar(40)', 'text'],
        ['code', 'uniqueidentifier', 'uuid'],
        ['is_active', 'bit', 'boolean'],
        ['credit', 'money', 'decimal'],
        ['fee', 'smallmoney', 'decimal'],
        ['balance', 'decimal(38,10)', 'decimal'],
        ['score', 'float', 'float'],
        ['weight', 'real', 'float'],
        ['joined', 'datetime2(6)', 'timestamp'],
        ['seen', 'datetimeoffset(3)', 'timestamp'],
        ['born', 'date', 'date'],
        ['wakes', 'time(0)', 'time'],
        ['old', 'datetime', 'timestamp'],
        ['rough', 'smalldatetime', 'timestamp'],
        ['note', 'ntext', 'text'],
        ['words', 'text', 'text'],
        ['photo', 'varbinary(max)', 'binary'],
        ['picture', 'image', 'binary'],
        ['doc', 'xml', 'other'],
        ['extra', 'sql_variant', 'other'],
        ['version', 'timestamp', 'binary'],
        ['level', 'tinyint', 'integer'],
        ['big', 'bigint', 'integer'],
        ['flag', 'char(1)', 'text'],
      ]);
      expect(tableOf('dbo.customer').columns[0]).toMatchObject({ is_identity: true, is_nullable: false });
    });

    test('columns of composite keys stay paired, in the order of the key', () => {
      const lines = tableOf('"sales dept"."order lines"');
      expect(lines.primary_key).toEqual(['region', 'number', 'line']);
      expect(lines.foreign_keys).toEqual([
        {
          name: 'fk_order',
          columns: ['region', 'number'],
          to_table: '"sales dept".orders',
          to_columns: ['region', 'number'],
        },
      ]);
      expect(tableOf('"sales dept".orders').foreign_keys).toMatchObject([
        { columns: ['"customer id"'], to_table: 'dbo.customer', to_columns: ['id'] },
      ]);
      expect(
        lines.columns.map(({ column_key, is_computed, column_default }) => [
          column_key,
          is_computed,
          column_default !== null,
        ]),
      ).toEqual([
        ['number', false, false],
        ['region', false, false],
        ['line', false, false],
        ['qty', false, false],
        ['price', false, true],
        ['total', true, true],
      ]);
    });

    test('names survive, whatever is in them', () => {
      expect(tableOf(weird)).toMatchObject({
        table_name: "we]ird [x] 's' größe 漢字",
        primary_key: ['"a]b"'],
      });
      expect(tableOf(weird).columns.map(({ column_name }) => column_name)).toEqual([
        'a]b',
        'say "hi"',
        "it's",
        '; drop table x --',
        '%_?*',
      ]);
    });

    test('a table whose versions the server keeps has a history that is a part of it', async ({ skip }) => {
      if (!(await database.can('temporal_tables'))) skip('this server has no temporal tables');
      const writer = await connectDatasource(mssqlDatasourceAt(database.url, { accept_writing_login: true }));
      const { tables: all } = await introspect(writer, { include_tables: ['trial*'] });
      await writer.close();
      expect(all.map(({ table_key, kind, partition_of }) => [table_key, kind, partition_of])).toEqual([
        ['dbo.trial', 'table', null],
        ['dbo.trial_history', 'partition', 'dbo.trial'],
      ]);
    });
  });

  describe('a profile', () => {
    const profileOf = (key: string, options = {}) => profileTable(reader, tableOf(key), options);
    const columnOf = ({ columns, message }: TableProfile, key: string) => {
      const found = columns.find(({ column_key }) => column_key === key);
      if (!found) throw new Error(`${key} is not in the profile: ${message}`);
      return found;
    };

    test('has the statistics of every type', async () => {
      const profile = await profileOf('dbo.customer');
      expect(profile).toMatchObject({ status: 'PROFILED', message: null, row_count: 200, is_row_count_exact: true });
      expect(columnOf(profile, 'id')).toMatchObject({
        distinct_count: 200,
        min_value: '1',
        max_value: '200',
        avg_value: 100.5,
        null_count: 0,
      });
      expect(columnOf(profile, 'name')).toMatchObject({
        null_count: 20,
        distinct_count: 180,
        min_length: 7,
        max_length: 9,
      });
      expect(columnOf(profile, 'credit')).toMatchObject({ min_value: '0.1250', max_value: '25.0000' });
      expect(columnOf(profile, 'balance')).toMatchObject({ min_value: '1.0000000001', distinct_count: 200 });
      expect(columnOf(profile, 'score')).toMatchObject({ min_value: '0.25', max_value: '50' });
      expect(columnOf(profile, 'weight')).toMatchObject({ distribution: [{ value: '0.5', count: 200 }] });
      expect(columnOf(profile, 'joined').min_value).toMatch(/^2024-01-02 00:00:00/);
      expect(columnOf(profile, 'code')).toMatchObject({ classification_path: 'uuid', distinct_count: 200 });
      expect(columnOf(profile, 'code').samples[0]).toMatch(/^00000000-/);
      expect(columnOf(profile, 'is_active').distribution).toHaveLength(2);
      expect(columnOf(profile, 'level')).toMatchObject({ classification_path: 'enum', distinct_count: 5 });
      expect(
        columnOf(profile, 'flag')
          .distribution?.map(({ value }) => value)
          .sort(),
      ).toEqual(['a', 'b', 'c']);
      expect(columnOf(profile, 'note')).toMatchObject({ distinct_count: 1, max_length: 1 });
      expect(columnOf(profile, 'picture')).toMatchObject({ distinct_count: 1, max_length: 2, samples: ['0x00ff'] });
      expect(columnOf(profile, 'photo')).toMatchObject({ distinct_count: 200 });
      expect(columnOf(profile, 'doc')).toMatchObject({ distinct_count: 1, samples: ['<a/>'] });
      expect(columnOf(profile, 'extra')).toMatchObject({ distinct_count: 200 });
      expect(columnOf(profile, 'big')).toMatchObject({ min_value: '9007199254740993' });
    });

    test('of hostile names, of a view, of computed columns and of a table without rows', async () => {
      const hostile = await profileOf(weird);
      expect(hostile).toMatchObject({ status: 'PROFILED', row_count: 10 });
      expect(columnOf(hostile, '"say ""hi"""')).toMatchObject({ distribution: [{ value: "漢 'x'", count: 10 }] });
      // What differs in blanks at the end is two values, as on every other engine.
      expect(columnOf(hostile, `"it's"`)).toMatchObject({
        null_count: 5,
        distinct_count: 2,
        distribution: [
          { value: 'b ', count: 3 },
          { value: 'b', count: 2 },
        ],
      });
      const lines = await profileOf('"sales dept"."order lines"');
      expect(columnOf(lines, 'total')).toMatchObject({ min_value: '2.50', max_value: '17.50', distinct_count: 7 });
      expect(await profileOf('dbo.active')).toMatchObject({ status: 'PROFILED', row_count: 100 });
      expect(await profileOf('dbo.hollow')).toMatchObject({ status: 'PROFILED', row_count: 0 });
      expect(await profileOf(`dbo."it's ""so"""`)).toMatchObject({ status: 'PROFILED', row_count: 0 });
    });

    test('of a large table looks at some rows only', async () => {
      const profile = await profileOf('dbo.number', { row_limit: 100, sample_rows: 100 });
      expect(profile).toMatchObject({ status: 'PROFILED', is_row_count_exact: false });
      expect(profile.sampled_rows).toBeLessThanOrEqual(600);
    });

    test('of a sensitive column has counts and no values', async () => {
      const profile = await profileOf('dbo.customer', { sensitive: new Set(['email', 'photo']) });
      expect(columnOf(profile, 'email')).toMatchObject({
        samples: [],
        min_value: null,
        distinct_count: 200,
        min_length: 14,
      });
      expect(columnOf(profile, 'photo')).toMatchObject({ samples: [], min_value: null });
    });

    test('a table that is gone, and one that the login may no longer read, are named', async () => {
      await database.query(`REVOKE SELECT ON dbo.nothing FROM ${database.reader}`);
      expect((await profileOf('dbo.nothing')).status).not.toBe('PROFILED');
      await database.query('DROP TABLE dbo.nothing');
      expect(await profileOf('dbo.nothing')).toMatchObject({
        status: 'SKIPPED',
        message: expect.stringContaining('gone'),
      });
    });
  });

  test('a term is composed into a SELECT that the server takes, whatever the names are; another is refused with the reason', async () => {
    const { columns } = tableOf(weird);
    const composed = composeSql(
      {
        term: 'Größe',
        columns_used: ['a]b'],
        filters: [
          { column: 'say "hi"', operator: 'in', values: ["x'; DROP TABLE t; --", '漢'] },
          { column: '%_?*', operator: 'in', values: ['true'] },
        ],
        aggregation: 'SUM',
      },
      {
        engine: 'mssql',
        table: tableOf(weird),
        columns: columns.map((column) => ({ ...column, details: {} })),
      },
    );
    if (!('sql' in composed)) throw new Error(composed.fault);
    // Some servers describe a statement only for who may make objects.
    const owner = await connectDatasource(mssqlDatasourceAt(database.url, { accept_writing_login: true }));
    const able = (await database.can('descriptions_for_readers')) ? [reader, owner] : [owner];
    for (const connection of able) {
      expect(await checkSelect(connection, composed.sql)).toBeUndefined();
      expect(await checkSelect(connection, 'SELECT nosuch FROM dbo.customer')).toContain('nosuch');
      expect(await checkSelect(connection, 'SELECT a FROM dbo.nosuch')).toContain('nosuch');
    }
    await owner.close();
    expect(await rowsOf(reader, composed.sql)).toEqual([{ größe: null }]);
  });
});
