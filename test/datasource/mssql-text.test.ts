import { expect, test } from 'vitest';
import { mssqlCatalog } from '../../src/datasource/catalog-mssql.ts';
import type { DatasourceConnection } from '../../src/datasource/connect.ts';
import type { SnapshotTable, TypeFamily } from '../../src/datasource/introspect.ts';
import { keyReader } from '../../src/datasource/key-reader.ts';
import { selectFault } from '../../src/datasource/one-select.ts';
import { quoteMssql } from '../../src/datasource/quote.ts';
import { type SampledColumn, type StatisticsColumn, tableReader } from '../../src/datasource/table-reader.ts';

/** Keeps the statements; there is no server in this test, so their text is all that is looked at. */
function recorder(): { connection: DatasourceConnection; statements: { sql: string; values: readonly unknown[] }[] } {
  const statements: { sql: string; values: readonly unknown[] }[] = [];
  return {
    statements,
    connection: {
      engine: 'mssql',
      name: 'recorder',
      query: async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> => {
        statements.push({ sql, values });
        return [];
      },
      async *stream() {},
      plan: async () => {},
      close: async () => {},
    },
  };
}

/** What is left without texts and quoted names. */
function bare(sql: string): string {
  return sql.replaceAll(/N?'(?:[^']|'')*'|\[[^\]]*\]|"(?:[^"]|"")*"/g, ' ');
}

function expectSound(sql: string): void {
  const rest = bare(sql);
  expect(rest.match(/['"[\]`$]|::/g)).toBeNull();
  let depth = 0;
  for (const sign of rest) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    expect(depth).toBeGreaterThanOrEqual(0);
  }
  expect(depth).toBe(0);
  expect(rest.trim().endsWith(';')).toBe(true);
  expect(rest.match(/;/g)).toHaveLength(1);
  expect(rest).toMatch(/^\s*(?:SELECT|WITH) /);
  expect(selectFault(sql)).toBeUndefined();
}

const hostile = ['a]b', "x'; DROP TABLE t; --", 'sp ace', '[q]', 'ü', '"d"'];
const types: [TypeFamily, string][] = [
  ['integer', 'int'],
  ['decimal', 'numeric'],
  ['decimal', 'money'],
  ['float', 'real'],
  ['boolean', 'bit'],
  ['text', 'nvarchar'],
  ['text', 'ntext'],
  ['uuid', 'uniqueidentifier'],
  ['timestamp', 'datetimeoffset'],
  ['date', 'date'],
  ['time', 'time'],
  ['json', 'json'],
  ['binary', 'image'],
  ['other', 'geography'],
  ['other', 'xml'],
];
const columns: (StatisticsColumn & SampledColumn)[] = types.map(([type_family, base_type], at) => ({
  column_key: `c${at}`,
  column_name: hostile[at % hostile.length] ?? '',
  type_family,
  base_type,
  distinct: true,
  values: true,
  present: 1_000,
  wanted: 150,
}));
const table: SnapshotTable = {
  table_key: 'x.y',
  schema_name: 'sch]ema',
  table_name: "ta'ble]",
  kind: 'table',
  partition_of: null,
  comment: null,
  primary_key: [],
  unique_keys: [],
  foreign_keys: [],
  indexes: [],
  row_estimate: null,
  columns: [],
  structure_sha256: '',
};

test('nothing in a name can end its quotes', () => {
  expect(quoteMssql('dbo', 'a]b[c"d', 'e"f[g')).toBe('[dbo]."a]b[c""d".[e"f[g]');
});

test('every statement is one sound SELECT, whatever the names are', async () => {
  const { connection, statements } = recorder();
  const reader = tableReader(connection);
  for (const slice of [
    { table, limit: 10 },
    { table, limit: 10, percent: 0.5 },
  ]) {
    await reader.statistics(slice, columns);
    await reader.distributions(slice, columns);
    await reader.samples(slice, columns);
    await reader.statistics(slice, []);
  }
  await reader.pulse(table);
  await reader.exists(table);
  const catalog = mssqlCatalog(connection);
  await catalog.relations();
  await catalog.columns(['1']);
  await catalog.indexes(['1', '2']);
  await catalog.foreignKeys(Array.from({ length: 2_000 }, (_, at) => String(at)));
  expect(statements).toHaveLength(14);
  for (const { sql } of statements) expectSound(sql);
  for (const { sql } of statements.slice(0, 3)) {
    expect(sql).toContain(`FROM "sch]ema"."ta'ble]"`);
    for (const name of hostile) expect(sql).toContain(quoteMssql(name));
  }
  expect(statements[4]?.sql).toContain('TABLESAMPLE SYSTEM (0.5 PERCENT) REPEATABLE (7)');
  expect(statements[8]?.values).toEqual(['sch]ema', "ta'ble]"]);
});

test('values are looked up in keys with sound statements too, each in the type of the key', async () => {
  const { connection, statements } = recorder();
  const reader = keyReader(connection);
  const column = (type_family: TypeFamily, data_type: string) => ({ column_name: 'a]b', data_type, type_family });
  const number = column('integer', 'int');
  const words = column('text', 'nvarchar(40)');
  const uuid = column('uuid', 'uniqueidentifier');
  const key = (own: (typeof number)[], is_counted = false) => ({ table, columns: own, is_counted });
  await reader.lookUp({ table, columns: [number], limit: 10 }, [key([number], true), key([number])]);
  await reader.lookUp({ table, columns: [words], percent: 0.5 }, [key([uuid]), key([words])]);
  await reader.lookUp({ table, columns: [uuid] }, [key([words])]);
  await reader.lookUp({ table, columns: [column('text', 'ntext'), number] }, [key([words, number])]);
  await reader.samples({ table, columns: [number] });
  await reader.samples({ table, columns: [words, number] }, key([words, number]));
  await tableReader(connection).presence({ table, limit: 10 }, columns.slice(0, 3), columns.slice(3, 5));
  await tableReader(connection).examples({ table, limit: 10 }, columns.slice(0, 3), columns.slice(3, 5));
  expect(statements).toHaveLength(8);
  for (const { sql } of statements) expectSound(sql);
  const [one, two, three, four] = statements.map(({ sql }) => sql);
  expect(one).toContain('BETWEEN whole.lowest AND whole.highest');
  expect(two).toContain('= CASE WHEN LEN(s.v0) = 36 THEN TRY_CONVERT(uniqueidentifier, s.v0) END');
  expect(three).toContain('IN (UPPER(CONVERT(char(36), s.v0)');
  expect(four).toContain('CONVERT(nvarchar(max), "a]b") AS v0');
});

test('of a sensitive column neither a value nor its bounds are asked for', async () => {
  const { connection, statements } = recorder();
  await tableReader(connection).statistics(
    { table, limit: 10 },
    columns.map((column) => ({ ...column, values: false })),
  );
  expect(statements[0]?.sql).not.toMatch(/ AS (lo|hi|a)\d/);
  expect(statements[0]?.sql).toMatch(/COUNT_BIG\(DISTINCT/);
});
