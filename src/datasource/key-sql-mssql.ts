import { baseTypeOf } from './base-type.ts';
import type { KeyColumns, SourceSlice, TypedColumn } from './key-reader.ts';
import { type KeySql, longestKeyValue } from './key-sql.ts';
import { quoteMssql } from './quote.ts';
import { textOf } from './text-mssql.ts';

/** Of SQL Server 2019 and later. */
export const mssqlKeys: KeySql = { lookUp, samples, beside, countsWithin };

/** The rows that are read as v0, v1 ... */
function sliceOf({ table, columns, limit, percent }: SourceSlice): string {
  const list = columns.map(({ column_name, data_type }, at) => {
    const name = quoteMssql(column_name);
    // The old types of long texts cannot be grouped.
    return `${/^n?text$/.test(baseTypeOf(data_type)) ? `CONVERT(nvarchar(max), ${name})` : name} AS v${at}`;
  });
  const sample = percent === undefined ? '' : ` TABLESAMPLE SYSTEM (${Number(percent)} PERCENT) REPEATABLE (7)`;
  const most = limit === undefined ? '' : `TOP (${Number(limit)}) `;
  const name = quoteMssql(table.schema_name, table.table_name);
  return `(SELECT ${most}${list.join(', ')} FROM ${name}${sample}) AS slice`;
}

/** Its values once each, with the rows that have them; p is 1 if no part is missing. */
function valuesOf(source: SourceSlice): string {
  const names = source.columns.map((_, at) => `v${at}`);
  const isPresent = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  return `
    source AS (
        SELECT ${names.join(', ')}, CASE WHEN ${isPresent} THEN 1 ELSE 0 END AS p, COUNT_BIG(*) AS n
        FROM ${sliceOf(source)} GROUP BY ${names.join(', ')})`;
}

/**
 * A common table expression is read anew wherever it is named: the source is named once, but for pairs by chance. Aggregates
 * take no subquery: what is found is said for each value first.
 */
function lookUp(source: SourceSlice, keys: readonly KeyColumns[]): string {
  const isPaired = source.columns.length > 1;
  const isCounted = keys.some((key) => key.is_counted);
  const found = keys.map((key, at) => `CASE WHEN s.p = 1 AND ${isIn(source, key, 's')} THEN 1 ELSE 0 END AS f${at}`);
  const sums = [
    'SUM(n) AS all_rows',
    'SUM(CAST(p AS bigint)) AS distinct_values',
    'SUM(p * n) AS rows_with_value',
    ...(isCounted ? ['MIN(v0) AS lowest', 'MAX(v0) AS highest'] : []),
    ...keys.flatMap((_, at) => [`SUM(CAST(f${at} AS bigint)) AS m${at}`, `SUM(f${at} * n) AS r${at}`]),
  ];
  const list = [
    'whole.all_rows AS [rows]',
    'whole.distinct_values',
    'whole.rows_with_value',
    ...keys.flatMap((key, at) => [
      `whole.m${at}`,
      `whole.r${at}`,
      ...(key.is_counted ? [`${between(key)} AS b${at}`] : []),
      ...(isPaired ? [`(SELECT COUNT_BIG(*) FROM mixed AS x WHERE ${isIn(source, key, 'x')}) AS c${at}`] : []),
    ]),
  ];
  return `
    WITH ${valuesOf(source)}${isPaired ? mixed(source) : ''},
    looked AS (SELECT ${['s.v0', 's.p', 's.n', ...found].join(', ')} FROM source AS s),
    whole AS (SELECT ${sums.join(', ')} FROM looked)
    SELECT ${list.join(', ')} FROM whole;`;
}

function isIn({ columns }: SourceSlice, { table, columns: keyColumns }: KeyColumns, alias: string): string {
  const same = keyColumns.map((key, at) => sameAs(columns[at], key, `${alias}.v${at}`));
  return `EXISTS (SELECT 1 FROM ${quoteMssql(table.schema_name, table.table_name)} AS k WHERE ${same.join(' AND ')})`;
}

/**
 * A value of the source as the key's own type, so that the key's index serves; texts of different collations do not compare,
 * and most keys have that of their database.
 */
function sameAs(source: TypedColumn | undefined, key: TypedColumn, value: string): string {
  const name = `k.${quoteMssql(key.column_name)}`;
  if (key.type_family === 'uuid' && source?.type_family === 'text') {
    // What follows the 36 characters would be left out.
    return `${name} = CASE WHEN LEN(${value}) = 36 THEN TRY_CONVERT(uniqueidentifier, ${value}) END`;
  }
  if (key.type_family !== 'text') return `${name} = ${value}`;
  if (source?.type_family !== 'uuid') return `${name} = ${value} COLLATE DATABASE_DEFAULT`;
  const text = `CONVERT(char(36), ${value}) COLLATE DATABASE_DEFAULT`;
  return `${name} IN (UPPER(${text}), LOWER(${text}))`;
}

function between({ table, columns }: KeyColumns): string {
  const column = quoteMssql(...columns.slice(0, 1).map(({ column_name }) => column_name));
  return `(SELECT COUNT_BIG(*) FROM ${quoteMssql(table.schema_name, table.table_name)} AS k
      WHERE k.${column} BETWEEN whole.lowest AND whole.highest)`;
}

/** The values of the source with their columns shuffled against each other, always in the same way. */
function mixed({ columns }: SourceSlice): string {
  const all = columns.map((_, at) => `v${at}`).join(', ');
  const parts = columns.map((column, at) => valueText(column, `v${at}`)).join(", ' ', ");
  const [first, ...rest] = columns.map((_, at) => {
    const order = `HASHBYTES('SHA2_256', CONCAT(N'${at}', N' ', ${parts})), ${all}`;
    return `(SELECT v${at}, ROW_NUMBER() OVER (ORDER BY ${order}) AS place FROM source WHERE p = 1) AS l${at}`;
  });
  const joined = rest.map((list, at) => `JOIN ${list} ON l${at + 1}.place = l0.place`).join(' ');
  return `,
    mixed AS (SELECT ${all} FROM ${first} ${joined})`;
}

function samples(source: SourceSlice, key?: KeyColumns): string {
  const parts = source.columns.map((column, at) => valueText(column, `s.v${at}`));
  const joined = parts.length === 1 ? parts.join('') : `CONCAT(${parts.join(", N', ', ")})`;
  const value = `LEFT(${joined}, ${longestKeyValue})`;
  const some = (condition: string, orphan: number) => `
    SELECT [value], ${orphan} AS is_orphan FROM (
        SELECT TOP (10) ${value} AS [value] FROM source AS s WHERE s.p = 1${condition}
        ORDER BY HASHBYTES('SHA2_256', ${value}), ${value}) AS t${orphan}`;
  const orphans = key === undefined ? '' : `UNION ALL ${some(` AND NOT ${isIn(source, key, 's')}`, 1)}`;
  return `
    WITH ${valuesOf(source)} ${some('', 0)} ${orphans};`;
}

/** Texts of different collations do not join either. */
function valueText({ data_type, type_family }: TypedColumn, value: string): string {
  const text = textOf({ type_family, base_type: baseTypeOf(data_type) }, value);
  return type_family === 'text' ? `${text} COLLATE DATABASE_DEFAULT` : text;
}

/** The correlation by hand, of the distances from the means, which lose nothing where numbers are large. */
function beside(source: SourceSlice): string {
  const key = `v${source.columns.length - 1}`;
  const both = (at: number) => `v${at} IS NOT NULL AND ${key} IS NOT NULL`;
  const mean = (value: string, at: number) => `${value} - AVG(CASE WHEN ${both(at)} THEN ${value} END) OVER ()`;
  const float = (value: string) => `CAST(${value} AS float)`;
  const far = source.columns
    .slice(0, -1)
    .flatMap((_, at) => [
      `CASE WHEN ${both(at)} THEN 1 ELSE 0 END AS b${at}`,
      `CASE WHEN v${at} < ${key} THEN 1 ELSE 0 END AS l${at}`,
      `CASE WHEN v${at} = ${key} THEN 1 ELSE 0 END AS e${at}`,
      `CASE WHEN ${both(at)} THEN ${mean(float(`v${at}`), at)} END AS x${at}`,
      `CASE WHEN ${both(at)} THEN ${mean(float(key), at)} END AS y${at}`,
    ]);
  const sums = source.columns
    .slice(0, -1)
    .flatMap((_, at) => [
      `SUM(CAST(b${at} AS bigint)) AS n${at}`,
      `SUM(CAST(l${at} AS bigint)) AS l${at}`,
      `SUM(CAST(e${at} AS bigint)) AS e${at}`,
      `SUM(x${at} * y${at}) / NULLIF(SQRT(SUM(x${at} * x${at})) * SQRT(SUM(y${at} * y${at})), 0) AS k${at}`,
    ]);
  return `SELECT ${sums.join(', ')} FROM (SELECT ${far.join(', ')} FROM ${sliceOf(source)}) AS d`;
}

function countsWithin(source: SourceSlice): string {
  const others = source.columns.slice(1).map((_, at) => `v${at + 1}`);
  return `
    SELECT COUNT_BIG(*) AS groups, SUM(CASE
        WHEN CONVERT(decimal(38, 0), g.high) - g.low + 1 = g.n AND g.low = g.least THEN 1 ELSE 0 END) AS counted
    FROM (
        SELECT COUNT_BIG(*) AS n, MIN(v0) AS low, MAX(v0) AS high, MIN(MIN(v0)) OVER () AS least
        FROM ${sliceOf(source)} GROUP BY ${others.join(', ')}) AS g
    WHERE g.n > 1`;
}
