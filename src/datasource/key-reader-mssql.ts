import type { DatasourceConnection } from './connect.ts';
import type { KeyColumns, KeyReader, SourceSlice, TypedColumn } from './key-reader.ts';
import { quoteMssql } from './quote.ts';

/** Looks values up in keys of SQL Server 2016 and later. */
export function mssqlKeys(connection: DatasourceConnection): KeyReader {
  return {
    lookUp: async (source, keys) => {
      const [row = {}] = await connection.query<Record<string, string | number | null>>(lookUp(source, keys));
      const number = (name: string) => Number(row[name] ?? 0);
      return {
        rows: number('rows'),
        rows_with_value: number('rows_with_value'),
        distinct: number('distinct_values'),
        keys: keys.map((_, at) => ({
          matched: number(`m${at}`),
          matched_rows: number(`r${at}`),
          in_range: row[`b${at}`] == null ? null : number(`b${at}`),
          chance_matched: row[`c${at}`] == null ? null : number(`c${at}`),
        })),
      };
    },
    samples: async (source, key) => {
      const rows = await connection.query<{ value: string; is_orphan: number }>(samples(source, key));
      const of = (orphan: number) => rows.filter((row) => Number(row.is_orphan) === orphan).map(({ value }) => value);
      return { values: of(0), orphans: of(1) };
    },
  };
}

const longestSample = 100;

/** The rows that are read as v0, v1 ...; a derived table, for a common table expression is not kept but read each time. */
function sliceOf({ table, columns, limit, percent }: SourceSlice): string {
  const list = columns.map(({ column_name }, at) => `${quoteMssql(column_name)} AS v${at}`).join(', ');
  const sample = percent === undefined ? '' : ` TABLESAMPLE SYSTEM (${Number(percent)} PERCENT) REPEATABLE (7)`;
  const most = limit === undefined ? '' : `TOP (${Number(limit)}) `;
  return `(SELECT ${most}${list} FROM ${quoteMssql(table.schema_name, table.table_name)}${sample})`;
}

/** Its values once each, with the rows that have them. */
function valuesOf(source: SourceSlice): string {
  const names = source.columns.map((_, at) => `v${at}`);
  const present = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  return `
    slice AS (SELECT * FROM ${sliceOf(source)} AS taken),
    source AS (SELECT ${names.join(', ')}, COUNT_BIG(*) AS n FROM slice WHERE ${present} GROUP BY ${names.join(', ')})`;
}

/** Aggregates take no subquery: what is found is said for each value first. */
function lookUp(source: SourceSlice, keys: readonly KeyColumns[]): string {
  const found = keys.map((key, at) => `CASE WHEN ${isIn(source, key, 's')} THEN 1 ELSE 0 END AS f${at}`);
  const sums = keys.flatMap((_, at) => [`SUM(CAST(f${at} AS bigint)) AS m${at}`, `SUM(f${at} * n) AS r${at}`]);
  const isPaired = source.columns.length > 1;
  const further = keys.flatMap((key, at) => [
    ...(key.is_counted ? [`${between(key)} AS b${at}`] : []),
    ...(isPaired ? [`(SELECT COUNT_BIG(*) FROM mixed AS x WHERE ${isIn(source, key, 'x')}) AS c${at}`] : []),
  ]);
  const list = ['(SELECT COUNT_BIG(*) FROM slice) AS [rows]', 'whole.*', ...further];
  return `
    WITH ${valuesOf(source)}${isPaired ? mixed(source) : ''},
    looked AS (SELECT ${['s.n', ...found].join(', ')} FROM source AS s),
    whole AS (SELECT ${['COUNT_BIG(*) AS distinct_values', 'SUM(n) AS rows_with_value', ...sums].join(', ')} FROM looked)
    SELECT ${list.join(', ')} FROM whole`;
}

function isIn({ columns }: SourceSlice, { table, columns: keyColumns }: KeyColumns, alias: string): string {
  const same = keyColumns.map(
    (key, at) => `k.${quoteMssql(key.column_name)} = ${asKey(columns[at], key, `${alias}.v${at}`)}`,
  );
  return `EXISTS (SELECT 1 FROM ${quoteMssql(table.schema_name, table.table_name)} AS k WHERE ${same.join(' AND ')})`;
}

/** A value of the source as the key's own type; texts in the key's collation, for two of them do not compare. */
function asKey(source: TypedColumn | undefined, key: TypedColumn, value: string): string {
  if (key.type_family === 'uuid' && source?.type_family === 'text') return `TRY_CONVERT(uniqueidentifier, ${value})`;
  if (key.type_family === 'text' && source?.type_family === 'uuid')
    return `CONVERT(char(36), ${value}) COLLATE DATABASE_DEFAULT`;
  return key.type_family === 'text' ? `${value} COLLATE DATABASE_DEFAULT` : value;
}

function between({ table, columns }: KeyColumns): string {
  const column = quoteMssql(...columns.slice(0, 1).map(({ column_name }) => column_name));
  return `(SELECT COUNT_BIG(*) FROM ${quoteMssql(table.schema_name, table.table_name)} AS k
      WHERE k.${column} BETWEEN (SELECT MIN(v0) FROM source) AND (SELECT MAX(v0) FROM source))`;
}

/** The values of the source with their columns shuffled against each other, always in the same way. */
function mixed({ columns }: SourceSlice): string {
  const all = columns.map((_, at) => `v${at}`).join(', ');
  const [first, ...rest] = columns.map(
    (_, at) =>
      `(SELECT v${at}, ROW_NUMBER() OVER (ORDER BY CHECKSUM(HASHBYTES('MD5', CONCAT(${at}, ' ', ${columns
        .map((__, other) => `v${other}, ' '`)
        .join(', ')}))), ${all}) AS place FROM source) AS l${at}`,
  );
  const joined = rest.map((list, at) => `JOIN ${list} ON l${at + 1}.place = l0.place`).join(' ');
  return `, mixed AS (SELECT ${all} FROM ${first} ${joined})`;
}

function samples(source: SourceSlice, key?: KeyColumns): string {
  const parts = source.columns.map((_, at) => `CONVERT(nvarchar(${longestSample}), s.v${at})`);
  const value = parts.length === 1 ? parts.join('') : `LEFT(CONCAT(${parts.join(", ', ', ")}), ${longestSample})`;
  const some = (condition: string, orphan: number) => `
    SELECT [value], ${orphan} AS is_orphan FROM (
        SELECT TOP (10) ${value} AS [value] FROM source AS s WHERE ${condition} ORDER BY HASHBYTES('MD5', ${value}), ${value}) AS t${orphan}`;
  const orphans = key === undefined ? '' : `UNION ALL ${some(`NOT ${isIn(source, key, 's')}`, 1)}`;
  return `WITH ${valuesOf(source)} ${some('1 = 1', 0)} ${orphans}`;
}
